"""`windlass pause` and `windlass resume`: nothing begins any more, and everybody is told."""

from tests.cli.shell import Shell


def test_a_pause_is_told_everywhere_and_holds_a_run(shell: Shell) -> None:
    said = shell("pause", "--reason", "the shop looks odd")
    assert said.out.startswith("Paused. ann paused this repository at ")
    assert "the shop looks odd\nWhat is under way ends and waits. To go on: windlass resume\n" in said.out
    assert "ann paused this repository" in shell("status", "--fields", "automation").json["automation"]
    assert shell("queue").out.startswith("Nothing lands: ann paused this repository")
    refused = shell("discover")
    assert refused.code == 7
    assert "the look for work waits: ann paused" in refused.err
    done = shell("run", "--json")
    assert done.code == 7
    assert done.json["run"]["outcome"].startswith("paused: ann paused this repository")
    assert [row["reason"] for row in done.json["blocked"]["rows"]] == [
        shell("queue", "--json").json["paused"]
    ]
    assert shell.rows("SELECT count(*) FROM wl_item") == [(0,)]

    assert shell("resume").out.endswith("the shop looks odd\nAutomation is on.\n")
    assert shell("resume").out == "Nothing was paused here.\nAutomation is on.\n"
    assert shell("status", "--fields", "automation").json == {"automation": "on"}
    kinds = [e["kind"] for e in shell("audit", "list", "--json").json]
    assert [kind for kind in kinds if kind.startswith("automation.")] == [
        "automation.paused", "automation.resumed",
    ]  # fmt: skip


def test_a_label_pauses_and_resume_takes_it_away(shell: Shell) -> None:
    assert shell("backlog", "add", "The shop is on fire", "--add-label", "emergency-pause").code == 0
    assert shell("backlog", "edit", "1", "--add-label", "hotfix").code == 0
    told = shell("status", "--fields", "automation").json["automation"]
    assert told.endswith("item 1 is labelled emergency-pause: The shop is on fire")
    shell("pause", "--all")
    said = shell("resume").out
    assert said.splitlines()[0] == "Item 1 is not labelled emergency-pause any more"
    assert "Still paused. ann paused everything" in said
    assert shell("resume", "--all").out.endswith("Automation is on.\n")
    assert shell.rows("SELECT labels FROM wl_item") == [('["hotfix"]',)]
    shell("backlog", "edit", "1", "--remove-label", "hotfix", "--add-label", "auto-merge")
    assert shell.rows("SELECT labels FROM wl_item") == [('["auto-merge"]',)]
