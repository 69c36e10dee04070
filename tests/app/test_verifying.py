"""What the user has here, judged as the gate would."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.shop import CLEAN, Shop, new_shop

from windlass.app.verifying import Aim, Verdict, Verifying
from windlass.kernel import Invalid, NotFound
from windlass.workspace import Checkout

TEST = "from shop.part_0 import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
BAD = "def total(prices):\n    return -sum(prices)\n"


@pytest.fixture
def tested(shop: Shop) -> Shop:
    shop.commit({"shop/part_0.py": CLEAN, "tests/test_part.py": TEST, "README": "a shop\n"})
    return shop


def checks(found: object) -> set[str]:
    return {one.check.partition(":")[0] for one in found.judgement.readings}


def test_files_are_judged_as_they_lie_there_and_known_is_not_run_again(tested: Shop) -> None:
    verifying = Verifying(tested.open())
    (tested.repo / "shop" / "part_0.py").write_text(BAD)
    before = Checkout.open(tested.repo).fingerprint()
    bad = verifying.verify(0, Aim())
    assert bad.verdict is Verdict.FAILED
    assert "tests/test_part.py::test_total" in bad.reasons[0]
    assert bad.changed == ("shop/part_0.py",)
    again = verifying.verify(0, Aim())
    assert (again.verdict, again.ran, bad.ran != frozenset()) == (Verdict.FAILED, frozenset(), True)
    # What is staged is still what was committed, and that passes.
    staged = verifying.verify(0, Aim(staged=True, paths=("shop",)))
    assert staged.verdict is Verdict.PASSED, staged
    assert checks(staged) == {"syntax", "ruff_lint", "pytest"}
    assert Checkout.open(tested.repo).fingerprint() == before
    with pytest.raises(NotFound, match="no file 'absent'"):
        verifying.verify(0, Aim(paths=("absent",)))


def test_a_tree_that_differs_in_nothing_has_no_excuse(tested: Shop) -> None:
    tested.commit({"shop/part_0.py": BAD})
    verifying = Verifying(tested.open())
    found = verifying.verify(0, Aim(paths=("shop",)))
    assert (found.verdict, found.judgement.outcome.value) == (Verdict.FAILED, "passed")
    assert found.reasons[0].endswith("1 fail: tests/test_part.py::test_total")
    skip = "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    for one in items:\n"
    tested.commit({"conftest.py": f"{skip}        one.add_marker(pytest.mark.skip)\n"})
    none = verifying.verify(0, Aim(paths=("shop",)))
    assert (none.verdict, none.reasons) == (Verdict.FAILED, ("pytest: no test ran: all 1 were skipped",))
    tested.outside.git("reset", "-q", "--hard", "HEAD~1")
    # Against the commit before it is the change that is to blame.
    blamed = verifying.verify(0, Aim(commit="HEAD", against="HEAD~1"))
    assert blamed.judgement.outcome.value == "failed"


def test_what_there_is_no_time_for_is_named_and_is_no_pass(tested: Shop) -> None:
    verifying = Verifying(tested.open())
    found = verifying.verify(1, Aim(paths=("shop",)), budget_s=0.0)
    assert found.verdict is Verdict.UNKNOWN
    late = {one.check.partition(":")[0] for one in found.judgement.deferred}
    assert late == {"syntax", "ruff_lint", "pytest"}
    assert all("was over" in one.why for one in found.judgement.deferred)
    some = verifying.verify(0, Aim(paths=("README",)))
    assert (some.verdict, [one.check for one in some.judgement.deferred]) == (Verdict.DEFERRED, ["pytest"])
    # The whole run of tier 1 makes good what tier 0 left to it.
    more = verifying.verify(2, Aim(paths=("README",)))
    assert more.verdict is Verdict.PASSED
    assert {"pytest", "pytest:again-1"} <= {one.check for one in more.judgement.readings}


def test_a_watch_judges_again_when_content_differs_and_only_then(shop: Shop) -> None:
    place = shop.repo / "shop" / "part_0.py"

    def steps() -> Iterator[bool]:
        place.touch()
        yield True
        place.write_text(CLEAN)
        yield True
        (shop.repo / "new.log").write_text("ignored")
        yield True
        yield False

    (shop.repo / ".git" / "info").mkdir(exist_ok=True)
    (shop.repo / ".git" / "info" / "exclude").write_text("*.log\n")
    rest = steps()
    found = list(Verifying(shop.open()).watch(0, Aim(), rest=lambda: next(rest)))
    assert [one.changed for one in found] == [(), ("shop/part_0.py",)]


def test_migrations_that_do_not_hold_together_fail_a_tree_that_differs_in_nothing(tested: Shop) -> None:
    heads = {f"db/versions/{name}.py": f'revision = "{name}"\ndown_revision = None\n' for name in "ab"}
    tested.commit({"alembic.ini": "[alembic]\nscript_location = db\n", "db/env.py": "", **heads})
    found = Verifying(tested.open()).verify(1, Aim(paths=("alembic.ini",)))
    assert found.verdict is Verdict.FAILED
    assert found.reasons[0].startswith("migrations: alembic.ini several-heads: 2 heads: a (db/versions/a.py)")


def test_a_check_that_is_asked_for_runs_alone(tested: Shop) -> None:
    verifying = Verifying(tested.open())
    (tested.repo / "shop" / "part_0.py").write_text(BAD)
    lint = verifying.verify(1, Aim(), only=("lint",))
    assert (lint.verdict, checks(lint), lint.only) == (Verdict.PASSED, {"ruff_lint"}, ("lint",))
    tests = verifying.verify(1, Aim(), only=("lint", "tests"))
    assert (tests.verdict, checks(tests)) == (Verdict.FAILED, {"ruff_lint", "pytest"})
    none = verifying.verify(1, Aim(), only=("migrations",))
    assert (none.verdict, none.reasons) == (
        Verdict.UNKNOWN, ("migrations was asked for, and gave no result",),
    )  # fmt: skip
    assert [one.check for one in none.judgement.unable] == ["migrations"]
    nothing = verifying.verify(1, Aim(paths=(".",)), only=("contract",))  # looked for, and none is there
    assert (nothing.verdict, nothing.reasons) == (
        Verdict.UNKNOWN, ("contract was asked for, and gave no result",),
    )  # fmt: skip
    with pytest.raises(Invalid, match="no check here is called 'nonsense'"):
        verifying.verify(0, Aim(), only=("nonsense",))


MEASURED = '[project]\nname = "shop"\nversion = "0.1"\n[tool.coverage.run]\nbranch = false\n'
REST = "\n\ndef least(prices):\n    low = min(prices)\n    high = max(prices)\n    return low, high\n"


@pytest.mark.slow
def test_the_coverage_of_all_tests_is_told_and_what_nobody_measures_is_no_pass(tmp_path: Path) -> None:
    shop = new_shop(tmp_path / "plant", env={"WINDLASS_VERIFY_REQUIREMENTS": "pytest,pytest-cov"})
    shop.commit({"pyproject.toml": MEASURED, "shop/part_0.py": CLEAN, "tests/test_part.py": TEST})
    verifying = Verifying(shop.open())
    whole = verifying.coverage(Aim())
    assert (whole.verdict, whole.now, whole.least) == (Verdict.PASSED, 100.0, 75.0), whole
    (shop.repo / "shop" / "part_0.py").write_text(CLEAN + REST)
    half = verifying.coverage(Aim())
    assert half.verdict is Verdict.FAILED
    assert (half.now, half.before) == (pytest.approx(200 / 3), 100.0)
    assert "below 75 % and lower than 100.00 %" in half.verified.reasons[0]
    shop.commit({"pyproject.toml": '[project]\nname = "shop"\nversion = "0.1"\n', "shop/part_0.py": CLEAN})
    nobody = verifying.coverage(Aim())
    assert (nobody.verdict, nobody.now, nobody.verified.verdict) == (Verdict.UNKNOWN, None, Verdict.PASSED)
    shop.close()
