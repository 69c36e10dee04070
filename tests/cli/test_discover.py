"""`windlass discover`: look, and write only when asked to."""

import json
from pathlib import Path

from tests.cli.shell import RESTRICTED, Shell

SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "scanner", "rules": [{"id": "S1"}]}},
            "results": [
                {
                    "ruleId": "S1",
                    "level": "warning",
                    "message": {"text": "the sum is never checked"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "shop/total.py"},
                                "region": {"startLine": 4},
                            }
                        }
                    ],
                }
            ],
        }
    ],
}


def test_a_dry_run_tells_and_writes_nothing(shell: Shell) -> None:
    said = shell("discover", "--dry-run", "--json")
    assert said.code == 0
    assert said.json["dry_run"] is True
    assert {t["source"]: t["found"] for t in said.json["sources"]}["ruff"] > 0
    (new,) = said.json["new"]
    assert (new["path"], new["rule"]) == ("shop/total.py", "F401")
    *_, place, last = shell("discover", "--dry-run").out.splitlines()
    assert place.startswith(f"shop/total.py:{new['line']}: F401: ")
    assert last == "1 new; nothing was written"
    for table in ("wl_item", "wl_finding"):
        assert shell.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert shell.rows("SELECT kind FROM wl_event WHERE kind LIKE 'item.%' OR kind LIKE 'source.%'") == []


def test_what_is_found_is_kept_and_found_again_as_the_same(shell: Shell) -> None:
    first = shell("discover", "--json").json
    assert first["commit"] == shell.plant.git("rev-parse", "main")
    assert (first["opened"], first["closed"], first["reopened"]) == (1, 0, 0)
    again = shell("discover", "--json").json
    assert (again["opened"], again["closed"], again["reopened"]) == (0, 0, 0)
    assert shell("discover", "--fields", "opened").json == {"opened": 0}
    plain = shell("discover")
    assert plain.out.splitlines()[0].split()[:2] == ["SOURCE", "READ"]
    assert plain.out.splitlines()[-1] == "0 items opened, 0 reopened, 0 closed"


def test_only_the_named_sources_look(shell: Shell) -> None:
    said = shell("discover", "--source", "comments", "--json")
    assert [t["source"] for t in said.json["sources"]] == ["comments"]
    wrong = shell("discover", "--source", "oracle")
    assert wrong.code == 2
    assert "known: comments, ruff" in wrong.err


def test_a_sarif_file_is_read_as_well(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "scan.sarif"
    file.write_text(json.dumps(SARIF))
    said = shell("discover", "--sarif", str(file), "--json")
    assert said.code == 0, said.err + said.out
    assert {t["source"]: t["found"] for t in said.json["sources"]}["sarif:scan.sarif"] == 1
    rules = {row["rule"] for row in shell("backlog", "list", "--json").json}
    assert "S1" in rules


def test_a_source_that_fails_is_told_and_the_others_go_on(shell: Shell, tmp_path: Path) -> None:
    said = shell("discover", "--sarif", str(tmp_path / "none.sarif"), "--json")
    assert said.code == 1
    tallies = {t["source"]: t for t in said.json["sources"]}
    assert tallies["sarif:none.sarif"]["error"]
    assert (tallies["ruff"]["error"], tallies["ruff"]["found"]) == (None, 1)


def test_what_is_not_committed_is_not_looked_at(shell: Shell) -> None:
    (shell.repo / "shop" / "more.py").write_text(RESTRICTED)
    assert shell("discover", "--json").json["opened"] == 1
