"""The ratchet as a person sees it, on a repository with one unused import."""

import pytest
from tests.cli.shell import Shell

COMMAND = '[[ratchet.metric]]\nname = "size"\nbetter = "down"\nunit = "lines"\ntolerance = 0\n'
COMMAND += "command = \"sh -c 'cat shop/*.py | wc -l'\"\n"


def metrics(shell: Shell, *words: str) -> dict[str, dict[str, object]]:
    found = shell("ratchet", *words, "--json").json
    return {one["metric"]: one for one in (found["metrics"] if isinstance(found, dict) else found)}


@pytest.fixture
def settled(shell: Shell) -> Shell:
    """Settings that measure the size of the package, and one measurement of the main branch."""
    (shell.repo / "windlass.toml").write_text(COMMAND)
    shell.commit()
    first = shell("ratchet", "enforce")
    assert first.code == 0
    assert "From now on size is held at " in first.err
    return shell


def branch(shell: Shell, name: str, text: str) -> None:
    shell.plant.git("checkout", "-qb", name, "main")
    shell.commit(shop__more=text)
    shell.plant.git("checkout", "-q", "main")


def test_before_anything_is_measured_all_is_unknown(shell: Shell) -> None:
    said = shell("ratchet", "show")
    assert said.code == 0
    assert said.out.count("never") == 7
    assert {one["value"] for one in metrics(shell, "show").values()} == {None}
    assert "Nothing was measured yet" in shell("ratchet", "history", "coverage").out


def test_what_is_measured_is_bound_and_a_branch_is_held_against_it(settled: Shell) -> None:
    shown = metrics(settled, "show")
    lines = shown["size"]["value"]
    assert (shown["size"]["bound"], shown["size"]["source"], shown["lint"]["bound"]) == (
        lines, "figure:size", shown["lint"]["value"],
    )  # fmt: skip
    branch(settled, "worse", "ONE = 1\n")
    said = settled("ratchet", "check", "worse")
    assert said.code == 1
    assert f"size is {lines + 1:.0f} lines, {lines:.0f} lines before the change: above its bound" in said.out
    assert "Not measured here, and never before: coverage, mutation" in said.out
    assert metrics(settled, "check", "worse")["lint"]["holds"] is True
    assert metrics(settled, "show")["size"]["value"] == lines


def test_a_bound_is_loosened_by_a_person_and_on_record(settled: Shell) -> None:
    branch(settled, "larger", "ONE = 1\n")
    assert settled("ratchet", "check", "larger").code == 1
    said = settled("ratchet", "set", "size", "100", "--reason", "a larger shop")
    assert said.out == "The bound of size is 100 lines now.\n"
    assert settled("ratchet", "check", "larger").code == 0
    told = settled("ratchet", "history", "size").out
    assert "a larger shop" in told
    assert "figure:size" in told
    assert settled("ratchet", "set", "size", "nan", "--reason", "x").code == 2


def test_a_commit_is_named_as_git_has_it_named(settled: Shell) -> None:
    for word in ("HEAD", settled.plant.git("rev-parse", "--short", "HEAD")):
        assert settled("ratchet", "check", word).code == 0


def test_bounds_are_exported_for_other_tools(settled: Shell) -> None:
    settled("ratchet", "set", "coverage", "70", "--reason", "where we are")
    found = settled("ratchet", "export").json
    assert found["global_targets"] == {"coverage_percent_min": 70.0, "flaky_test_count_max": 2.0}
    assert found["ratchet_settings"]["consecutive_improvements_required"] == 2


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("history", "speed"), 3, "there is no metric 'speed'"),
        (("check", "nowhere"), 3, "no branch or commit"), (("check", "f" * 40), 3, "no branch or commit"),
        (("set", "speed", "1", "--reason", "x"), 3, "no metric"),
        (("set", "lint", "1"), 2, "--reason"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(shell: Shell, words: tuple[str, ...], code: int, told: str) -> None:
    said = shell("ratchet", *words)
    assert (said.code, told in said.err) == (code, True)


def test_a_level_that_shifted_is_shown(shell: Shell) -> None:
    assert shell("ratchet", "history", "coverage").code == 0
    for number in range(24):
        shell.change(
            "INSERT INTO wl_measurement"
            " (repository_id, metric, at, commit_oid, landing_id, value, source, set_by)"
            f" VALUES (1, 'coverage', {number}, 'c{number}', 0, {90 if number < 14 else 80}, 'pytest', '')"
        )
    told = "worse since 1970-01-01T00:00:14.000Z (c14): 90 % before, 80 % since; by chance 0.1%"
    assert told in shell("ratchet", "history", "coverage").err
    assert f"coverage: {told}" in shell("ratchet", "show").out
    (one,) = metrics(shell, "show")["coverage"]["shifts"]
    assert (one["commit"], one["before"], one["after"]) == ("c14", 90.0, 80.0)
