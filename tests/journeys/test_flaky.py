"""A test that really fails by itself, from the first verdicts to its quarantine, through the real gate."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell, new_shell

TESTS = "import os\n\nfrom shop.total import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
TESTS += "\n\ndef test_flips():\n    assert os.urandom(1)[0] % 2\n"
CASE = "tests/test_total.py::test_flips"
ROUNDS_MAX = 60


def checked(shell: Shell, name: str, **files: str) -> tuple[str, list[str]]:
    """What the gate says of a branch with these files."""
    shell.plant.git("checkout", "-qb", name, "main")
    shell.commit(**files)
    shell.plant.git("checkout", "-q", "main")
    said = shell("ratchet", "check", name, "--json")
    assert said.out, said.err
    return said.json["gate"], said.json["reasons"]


def listed(shell: Shell) -> dict[str, object]:
    found = shell("flaky", "list", "--json").json
    return found[0] if found else {"state": ""}


@pytest.mark.nightly
def test_a_test_that_flips_is_quarantined_on_evidence_and_blocks_nobody_any_more(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    shell.commit(tests__test_total=TESTS)
    for number in range(ROUNDS_MAX):
        checked(shell, f"harmless{number}", shop__notes=f"ROUND = {number}\n")
        shell.plant.git("merge", "-q", "--ff-only", f"harmless{number}")
        if listed(shell)["state"] == "quarantined":
            break
    row = listed(shell)
    assert (row["test"], row["state"]) == (CASE, "quarantined"), row
    assert CASE in shell("backlog", "list").out
    for number in range(6):
        gate, reasons = checked(shell, f"later{number}", shop__notes=f"LATER = {number}\n")
        assert gate == "passed", reasons
    gate, reasons = checked(shell, "broken", shop__total="def total(prices):\n    return 0\n")
    assert gate == "failed"
    assert "test_total" in reasons[0]
    touched = TESTS.replace("% 2", "% 2 > 1")
    for number in range(ROUNDS_MAX):  # where it has just failed on the base as well, nobody is blamed
        gate, reasons = checked(shell, f"touches{number}", tests__test_total=touched)
        if gate == "failed":
            break
        shell.commit(shop__notes=f"AGAIN = {number}\n")
    assert gate == "failed", "a quarantine is no excuse for a change that touches the test"
    shell("ratchet", "enforce")
    shown = {one["metric"]: one["value"] for one in shell("ratchet", "show", "--json").json}
    assert shown["flaky"] == 1
