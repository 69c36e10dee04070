"""The models are those of the contract, and take and refuse what the contract takes and refuses."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.scripts import load_script

from windlass import contracts
from windlass.contracts import load_contract

ROOT = Path(__file__).parents[3]
BODIES = {one.body.model: one for one in load_contract().operations.values() if one.body and one.body.is_json}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/generate_models.py as a module."""
    return load_script("generate_models")


def test_the_models_are_made_from_this_contract(script):
    digest = load_contract().document.schema_digest
    assert digest == contracts.models.CONTRACT
    assert script.main(["--check"]) == 0, "run: .venv/bin/python scripts/generate_models.py"


def test_stale_models_are_noticed(script, tmp_path, monkeypatch):
    stale = tmp_path / "models.py"
    stale.write_text(script.MODELS.read_text() + "\n")
    monkeypatch.setattr(script, "MODELS", stale)
    monkeypatch.setattr(script, "ROOT", tmp_path)
    assert script.main(["--check"]) == 1
    assert script.main([]) == 0
    assert stale.read_text() == script.made()


@pytest.mark.parametrize("name", sorted(BODIES))
def test_models_agree_with_the_contract(name: str):
    one = BODIES[name]
    told = load_contract().document.tree["paths"][one.path][one.method.lower()]
    good = told["requestBody"]["content"]["application/json"]["example"]
    model = getattr(contracts.models, name)
    assert issubclass(model, BaseModel)
    for value in [good, *broken(good)]:
        assert fits(model, value) == one.body.validator.is_valid(value), value


def broken(good: dict[str, Any]) -> list[Any]:
    """Values near a good one."""
    near: list[Any] = [{}, [], None, "x", 1, {**good, "unheard_of": 1}]
    near += [{k: v for k, v in good.items() if k != name} for name in good]
    odd = (None, "", 0, -1, 1.5, True, [], {}, "x" * 70_000, "a\x00b", ["a", "a"], [{}], {"a": 2}, "7")
    for wrong in odd:
        near += [{**good, name: wrong} for name in good]
    return near


def fits(model: Any, value: Any) -> bool:
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError:
        return False
    return True
