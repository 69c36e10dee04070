import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.land.dependencies import UNREADABLE, dependencies, is_manifest

PYPROJECT = """
[build-system]
requires = ["hatchling>=1"]
[project]
dependencies = ["Click>=8", "ruamel.yaml"]
optional-dependencies = {x = ["rich"]}
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
[tool.poetry.dependencies]
python = "^3.11"
"""
SETUP = """
from setuptools import setup
setup(name="n", install_requires=["six >= 1"], extras_require={"x": ["rich"]}, classifiers=["not-one"])
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pyproject.toml", PYPROJECT, {"hatchling", "click", "ruamel-yaml", "rich", "pytest", "python"}),
        ("sub/requirements-dev.txt", "A_b==1 # why\n-r other.txt\n\n", {"a-b", "-r other.txt"}),
        ("requirements/test.in", "x\n", {"x"}),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n  six\n[options.extras_require]\nx = rich\n",
            {"six", "rich"},
        ),
        ("setup.py", SETUP, {"six", "x", "rich"}),
        (
            "package.json",
            '{"dependencies": {"left-pad": "1"}, "devDependencies": {"@x/y": "2"}}',
            {"left-pad", "@x/y"},
        ),
        ("Cargo.toml", '[dependencies]\nserde = "1"\n', {"serde"}),
        ("Pipfile", '[packages]\nflask = "*"\n', {"flask"}),
        ("go.mod", "module m\nrequire golang.org/x/net v0.1.0\n", {"golang.org/x/net"}),
        ("src/main.py", "import six", set()),
    ],
)
def test_names_are_read_from(path, text, expected):
    assert dependencies(path, text) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [("pyproject.toml", "[["), ("package.json", "[1]"), ("setup.py", "def ("), ("pyproject.toml", "\0")],
)
def test_what_cannot_be_read_is_not_taken_for_empty(path, text):
    assert dependencies(path, text) == {UNREADABLE}


def test_a_computed_list_changes_when_its_expression_does():
    one, two = (dependencies("setup.py", f"setup(install_requires=read({n!r}))") for n in ("a", "b"))
    assert len(one) == len(two) == 1
    assert one != two


def test_a_missing_manifest_names_nothing():
    assert dependencies("pyproject.toml", None) == frozenset()
    assert is_manifest("x/pyproject.toml")
    assert not is_manifest("readme.txt")


@given(
    st.sampled_from(["pyproject.toml", "setup.cfg", "setup.py", "package.json", "go.mod", "Pipfile"]),
    st.text(),
)
def test_no_text_breaks_a_reader(path, text):
    assert all(isinstance(name, str) for name in dependencies(path, text))
