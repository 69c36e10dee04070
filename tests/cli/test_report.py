"""`windlass report`: the account of a run, again and again the same."""

from tests.cli.shell import Shell


def test_the_last_run_is_told_to_people_and_to_programs(worked: Shell) -> None:
    plain = worked("report")
    assert plain.code == 0
    assert plain.out.splitlines()[0].startswith("run 1 of repo, started ")
    assert "proposed task 1" in plain.out
    told = worked("report", "--json").json
    assert told["run"]["outcome"] == "idle"
    assert [row["state"] for row in told["delivered"]["rows"]] == ["proposed"]
    assert told["questions"] == [1]
    assert worked("report", "--run", "1", "--json").json["run"] == told["run"]
    assert worked("report", "--fields", "schema").json == {"schema": 1}


def test_a_run_that_never_was_is_not_found(worked: Shell, found: Shell) -> None:
    assert worked("report", "--run", "99").code == 3
    said = found("report")
    assert said.code == 3
    assert "windlass run" in said.err
