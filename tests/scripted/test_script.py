"""Scripts are data: read from TOML and JSON, with every mistake told at once."""

import json
from pathlib import Path

import pytest

from windlass.kernel import Invalid, NotFound
from windlass.scripted import Call, Fault, FaultKind, Run, Script, parse_script, read_script
from windlass.scripted.script import SCRIPT_MAX, STEPS_MAX

TOML = """
final = "Fixed."
plain = ""
model = "robot"
key = "sk-1"
[[steps]]
run = "make"
[[steps]]
tool = "renew_lease"
args = {minutes = 5}
[[faults]]
kind = "status"
status = 429
retry_after_s = 2
step = 1
times = 3
[[faults]]
kind = "stall"
after_s = 0.5
"""
WHOLE = Script(
    (Run("make"), Call("renew_lease", {"minutes": 5})), "Fixed.", "", "robot", "sk-1",
    (Fault(FaultKind.STATUS, 1, 429, 2, 0.0, 3), Fault(FaultKind.STALL, after_s=0.5)),
)  # fmt: skip


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml, other = tmp_path / "script.toml", tmp_path / "script.json"
    toml.write_text(TOML)
    assert read_script(toml) == WHOLE
    other.write_text(json.dumps({
        "final": "Fixed.", "plain": "", "model": "robot", "key": "sk-1",
        "steps": ["make", {"tool": "renew_lease", "args": {"minutes": 5}}],
        "faults": [{"kind": "status", "status": 429, "retry_after_s": 2, "step": 1, "times": 3},
                   {"kind": "stall", "after_s": 0.5}],
    }))  # fmt: skip
    assert read_script(other) == WHOLE


def test_a_case_has_steps_of_its_own() -> None:
    script = parse_script(
        {
            "steps": ["ls"],
            "cases": [{"when": "task 2", "steps": ["make"], "final": "Made."}, {"when": "task"}],
        }
    )
    assert script.at(["do task 1"]).steps == ()
    assert (script.at(["first", "do task 2"]).steps, script.at(["task 2"]).final) == ((Run("make"),), "Made.")
    assert script.at(["anything"]).steps == (Run("ls"),)


def test_what_is_wrong_with_a_case_says_where() -> None:
    with pytest.raises(Invalid) as wrong:
        parse_script({"cases": [{"steps": ["ls", 5], "then": 1}]})
    told = str(wrong.value)
    assert "case 0 has no field 'then'" in told
    assert "case 0.when is missing or empty" in told
    assert "case 0, step 1 is a int, not a table" in told


def test_nothing_is_needed() -> None:
    assert parse_script({}) == Script()


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ([], "it is a list, not a table"),
        ({"step": []}, "no field 'step' (known: cases, faults, final, key, model, plain, steps)"),
        ({"steps": "make"}, "steps is a str, not a list"),
        ({"steps": [{"run": "a", "tool": "b"}]}, "step 0 has run and tool"),
        ({"steps": ["ok", {"run": ""}]}, "step 1.run is missing or empty"),
        ({"steps": [{"args": {}}]}, "step 0.tool is missing"),
        ({"steps": [{"tool": "x", "args": []}]}, "step 0.args is a list"),
        ({"steps": ["x"] * (STEPS_MAX + 1)}, f"steps has {STEPS_MAX + 1} entries"),
        ({"key": ""}, "key is missing or empty"),
        ({"final": 3}, "final is a int"),
        ({"faults": [{"kind": "fire"}]}, "fault 0.kind is 'fire', not one of status, refused"),
        ({"faults": [{"kind": "status", "status": 200}]}, "fault 0.status is 200, not a whole"),
        ({"faults": [{"kind": "status", "status": True}]}, "fault 0.status is True"),
        ({"faults": [{"kind": "slow", "after_s": -1}]}, "fault 0.after_s is -1"),
        ({"faults": [{"kind": "cut", "step": 2}]}, "fault 0.step is 2, not a whole number from 0 to 0"),
        ({"faults": [{"kind": "refused", "step": 0}]}, "fault 0: nothing listens from the start"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(tree: object, said: str) -> None:
    with pytest.raises(Invalid) as told:
        parse_script(tree)
    assert said in str(told.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(Invalid) as told:
        parse_script({"final": 1, "model": "", "steps": [3]}, name="x.toml")
    assert "'x.toml' is no script: step 0 is a int" in str(told.value)
    assert str(told.value).count(";") == 3


@pytest.mark.parametrize(("name", "text"), [("a.toml", "= 1"), ("a.json", "{"), ("b.json", "[" * 100_000)])
def test_a_file_that_is_neither_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Invalid, match="is no"):
        read_script(tmp_path / name)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="cannot be read"):
        read_script(tmp_path / "none.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * (SCRIPT_MAX + 1))
    with pytest.raises(Invalid, match="larger than"):
        read_script(tmp_path / "huge.toml")
