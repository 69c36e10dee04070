"""`windlass playbook`: how work is done here."""

from tests.cli.shell import Shell

OWN = 'name = "bug"\nsummary = "Ours."\nkinds = ["bug"]\nred = "ask"\n'


def test_playbooks_are_listed_and_shown(shell: Shell) -> None:
    rows = {row["name"]: row for row in shell("playbook", "list", "--json").json}
    assert rows["bug"]["red"] == "refuse"
    assert rows["mechanical"]["origin"] == "windlass"
    assert shell("playbook", "list").out.splitlines()[0].split() == ["NAME", "RED", "GRAVE", "FOR", "SUMMARY"]
    assert "Write a test that fails" in shell("playbook", "show", "bug").out
    unknown = shell("playbook", "show", "none")
    assert unknown.code == 2
    assert "known: bug, change" in unknown.err


def test_the_owners_playbooks_lie_in_the_data_home(shell: Shell) -> None:
    shell("playbook", "list")
    folder = shell.home / "playbooks"
    folder.mkdir()
    (folder / "bug.toml").write_text(OWN)
    assert shell("playbook", "show", "bug", "--json").json["red"] == "ask"
    (folder / "bug.toml").write_text("name = 1")
    broken = shell("playbook", "list")
    assert broken.code == 2
    assert "name must be a text" in broken.err
