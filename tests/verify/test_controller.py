"""The gate end to end: real mirror, real environment, real sandbox."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.verify.conftest import PROJECT

from windlass.dispatch import Site, Spec, Submission
from windlass.events import history
from windlass.kernel import NotFound
from windlass.store import Started, Transaction
from windlass.verify import Judgement, Outcome, judge_tree, record_verdict, tick, verify_submission
from windlass.verify.controller import green, plan_checks

Tree = Callable[..., str]
BROKEN = {"src/demo/__init__.py": b"def add(a, b):\n    return a - b\n"}


def test_a_harmless_change_passes_with_tests_lint_and_syntax(site: Site, tree: Tree) -> None:
    changed = tree({"src/demo/__init__.py": b"def add(a, b):\n    return b + a\n"})
    judgement = judge_tree(site, changed, tree(), ())
    assert judgement.outcome is Outcome.PASSED, judgement
    assert {reading.check.partition(":")[0] for reading in judgement.readings} == {
        "pytest",
        "ruff_lint",
        "syntax",
    }
    whole = [reading for reading in judgement.readings if reading.check == "pytest"]
    assert whole[0].cases == {"tests/test_add.py::test_add": "passed"}


def test_a_new_failure_blocks_and_names_the_test(site: Site, tree: Tree) -> None:
    judgement = judge_tree(site, tree(BROKEN), tree(), ())
    assert judgement.outcome is Outcome.FAILED
    assert any("tests/test_add.py::test_add" in reason for reason in judgement.reasons)


def test_a_failure_of_the_base_is_known_and_not_blamed(site: Site, tree: Tree) -> None:
    change = {**BROKEN, "README": b"better words\n"}
    judgement = judge_tree(site, tree(change), tree(BROKEN), ())
    assert judgement.outcome is Outcome.PASSED, judgement
    assert any("tests/test_add.py::test_add" in line for line in judgement.known)


def test_new_lint_and_broken_syntax_block(site: Site, tree: Tree) -> None:
    lint = judge_tree(site, tree({"src/demo/more.py": b"import os\n"}), tree(), ())
    assert any("src/demo/more.py F401 0 -> 1" in reason for reason in lint.reasons)
    syntax = judge_tree(site, tree({"src/demo/more.py": b"def broken(:\n"}), tree(), ())
    assert any("src/demo/more.py syntax" in reason for reason in syntax.reasons)


def test_the_same_tree_is_never_run_twice(site: Site, tree: Tree) -> None:
    change = tree({"README": b"words\n"})
    judge_tree(site, change, tree(), ())
    before = site.database.read(lambda tx: tx.rows("SELECT * FROM wl_evidence ORDER BY tree_oid, check_id"))
    again = judge_tree(site, change, tree(), ())
    after = site.database.read(lambda tx: tx.rows("SELECT * FROM wl_evidence ORDER BY tree_oid, check_id"))
    assert again.outcome is Outcome.PASSED
    assert [row["at"] for row in before] == [row["at"] for row in after]


def test_nothing_is_left_in_the_folder_of_checkouts(site: Site, tree: Tree) -> None:
    judge_tree(site, tree({"README": b"words\n"}), tree(), ())
    assert not list(site.folders.checkouts.glob("verify-*"))


def test_the_plan_says_why_a_check_does_not_run(site: Site, tree: Tree) -> None:
    bare = site.mirror.write_tree({"README": b"no code\n"})
    assert all(line.absent for line in plan_checks(site, bare))
    assert {line.role for line in plan_checks(site, tree()) if not line.absent} >= {"tests", "lint", "syntax"}


def test_a_tree_that_nothing_can_judge_is_unknown(site: Site) -> None:
    bare, base = site.mirror.write_tree({"README": b"b\n"}), site.mirror.write_tree({"README": b"a\n"})
    judgement = judge_tree(site, bare, base, ())
    assert judgement.outcome is Outcome.UNKNOWN
    assert judgement.reasons


def submitted(tx: Transaction, commit: str, tree: str, base: str) -> None:
    """A task that waits for review, with its submission: rows of dispatch, as small as they can be."""
    tx.execute(
        "INSERT INTO wl_task (id, repository_id, lane, kind, title, status, cls, ready_at, fence, spec,"
        " created_at, updated_at) VALUES (7, 1, 1, 'fix', 't', 'review_needed', 1, 0, 3, :spec, 0, 0)",
        spec=Spec("agent", ("README",)).dump(),
    )
    tx.execute(
        "INSERT INTO wl_submission"
        " (task_id, fence, commit_oid, tree_oid, base_oid, files, lines, sandbox, at)"
        " VALUES (7, 3, :commit, :tree, :base, '[\"README\"]', 1, 'bwrap', 0)",
        commit=commit, tree=tree, base=base,
    )  # fmt: skip


def test_a_submission_is_found_judged_and_its_verdict_is_green(site: Site, tree: Tree) -> None:
    mirror = site.mirror
    base = mirror.commit(tree(), (), "base", site.author, 1.0)
    changed = tree({"README": b"words\n"})
    commit = mirror.commit(changed, (base,), "words", site.author, 2.0)
    site.database.write(lambda tx: submitted(tx, commit, changed, base))
    assert tick(site, 5.0) == 1
    assert isinstance(site.start, Started)
    assert site.start.keys == {"verify:7:3": ("verify", {"task": 7, "fence": 3})}
    judgement = verify_submission(site, 7, 3)
    assert judgement.outcome is Outcome.PASSED, judgement
    offered = Submission(7, 3, commit, changed, base, ("README",), 1, "bwrap")
    site.database.write(lambda tx: record_verdict(tx, offered, judgement, 6.0))
    assert site.database.read(lambda tx: green(tx, changed, tree()))
    assert not site.database.read(lambda tx: green(tx, tree(), changed))
    assert [event.kind for event in site.database.read(lambda tx: history(tx, task=7))] == ["verdict.passed"]
    assert tick(site, 7.0) == 0
    with pytest.raises(NotFound):
        verify_submission(site, 7, 4)


def test_without_an_environment_the_tests_are_unknown_with_the_reason(
    site: Site, tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("UV_INDEX", "UV_FIND_LINKS", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    folders = dataclasses.replace(site.folders, environments=tmp_path / "none")
    offline = dataclasses.replace(site, folders=folders)
    needs = {"requirements.txt": b"pytest\n"}
    judgement = judge_tree(offline, tree({**needs, "README": b"x"}), tree(needs), ())
    assert judgement.outcome is Outcome.UNKNOWN
    assert "package index cannot be reached" in judgement.reasons[0]
    lint = [reading for reading in judgement.readings if reading.check == "ruff_lint"]
    assert lint[0].outcome is Outcome.PASSED


def test_an_environment_that_came_back_is_used_the_next_time(site: Site, tree: Tree, tmp_path: Path) -> None:
    changed = tree({"README": b"y"})
    bare = dataclasses.replace(site, folders=dataclasses.replace(site.folders, environments=tmp_path / "new"))
    assert judge_tree(bare, changed, tree(), ()).outcome is Outcome.PASSED


def test_a_test_file_may_go_with_its_code_and_not_alone(site: Site, tree: Tree) -> None:
    code = {"src/demo/two.py": b"def two():\n    return 2\n"}
    tests = b"from demo.two import two\n\n\ndef test_two():\n    assert two() == 2\n"
    both = tree({**code, "tests/test_two.py": tests})
    assert judge_tree(site, tree(), both, ()).outcome is Outcome.PASSED
    alone = judge_tree(site, tree(code), both, ())
    assert alone.outcome is Outcome.FAILED
    assert alone.reasons[0].startswith("tests/test_two.py:4: the test test_two is gone: two() == 2 (put it")


def test_an_altered_expectation_waits_for_a_person_and_an_empty_change_of_words_does_not(
    site: Site, tree: Tree
) -> None:
    def judged(test: bytes, source: bytes = PROJECT["src/demo/__init__.py"]) -> Judgement:
        changed = {"src/demo/__init__.py": source, "tests/test_add.py": PROJECT["tests/test_add.py"]}
        changed["tests/test_add.py"] = changed["tests/test_add.py"].replace(*test.split(b"|"))
        return judge_tree(site, tree(changed), tree(), ())

    altered = judged(b"== 3|== -1", BROKEN["src/demo/__init__.py"])
    assert altered.outcome is Outcome.PASSED, altered
    (doubt,) = altered.doubts
    assert "tests/test_add.py:4: alters what test_add expects: add(1, 2) == 3 -> add(1, 2) == -1" in doubt
    assert "as it was there it fails on this change" in doubt
    assert judged(b"add(1, 2) == 3|add(2, 3) == 5").doubts == ()


KILLED = """
import sys, time
from pathlib import Path
from windlass.verify.lab import labs
from windlass.verify.environment import building
from types import SimpleNamespace
site = SimpleNamespace(folders=SimpleNamespace(checkouts=Path(sys.argv[1])), mirror=None)
with labs(site, None, ("t",)), building(Path(sys.argv[2])):
    print("here", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_verification_leaves_is_swept_by_the_next_tick(site: Site, tmp_path: Path) -> None:
    environments = tmp_path / "envs"
    site = dataclasses.replace(site, folders=dataclasses.replace(site.folders, environments=environments))
    words = [sys.executable, "-c", KILLED, str(site.folders.checkouts), str(environments)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"here\n"
    tick(site, 1.0)
    assert len(list(site.folders.checkouts.glob("verify-*"))) == 1
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    time.sleep(0.05)
    tick(site, 2.0)
    assert list(site.folders.checkouts.glob("verify-*")) == []
    assert list(environments.iterdir()) == []


E2E = {
    "pytest.ini": b"[pytest]\naddopts = -m 'not e2e' --strict-markers\nmarkers = e2e: whole\n",
    "tests/test_whole.py": b"import pytest\nfrom demo import add\n\n\n@pytest.mark.e2e\ndef test_whole():\n"
    b"    assert add(2, 2) == 4\n",
}  # fmt: skip
NIGHT = (0, 1, 2)


def test_a_nightly_tier_judges_the_tests_that_are_kept_out_by_themselves(site: Site, tree: Tree) -> None:
    base = tree(E2E)
    odd = b"def add(a, b):\n    return 3 if (a, b) == (1, 2) else 5\n"
    bad = judge_tree(site, tree({**E2E, "src/demo/__init__.py": odd}), base, (), tiers=NIGHT)
    assert bad.outcome is Outcome.FAILED
    assert bad.reasons[0].startswith("deselected-tests: 1 fail on this tree and not on the base")
    told = {one.check: set(one.cases) for one in bad.readings if one.cases}
    assert told["pytest"] == {"tests/test_add.py::test_add"}
    assert told["deselected-tests"] == {"tests/test_whole.py::test_whole"}
    assert judge_tree(site, base, base, (), tiers=NIGHT).outcome is Outcome.PASSED


def test_what_is_kept_out_no_more_is_not_gone_and_what_is_deleted_is(site: Site, tree: Tree) -> None:
    base, path = tree(E2E), "tests/test_whole.py"
    free = E2E[path].replace(b"mark.e2e", b"mark.filterwarnings('ignore')")
    good = judge_tree(site, tree({**E2E, path: free}), base, (), tiers=NIGHT)
    assert good.outcome is Outcome.PASSED, good.reasons
    gone = judge_tree(site, tree({**E2E, path: b"X = 1\n"}), base, (), tiers=NIGHT)
    assert gone.outcome is Outcome.FAILED


ALEMBIC = {
    "alembic.ini": b"[alembic]\nscript_location = db\n", "db/env.py": b"",
    "db/versions/one.py": b'revision = "a"\ndown_revision = None\n',
}  # fmt: skip


def test_migrations_are_looked_at_where_a_change_touches_them_and_once_a_week(site: Site, tree: Tree) -> None:
    base = tree(ALEMBIC)
    more = b'revision = "%s"\ndown_revision = "a"\n'
    two = {f"db/versions/{name}.py": more % name.encode() for name in ("b", "c")}
    bad = judge_tree(site, tree({**ALEMBIC, **two}), base, (), tiers=(1,))
    assert bad.outcome is Outcome.FAILED
    assert "alembic.ini several-heads 0 -> 1 (2 heads: b (db/versions/b.py)" in bad.reasons[0]
    edited = tree({**ALEMBIC, "db/versions/one.py": b'revision = "z"\ndown_revision = None\n'})
    asked = judge_tree(site, edited, base, (), tiers=(0, 1))
    assert asked.outcome is Outcome.PASSED, asked.reasons
    assert asked.doubts[0].startswith("migrations: changed-migration: db/versions/one.py")
    assert [one.check for one in asked.unable] == ["migrations"]
    assert "[verify] weekly" in asked.unable[0].why
    aside = judge_tree(site, tree({**ALEMBIC, "README": b"x"}), base, (), tiers=(0, 1))
    assert "migrations" not in {one.check for one in aside.readings}
    week = {one.check for one in judge_tree(site, base, base, (), tiers=(3,)).readings}
    assert "migrations" in week
