"""`windlass doctor`: what is ready, what is missing, how to mend it."""

from pathlib import Path

from tests.cli.shell import Shell, new_shell


def test_a_ready_machine_passes_and_the_lines_say_what_was_seen(found: Shell) -> None:
    said = found("doctor", "--json")
    assert said.code == 0
    states = {row["name"]: row["state"] for row in said.json}
    assert states["git"] == states["data home"] == states["database"] == states["repository"] == "ok"
    assert set(states.values()) <= {"ok", "warn", "skipped"}
    assert all(row["fix"] for row in said.json if row["state"] == "warn")
    plain = found("doctor")
    assert plain.code == 0
    assert [name for name, state in states.items() if state == "skipped"] == ["level container"]
    assert plain.out.splitlines()[-1].endswith("0 fail, 1 skipped")
    assert found("doctor", "--fields", "name,state").json[0] == {"name": "python", "state": "ok"}


def test_a_database_that_does_not_answer_fails_with_a_fix(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    shell.plant.database = "postgresql://ann:hush-hush@localhost:1/none"
    said = shell("doctor")
    assert said.code == 1
    (line,) = [line for line in said.out.splitlines() if line.startswith("x fail")]
    assert "database" in line
    assert "hush-hush" not in said.out + said.err
    assert "fix: " in said.out


def test_a_sandbox_that_was_switched_off_is_a_warning(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant", SANDBOX_LEVEL="none")
    rows = {row["name"]: row for row in shell("doctor", "--json").json}
    assert rows["sandbox"]["state"] == "warn"


def test_a_folder_without_a_repository_is_told_only_when_it_was_named(shell: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    named = shell.bare("doctor", "--repo", str(empty))
    assert named.code in (2, 3)
    assert "empty" in named.err
