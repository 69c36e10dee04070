"""`windlass config import`: what a person sees of it."""

import re
from pathlib import Path

import pytest
from tests.app.founding_texts import BACKLOG, PARALLEL, SCOPE, SLA, VARIABLES
from tests.cli.shell import Said, Shell

from windlass.app.founding import KINDS


@pytest.fixture
def theirs(shell: Shell) -> Shell:
    """A repository that has some of the founding tools' files."""
    (shell.repo / "config").mkdir()
    for name, text in ((".automation-scope.yaml", SCOPE), ("config/parallel_execution.yaml", PARALLEL),
                       ("config/performance_sla.json", SLA), ("backlog.yml", BACKLOG)):  # fmt: skip
        (shell.repo / name).write_text(text)
    return shell


def written(said: Said) -> Path:
    found = re.search(r"^Written to (.*)$", said.out, re.MULTILINE)
    assert found, said.out
    return Path(found[1])


def value(shell: Shell, path: str) -> object:
    (row,) = [row for row in shell("config", "show", "--json").json if row["path"] == path]
    return row["value"]


def test_everything_is_told_and_written(theirs: Shell) -> None:
    theirs.plant.more_env.update(VARIABLES)
    said = theirs("config", "import")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].split() == ["FROM", "KEY", "VALUE", "SETTING", "WHAT", "BECAME", "OF", "IT"]
    assert any(
        line.split()[:4] == ["environment", "PR_DAILY_LIMIT", "5", "autonomy.daily_prs"] for line in lines
    )
    assert "Backlog: 2 items added, 0 there already." in lines
    assert "  Left out, as they are done: INFRA-001" in lines
    assert "Keys: 15 set, 1 overruled, 13 left" in lines
    assert 'lease = "1m30s" # from config/parallel_execution.yaml' in written(said).read_text()
    assert theirs.home in written(said).parents
    assert value(theirs, "dispatch.workers") == 10
    again = theirs("config", "import")
    assert "Keys: 15 already so, 1 overruled, 13 left" in again.out
    assert "Nothing was written (no setting is new)" in again.out


def test_a_dry_run_says_would_and_writes_nothing(theirs: Shell) -> None:
    said = theirs("config", "import", "--dry-run")
    assert said.code == 0
    assert "would be set" in said.out
    assert "Backlog: 2 items would be added" in said.out
    assert "Nothing was written (--dry-run)" in said.out
    assert value(theirs, "dispatch.workers") == 2
    assert theirs("backlog", "list", "--json").json == []


@pytest.mark.parametrize("columns", [80, 100, 120, 160])
def test_nothing_is_cut_and_lines_fit_the_terminal(theirs: Shell, columns: int) -> None:
    theirs.plant.more_env["COLUMNS"] = str(columns)
    out = theirs("config", "import", "--dry-run").out
    table = out.partition("\n\n")[0].splitlines()
    assert max(map(len, table)) <= columns
    assert "\nconfig/performance_sla.json\n" in out
    together = "".join(out.split())
    assert "dispatch.attempts_max:wouldbeset" in together or columns == 160


def test_json_has_every_key(theirs: Shell) -> None:
    done = theirs("config", "import", "--json").json
    assert done["written"] is True
    told = {(row["from"], row["key"]): row for row in done["keys"]}
    assert told[".automation-scope.yaml", "auto_approve.file_change_limit"] == {
        "from": ".automation-scope.yaml", "key": "auto_approve.file_change_limit", "value": "10",
        "setting": "autonomy.max_files", "outcome": "set", "why": "",
    }  # fmt: skip
    left = told["config/performance_sla.json", "rollback_triggers.consecutive_failures"]
    assert (left["setting"], left["outcome"], left["why"]) == (None, "left", "windlass has no setting for it")
    assert done["backlog"]["done_there"] == ["INFRA-001"]
    assert theirs("config", "import", "--fields", "written").json == {"written": False}


def test_with_nothing_there_it_says_what_it_looked_for(shell: Shell) -> None:
    said = shell("config", "import")
    assert said.code == 0
    assert said.out.startswith("There is nothing to import. Looked for: .automation-scope.yaml, ")
    for name in ("quality_ratchet.json", "config/performance_sla.json", "backlog.yml", "agents.yaml",
                 "config/parallel_execution.yaml", "config/alerting_rules.yaml", "REPO_ROOT"):  # fmt: skip
        assert name in said.out


def test_what_is_kept_is_told_with_what_to_do(theirs: Shell) -> None:
    written(theirs("config", "import")).write_text("[dispatch]\nworkers = 3\n")
    said = theirs("config", "import")
    assert "kept: 3 in your windlass.toml" in said.out
    assert "--replace" in said.out
    assert value(theirs, "dispatch.workers") == 3
    assert "replaced: 3 in your windlass.toml" in theirs("config", "import", "--replace").out
    assert value(theirs, "dispatch.workers") == 10


def test_mistakes_are_told_together_with_exit_code_two(theirs: Shell) -> None:
    (theirs.repo / ".automation-scope.yaml").write_text("auto_approve: {file_change_limit: many}\n")
    theirs.plant.more_env["PR_DAILY_LIMIT"] = "lots"
    said = theirs("config", "import")
    assert said.code == 2
    assert "nothing was imported, because of 2 mistakes" in said.err
    assert "must be a whole number of at least 1" in said.err


def test_a_named_file_and_its_kind(theirs: Shell) -> None:
    (theirs.repo / "old.yml").write_text(PARALLEL)
    path = str(theirs.repo / "old.yml")
    said = theirs("config", "import", path)
    assert said.code == 2
    assert "--as" in said.err
    assert theirs("config", "import", path, "--as", "parallel").code == 0
    assert theirs("config", "import", "--as", "parallel").code == 2
    assert theirs("config", "import", str(theirs.repo / "backlog.yml" / "x")).code != 0


def test_the_help_names_every_kind(shell: Shell) -> None:
    said = shell.bare("config", "import", "--help")
    assert all(kind.name in said.out for kind in KINDS)


def test_undo_takes_back_what_the_backlog_got(theirs: Shell) -> None:
    theirs("config", "import")
    assert [row["title"] for row in theirs("backlog", "list", "--json").json] == [
        "Log instead of print", "Measure calls"
    ]  # fmt: skip
    undone = theirs("undo")
    assert "config import: backlog.yml: 2 added, 0 changed" in undone.out
    assert theirs("backlog", "list", "--json").json == []


def test_backlog_import_takes_such_a_file_too(theirs: Shell) -> None:
    said = theirs("backlog", "import", str(theirs.repo / "backlog.yml"))
    assert said.code == 0, said.err
    assert said.out == "2 added, 0 changed, 0 unchanged, 1 done there and left out\n"
    assert theirs("backlog", "import", str(theirs.repo / "backlog.yml")).out.startswith(
        "0 added, 0 changed, 2 unch"
    )


def test_windlasss_own_backlog_file_is_read_as_backlog_import_reads_it(found: Shell, tmp_path: Path) -> None:
    path = tmp_path / "backlog.yml"
    path.write_text(found("backlog", "export").out.replace("title: ", "title: Mine, ", 1))
    said = found("config", "import", str(path))
    assert said.code == 0, said.err
    assert "Backlog: 0 items added, 1 changed, " in said.out
    assert found("backlog", "show", "1", "--json").json["title"].startswith("Mine, ")
    assert found("undo").code == 0
    assert not found("backlog", "show", "1", "--json").json["title"].startswith("Mine, ")
