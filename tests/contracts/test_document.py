"""Contract files are found, and read as YAML 1.2."""

from pathlib import Path

import pytest

from windlass.contracts.document import ASYNCAPI, OPENAPI, ContractBroken, load_document, read_document

WORDS = """\
{a: no, b: yes, c: on, d: 2026-11-21, e: 0o7, f: 1_000, g: true, h: 7, i: 1.5, j: null, k: , l: 1e3}
"""


@pytest.mark.parametrize("name", [OPENAPI, ASYNCAPI])
def test_the_contracts_of_this_checkout_are_found(name):
    document = load_document(name)
    assert document.text == (Path(__file__).parents[2] / "contracts" / name).read_bytes()
    assert document.tree["info"]["title"].startswith("windlass")
    assert load_document(name) is document


def test_a_missing_contract_is_named():
    with pytest.raises(ContractBroken, match=r"nothing\.yaml"):
        load_document("nothing.yaml")


def test_words_of_yaml_1_1_stay_texts(tmp_path: Path):
    file = tmp_path / "a.yaml"
    file.write_text(WORDS)
    assert read_document(file).tree == {
        "a": "no", "b": "yes", "c": "on", "d": "2026-11-21", "e": "0o7", "f": "1_000", "g": True, "h": 7,
        "i": 1.5, "j": None, "k": None, "l": 1000.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"), [("a: 1\na: 2\n", "twice"), ("a: [\n", "cannot be read"), ("- a\n", "no mapping")]
)
def test_broken_contracts_are_refused(tmp_path: Path, text: str, why: str):
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(ContractBroken, match=why):
        read_document(file)


def test_the_digest_follows_the_schemas_alone(tmp_path: Path):
    file = tmp_path / "a.yaml"

    def digest(schema: str, title: str) -> str:
        file.write_text(f"info: {{title: {title}}}\ncomponents: {{schemas: {{A: {{type: {schema}}}}}}}\n")
        return read_document(file).schema_digest

    assert digest("string", "one") == digest("string", "two") != digest("object", "one")
