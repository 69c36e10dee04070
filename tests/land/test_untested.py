"""What tests do not run, from a real repository with real pytest and coverage to main or to a person."""

from dataclasses import replace

import pytest
from tests.support.environments import shared

from windlass import dispatch, land, verify
from windlass.land.statement import statement
from windlass.sandbox import open_launcher, probe

TABLE = b'[project]\nname = "shop"\nversion = "1"\n\n[tool.coverage.run]\nbranch = true\n'
TOTAL = b"def total(prices):\n    return sum(prices)\n"
FIRST = b"import shop\n\n\ndef test_a():\n    assert shop\n"
SHOP = TOTAL + b"""

def grade(points):
    if points > 90:
        name = "best"
        told = name.upper()
        print(told)
        return told
    return "good"
"""
TESTS = FIRST + b"\n\ndef test_good():\n    assert (shop.grade(1), shop.total([1])) == ('good', 1)\n"
BEST = TESTS + b"\n\ndef test_best():\n    assert shop.grade(91) == 'BEST'\n"
FORGED = b"""import os


def pytest_unconfigure(config):
    with open(os.path.join(os.environ["WINDLASS_OUT"], "coverage.json"), "w") as stream:
        stream.write("{")
"""


@pytest.fixture
def database(sqlite):
    return sqlite


@pytest.fixture
def shop(plant):
    """The plant of a small tested shop, judged in earnest."""
    if not probe().ok:
        pytest.skip(f"no sandbox: {probe().reason}")
    needs = {"requirements": ("pytest", "pytest-cov"), "environments": str(shared()), "coverage_min": 0.0}
    scope = replace(plant.site.scope, min_coverage=0.0)
    plant.site = replace(plant.site, launcher=open_launcher(), verify=needs, scope=scope)
    plant.gate = verify.judge_tree
    return plant


def landed(plant, files):
    first = {"pyproject.toml": TABLE, "shop.py": TOTAL, "tests/test_shop.py": FIRST}
    for path, text in first.items():
        place = plant.user / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(text)
    plant.git("add", "-A")
    plant.git("commit", "-qm", "a shop")
    return plant.run(plant.queue(*plant.submitted(files), land.Mode.LAND))


def stated(plant, landing):
    def read(tx):
        return statement(tx, landing, dispatch.chain.whole(tx, landing.task_id, landing.fence), 7.0)

    return plant.database.read(read)["predicate"]["patch_coverage"]


@pytest.mark.slow
def test_a_change_with_an_untested_branch_waits_for_a_person_who_is_told_the_lines(shop):
    found = landed(shop, {"shop.py": SHOP, "tests/test_shop.py": TESTS})
    assert (found.state, found.cause) == (land.LandingState.BLOCKED, land.model.Cause.SCOPE)
    assert found.reason == (
        "patch_coverage: 42.9 % of 7 added lines ran, at least 80 %; not run: shop.py:7-10"
    )  # fmt: skip


@pytest.mark.slow
def test_a_change_with_its_tests_lands_and_its_statement_says_what_they_ran(shop):
    found = landed(shop, {"shop.py": SHOP, "tests/test_shop.py": BEST})
    assert found.state is land.LandingState.LANDED, found.reason
    told = stated(shop, found)
    assert (told["percent"], told["covered"], told["coverable"], told["tree"]) == (100.0, 7, 7, found.tree)


@pytest.mark.slow
def test_a_small_change_to_code_without_tests_lands(shop):
    found = landed(shop, {"shop.py": TOTAL.replace(b"sum(prices)", b"sum(list(prices))")})
    assert found.state is land.LandingState.LANDED, found.reason
    assert (stated(shop, found)["percent"], stated(shop, found)["short"]) == (0.0, False)


@pytest.mark.slow
def test_broken_coverage_is_unknown_and_told_and_asks_nobody(shop):
    (shop.user / "conftest.py").write_bytes(FORGED)
    found = landed(shop, {"shop.py": SHOP, "tests/test_shop.py": TESTS})
    assert found.state is land.LandingState.LANDED, found.reason
    told = stated(shop, found)
    assert (told["percent"], told["untold"]) == (None, ["shop.py"])
    assert "its report tells nothing of these files" in told["why"]
