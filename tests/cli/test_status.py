"""`windlass status`: what runs, what waits, what is next."""

from tests.cli.shell import Shell


def test_the_state_of_things_is_counted(worked: Shell) -> None:
    told = worked("status", "--json").json
    metrics = told.pop("metrics")
    assert told == {
        "repository": str(worked.repo),
        "main": "main",
        "owner": "nobody",
        "automation": "on",
        "nights": [],
        "needs_you": 1,
        "items": {"waiting": 1, "proposed": 1},
        "budget": [],
        "tasks": {"completed": 1},
    }
    assert worked("status", "--fields", "needs_you").json == {"needs_you": 1}
    plain = worked("status").out
    assert "1 waiting, 1 proposed" in plain
    assert "1 completed" in plain


    assert (metrics["first_time_approval"]["value"], metrics["task_duration_p50"]["of"]) == (1.0, 1)
    assert metrics["escalations"]["value"] == 1
    assert metrics["lease_renewals"]["value"] is None
    assert "first time approval  100% of 1" in plain
    assert "lease renewals       unknown: no renewal of the last 7 days" in plain


def test_a_fresh_repository_has_nothing(shell: Shell) -> None:
    lines = shell("status").out.splitlines()
    head = lines[: lines.index("")]
    assert [line.split()[-1] for line in head if line.split()[0] in ("items", "tasks")] == ["none", "none"]
    assert any("unknown: no task ended in the last 7 days" in line for line in lines)
