"""Red main is mended by taking back what broke it; a test that fails by itself takes nothing back."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell, new_shell

SETTINGS = '[verify]\nnightly = ["python nightly.py"]\n'
NIGHTLY = "from shop import total\n\nassert hasattr(total, 'os'), 'somebody needs os'\n"
"""What only tier 2 runs; taking an unused import away passes every gate before it."""
FLIPS = "import os\n\n\ndef test_flips():\n    assert os.urandom(1)[0] % 2\n"
FAULTS = {
    "f401": "import os\n\n\ndef part():\n    return 1\n", "f541": "def part():\n    return f'one'\n",
    "f632": "def part(x):\n    return x is 'one'\n", "w291": "def part():\n    return 1 \n",
    "w292": "def part():\n    return 1", "w605": "def part():\n    return '\\d'\n",
}  # fmt: skip
"""What ruff mends by itself, an item for each rule: the gate may refuse some over the test that flips."""
ROUNDS = 2


def story(folder: Path) -> Shell:
    shell = new_shell(folder / "plant")
    (shell.repo / "windlass.toml").write_text(SETTINGS)
    shell.commit(nightly=NIGHTLY, shop__total="import os\n\n\ndef total(prices):\n    return sum(prices)\n")
    return shell


def subjects(shell: Shell) -> list[str]:
    return shell.plant.git("log", "--format=%s", "main").splitlines()


@pytest.mark.nightly
def test_a_landing_that_only_tier_2_sees_is_taken_back_and_its_item_reopened(tmp_path: Path) -> None:
    shell = story(tmp_path)
    assert shell("run", "--land").code == 0
    assert "nightly" not in subjects(shell)[0]
    broken = shell.plant.git("rev-parse", "main")
    found = shell("land", "check", "--land", "--json", "--no-run")
    assert found.code == 1
    (culprit,) = found.json["culprits"]
    assert culprit["names"] == ["command:python nightly.py"]
    shell("execute", "--task", str(culprit["task"]), "--land")
    assert subjects(shell)[0].startswith("Revert")
    assert f"Windlass-Reverts: {culprit['commit']}" in shell.plant.git("log", "-1", "--format=%B", "main")
    assert culprit["commit"] in shell.plant.git("rev-list", broken)
    assert shell("land", "check").code == 0
    (again,) = [one for one in shell("task", "list", "--json").json if one["status"] == "pending"]
    assert "nightly.py" in shell("task", "show", str(again["id"])).out
    assert shell("land", "prove", shell.plant.git("rev-parse", "main")).code == 0


@pytest.mark.nightly
def test_a_run_that_goes_on_mends_main_by_itself_and_stops_when_it_happens_again(tmp_path: Path) -> None:
    shell = story(tmp_path)
    shell.plant.more_env["WINDLASS_LAND_PROVE_TIER"] = "2"
    shell("run", "--land", "--continuous", "--interval", "5s", "--for", "4m")
    told = subjects(shell)
    assert sum(one.startswith("Revert") for one in told) == 2, told
    assert told[0].startswith("Revert")
    (item,) = [one for one in shell("backlog", "list", "--json").json if one["state"] == "blocked"]
    assert "was taken back" in shell("backlog", "show", str(item["id"])).out


@pytest.mark.nightly
def test_a_test_that_fails_by_itself_takes_nothing_back(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    shell.commit(
        tests__test_flips=FLIPS, shop__total="import os\n\n\ndef total(prices):\n    return sum(prices)\n"
    )
    shell("land", "check", "--land")
    for number, (rule, text) in enumerate(ROUNDS * [*FAULTS.items()]):
        shell.plant.git("reset", "-q", "--hard", "main")
        shell.commit(**{f"shop__{rule}_{number}": text})
        shell("run", "--land")
        found = shell("land", "check", "--land", "--json", "--no-run").json
        assert found["culprits"] == [], found
    assert not [one for one in subjects(shell) if one.startswith("Revert")]
    assert shell("land", "list", "--json").json, "something landed that could have been blamed"
