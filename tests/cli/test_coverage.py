"""What the tests cover, as a person asks for it."""

from tests.cli.shell import Shell


def test_where_nothing_tells_a_coverage_the_gate_is_no_pass(shell: Shell) -> None:
    said = shell("verify", "coverage")
    assert said.code == 9, said.out + said.err
    assert "coverage: unknown, unknown before" in said.out
    assert "pytest needs pytest-cov" in said.out
    asked = shell("verify", "coverage", "--json").json
    assert (asked["verdict"], asked["coverage"], asked["least"]) == ("unknown", None, 75.0)
    assert "do not go together" in shell("verify", "coverage", "--staged", "--commit", "HEAD").err


def test_the_checks_asked_for_are_named_and_unknown_ones_are_an_error(shell: Shell) -> None:
    said = shell("verify", "--only", "lint", ".")
    assert said.code == 0, said.out + said.err
    assert "passed: only lint of tier 1" in said.out
    asked = shell("verify", "--only", "lint", ".", "--json").json
    assert ([one["check"] for one in asked["checks"]], asked["only"]) == (["ruff_lint"], ["lint"])
    wrong = shell("verify", "--only", "lnt")
    assert (wrong.code, "no check here is called 'lnt'" in wrong.err, "lint" in wrong.err) == (2, True, True)
