"""`windlass profile …`: what there is, what is in force, what is wrong with it."""

from tests.cli.shell import Shell


def test_shipped_profiles_are_listed_and_none_is_in_force_by_itself(shell: Shell) -> None:
    found = shell("profile", "list", "--json").json
    assert len(found) == 11
    assert {one["in_force"] for one in found} == {False}
    assert "IN FORCE" in shell("profile", "list").out


def test_a_profile_in_force_is_shown_with_what_is_different(shell: Shell) -> None:
    (shell.repo / "agents.yaml").write_text("- {name: backend, skills: [go]}\n- own\n")
    shell.commit()
    row = shell("profile", "show", "backend", "--json").json
    assert (row["in_force"], row["skills"], row["works"], row["limits"]["requests"]) == (
        True, ["go"], "outside", 100,
    )  # fmt: skip
    assert shell("profile", "show", "own", "--json").json["lane"] == "own"
    told = shell("profile", "check").out.splitlines()
    assert told[0] == "In force and sound: backend (outside), own (outside)"
    assert any(line.split()[:3] == ["backend", "requests", "100"] and "nobody" in line for line in told)
    assert "HELD BY" in shell("profile", "show", "backend").out
    assert shell("profile", "show", "nobody").code == 3


def test_what_is_wrong_is_said_at_once(shell: Shell) -> None:
    (shell.repo / "agents.yaml").write_text("- {name: backend, model: m, skills: 3}\n")
    shell.commit()
    said = shell("profile", "check")
    assert said.code == 2
    assert "the configuration has 2 mistakes" in said.err
    assert "agents[0].model = 'm': may not be set from inside the repository" in said.err
