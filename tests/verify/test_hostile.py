"""Repositories that try to get a pass by accident, or to do harm: each in the real sandbox, each with the
right verdict.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from windlass import flakes
from windlass.dispatch import Site
from windlass.verify import Judgement, Outcome, judge_tree

pytestmark = pytest.mark.slow

FORGED = b"""
import atexit, os
def forge():
    out = os.environ["WINDLASS_OUT"] + "/junit.xml"
    open(out, "w").write('<testsuites><testsuite name="pytest" tests="0"></testsuite></testsuites>')
    os._exit(0)
"""
BOMB = b"""
import os
def pytest_sessionfinish():
    text = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><testsuites>&b;</testsuites>'
    open(os.environ["WINDLASS_OUT"] + "/junit.xml", "w").write(text)
    os._exit(0)
"""
LINKED = b"""
import os
def pytest_sessionfinish():
    path = os.environ["WINDLASS_OUT"] + "/junit.xml"
    if os.path.lexists(path): os.unlink(path)
    os.symlink("/dev/zero", path)
    os._exit(0)
"""
TWICE = b"""
import os
def pytest_sessionfinish():
    text = ('<testsuites><testsuite><testcase classname="tests.test_add" name="test_add"/>'
            '<testcase classname="tests.test_add" name="test_add"><failure/></testcase>'
            '</testsuite></testsuites>')
    open(os.environ["WINDLASS_OUT"] + "/junit.xml", "w").write(text)
    os._exit(1)
"""
QUIET = b'[project]\nname = "demo"\nversion = "1.2.3"\n[tool.ruff]\nexclude = ["*"]\n'
ADD = b"def add(a, b):\n    return a + b\n"
TEST = b"from demo import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"


def judged(
    shared_site: Callable[..., Site], changes: Mapping[str, bytes | None], **verify: object
) -> Judgement:
    """The hostile tree against the small project; lint is not asked, so that only the tests speak."""
    site = shared_site(**{"again_max": 0, **verify})
    files = {"pyproject.toml": QUIET, "src/demo/__init__.py": ADD, "tests/test_add.py": TEST}
    base = site.mirror.write_tree(files)
    changed = {path: text for path, text in {**files, **changes}.items() if text is not None}
    return judge_tree(site, site.mirror.write_tree(changed), base, sorted(changes))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("exits in conftest", {"conftest.py": b"import sys\nsys.exit(0)\n"}),
        ("exits hard in conftest", {"conftest.py": b"import os\nos._exit(0)\n"}),
        ("exits in a test",
        {"tests/test_add.py": TEST + b"\ndef test_exit():\n    import os\n    os._exit(0)\n"}),
        ("stops pytest with success",
        {"tests/test_aa.py": b"import pytest\npytest.exit('done', returncode=0)\n"}),
        ("forges an empty report", {"conftest.py": FORGED + b"\nforge()\n"}),
        ("forges at exit", {"conftest.py": FORGED + b"\natexit.register(forge)\n"}),
        ("an entity bomb", {"conftest.py": BOMB}),
        ("a report that is a link to a device", {"conftest.py": LINKED}),
        ("one test reported twice", {"conftest.py": TWICE}),
        ("collects nothing", {"conftest.py": b"collect_ignore_glob = ['*']\n"}),
        ("empties the list",
        {"conftest.py": b"def pytest_collection_modifyitems(items):\n    items[:] = []\n"}),
        ("skips everything", {"conftest.py": b"import pytest\n\ndef pytest_collection_modifyitems(items):\n"
                                             b"    for i in items: i.add_marker(pytest.mark.skip)\n"}),
        ("expects to fail",
        {"tests/test_add.py": b"import pytest\n\n\n@pytest.mark.xfail\ndef test_add():\n    assert 0\n"}),
        ("deselects by its own options", {"pytest.ini": b"[pytest]\naddopts = -k nothing_at_all\n"}),
        ("kills the runner", {"conftest.py": b"import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"}),
        ("kills everything", {"conftest.py": b"import os, signal\nos.kill(-1, signal.SIGKILL)\n"}),
        ("deletes the checkout", {"conftest.py": b"import shutil, os\nshutil.rmtree(os.getcwd())\n"}),
        ("needs a terminal", {"tests/test_add.py": b"def test_add():\n    assert open('/dev/tty')\n"}),
        ("renames the test", {"tests/test_add.py": TEST.replace(b"def test_add", b"def check_add")}),
        ("does not compile", {"src/demo/__init__.py": b"def add(a, b):\n    return (a + b\n"}),
    ],
)  # fmt: skip
def test_no_trick_passes(shared_site: Callable[..., Site], name: str, changes: dict[str, bytes]) -> None:
    judgement = judged(shared_site, changes)
    assert judgement.outcome is Outcome.FAILED, (name, judgement)
    assert judgement.reasons


def test_a_hanging_test_fails_when_the_base_does_not_hang(shared_site: Callable[..., Site]) -> None:
    hang = b"import time\n" + TEST + b"    time.sleep(600)\n"
    started = time.monotonic()
    judgement = judged(shared_site, {"tests/test_add.py": hang}, fast_limit_s=10.0, pr_limit_s=10.0)
    assert judgement.outcome is Outcome.FAILED, judgement
    assert "did not end within" in judgement.reasons[0]
    assert "and began tests/test_add.py::test_add last" in judgement.reasons[0]
    assert time.monotonic() - started < 60


def test_a_flood_of_output_is_bounded_and_does_not_decide(shared_site: Callable[..., Site]) -> None:
    flood = (
        TEST + b"\n\ndef test_flood(capfd):\n    import os\n    with capfd.disabled():\n"
        b"        for _ in range(3000):\n            os.write(1, b'x' * 1000000)\n"
    )
    judgement = judged(shared_site, {"tests/test_flood.py": flood.replace(b"test_add", b"test_more")})
    assert judgement.outcome is Outcome.PASSED, judgement


def test_a_forked_child_neither_delays_nor_survives(shared_site: Callable[..., Site]) -> None:
    fork = (
        TEST + b"\n\ndef test_fork():\n    import os, time\n    if os.fork() == 0:\n        os.setsid()\n"
        b"        time.sleep(300)\n        os._exit(0)\n"
    )
    started = time.monotonic()
    judgement = judged(shared_site, {"tests/test_add.py": fork})
    assert judgement.outcome is Outcome.PASSED, judgement
    assert time.monotonic() - started < 60


def test_writing_outside_changes_nothing_on_the_host(
    shared_site: Callable[..., Site], tmp_path: Path
) -> None:
    target = tmp_path / "planted"
    write = (
        TEST
        + f"\n\ndef test_write():\n    try:\n        open({str(target)!r}, 'w').write('x')\n"
        "    except OSError:\n        pass\n".encode()
    )
    judged(shared_site, {"tests/test_add.py": write})
    assert not target.exists()


def test_one_check_cannot_change_what_another_sees(shared_site: Callable[..., Site]) -> None:
    spoil = TEST + b"\n\ndef test_spoil():\n    open('src/demo/__init__.py', 'w').write('def broken(:')\n"
    first = judged(
        shared_site, {"tests/test_add.py": spoil, "tests/test_b.py": TEST.replace(b"test_add", b"test_b")}
    )
    assert first.outcome is Outcome.PASSED, first


FLAKY = TEST + b"\n\ndef test_flaky():\n    import os\n    assert os.urandom(1)[0] % 2\n"
CASE = "tests/test_add.py::test_flaky"


def known_to_flip(site: Site, tree: str) -> None:
    """On the main branch, whose tree this is, the test fails in half of its runs."""
    commit = site.mirror.commit(tree, (), "main", site.author, 1.0)
    site.mirror.set_ref(site.main_ref, commit, expected=site.mirror.ref(site.main_ref))
    for result in ("failed", "passed") * 20:
        seen = flakes.Seen(site.repository.id, tree, "env", {CASE: result}, site.clock())
        site.database.write(lambda tx, seen=seen: flakes.observe(tx, seen, lambda _: ()))


def test_a_flaky_test_is_evidence_and_not_blame(shared_site: Callable[..., Site]) -> None:
    site = shared_site(again_max=8)
    files = {"pyproject.toml": QUIET, "src/demo/__init__.py": ADD, "tests/test_add.py": FLAKY}
    base = site.mirror.write_tree(files)
    known_to_flip(site, base)
    for number in range(30):
        change = site.mirror.write_tree({**files, "NOTES": b"%d" % number})
        judgement = judge_tree(site, change, base, ())
        assert judgement.outcome is not Outcome.FAILED or not judgement.flaky, judgement
        if judgement.flaky or any(CASE in line for line in judgement.known):
            return
    raise AssertionError("it never failed")


def test_a_flaky_test_that_the_change_brings_is_no_excuse(shared_site: Callable[..., Site]) -> None:
    for number in range(30):
        changes = {"tests/test_add.py": FLAKY + b"# %d\n" % number}
        judgement = judged(shared_site, changes, again_max=8)
        assert judgement.flaky == ()
        if judgement.outcome is Outcome.FAILED:
            assert "test_flaky" in judgement.reasons[0]
            return
    raise AssertionError("it never failed")
