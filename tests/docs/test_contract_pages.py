"""The pages made from the contracts are what the contracts say."""

from types import ModuleType

import pytest
import yaml

from tests.docs.pages import ROOT
from tests.scripts import load_script
from windlass.mesh import TOOLS


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    return load_script("docs_contracts")


def test_pages_are_current(pages):
    assert pages.reference_pages.stale(pages.PAGES) == [], "run: .venv/bin/python scripts/docs_contracts.py"


def test_every_operation_message_and_tool_is_there():
    http = (ROOT / "docs/reference/http.md").read_text()
    tree = yaml.safe_load((ROOT / "contracts/openapi.yaml").read_text())
    for path, item in tree["paths"].items():
        for method in set(item) - {"parameters"}:
            assert f"### {method.upper()} {path}\n" in http
    stream = (ROOT / "docs/reference/stream.md").read_text()
    for name in yaml.safe_load((ROOT / "contracts/asyncapi.yaml").read_text())["components"]["messages"]:
        assert f"| `{name}` |" in stream
    tools = (ROOT / "docs/reference/tools.md").read_text()
    assert [name for name in TOOLS if f"## {name}\n" not in tools] == []


def test_recursive_schemas_have_an_end(pages):
    tree = {"s": {"Json": {"anyOf": [{"type": "array", "items": {"$ref": "#/s/Json"}}, {"type": "null"}]}}}
    assert "any JSON" in pages.kind(tree, {"$ref": "#/s/Json"})
