"""What the checks say of what lies here, as a person asks for it."""

from tests.cli.shell import Shell
from tests.scan.seeds import PEM

CLEAN = "def total(prices):\n    return sum(prices)\n"


def test_a_tier_is_told_with_what_ran_and_what_was_deferred(shell: Shell) -> None:
    shell.commit(shop__total=CLEAN)
    (shell.repo / "shop" / "total.py").write_text(CLEAN + "\n\nRATE = 3\n")
    said = shell("verify")
    assert said.code == 0, said.out + said.err
    assert "✓ syntax" in said.out
    assert "passed: tier 0 in" in said.out
    again = shell("verify", "shop/total.py", "--json").json
    assert (again["verdict"], again["changed"]) == ("passed", ["shop/total.py"])
    assert {one["check"].partition(":")[0]: one["known"] for one in again["checks"]} == {
        "syntax": True, "ruff_lint": True,
    }  # fmt: skip
    (shell.repo / "shop" / "total.py").write_text("import os\n" + CLEAN)
    bad = shell("verify", "--budget", "50s")
    assert bad.code == 1
    assert "failed: ruff_lint: 1 violations are new" in bad.out
    late = shell("verify", "--budget", "1s", "--staged")
    assert late.code == 9
    assert "deferred" in late.out


def test_a_secret_in_what_differs_fails(shell: Shell) -> None:
    shell.commit(shop__total=CLEAN)
    (shell.repo / "key ü.pem").write_text(PEM)
    said = shell("verify")
    assert said.code == 1, said.out + said.err
    assert "failed: secrets: the change brings key ü.pem:1 a private key" in said.out
    assert PEM.splitlines()[1] not in said.out


def test_what_cannot_be_asked_is_told(shell: Shell) -> None:
    assert "do not go together" in shell("verify", "--staged", "--commit", "HEAD").err
    assert "is not in" in shell("verify", "../elsewhere").err
    assert "there is no file" in shell("verify", "absent").err
    help_text = shell.bare("verify", "--help").out
    assert "windlass verify coverage" in help_text
    assert "8 passed as far as" in help_text


def test_what_the_project_sets_up_and_cannot_start_is_a_line_of_its_own(shell: Shell) -> None:
    (shell.repo / "pyproject.toml").write_text("[tool.mypy]\nstrict = true\n[tool.windlass.verify]\n")
    shell.commit(shop__total=CLEAN)
    said = shell("verify", "shop/total.py")
    assert said.code == 0, said.out + said.err
    assert "! mypy " in said.out
    assert "not run  the project sets mypy up" in said.out
    assert "passed, 1 not run: tier 0" in said.out
    assert [one["check"] for one in shell("verify", "--json").json["not_run"]] == ["mypy"]
