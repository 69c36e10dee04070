"""`windlass config show`: every setting and where it comes from."""

from pathlib import Path

from tests.cli.shell import Shell, new_shell


def test_every_setting_is_told_with_its_origin(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant", DISPATCH_WORKERS="1")
    (shell.repo / "windlass.toml").write_text("[autonomy]\nmax_files = 3\n")
    shell.commit()
    said = shell("config", "show", "--json")
    assert said.code == 0
    told = {row["path"]: row for row in said.json}
    assert told["dispatch.workers"]["value"] == 1
    assert told["dispatch.workers"]["origin"] == "environment WINDLASS_DISPATCH_WORKERS"
    assert told["autonomy.max_files"]["value"] == 3
    assert "windlass.toml" in told["autonomy.max_files"]["origin"]
    assert told["autonomy.max_lines"]["origin"] == "default"
    assert all(row["about"] for row in said.json)

    plain = shell("config", "show", "--origin")
    assert plain.out.splitlines()[0].split() == ["SETTING", "VALUE", "ORIGIN"]
    assert "WINDLASS_DISPATCH_WORKERS" in plain.out
    assert "ORIGIN" not in shell("config", "show").out
    assert shell("config", "show", "--fields", "path").json[0] == {"path": "project.name"}


def test_a_file_that_the_table_would_cut_is_told_whole_below_it(tmp_path: Path) -> None:
    mine = tmp_path / "settings" / "mine.toml"
    mine.parent.mkdir()
    mine.write_text("[autonomy]\nmax_files = 4\n")
    said = new_shell(tmp_path / "plant", CONFIG=str(mine))("config", "show", "--origin").out.splitlines()
    (row,) = [line.split() for line in said if line.startswith("autonomy.max_files")]
    assert row == ["autonomy.max_files", "4", "file", "1"]
    (below,) = [line for line in said if line.startswith("file 1: ")]
    assert below.endswith(str(mine))
    assert any('[".github/workflows/", "secrets/"]' in line for line in said)


def test_what_is_not_committed_is_no_setting(shell: Shell) -> None:
    (shell.repo / "windlass.toml").write_text("[autonomy]\nmax_files = 3\n")
    (row,) = [r for r in shell("config", "show", "--json").json if r["path"] == "autonomy.max_files"]
    assert row["value"] != 3


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant", DISPATCH_WORKERS="many", AUTONOMY_MAX_FILES="-1")
    said = shell("config", "show")
    assert said.code == 2
    assert "WINDLASS_DISPATCH_WORKERS" in said.err
    assert "WINDLASS_AUTONOMY_MAX_FILES" in said.err


def test_the_password_of_a_database_is_never_shown(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    shell.plant.database = "postgresql://ann:hush-hush@localhost:1/none"
    said = shell("config", "show")
    assert said.code == 7
    assert "hush-hush" not in said.out + said.err
