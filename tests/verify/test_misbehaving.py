"""What becomes of a change whose tests misbehave: the right verdict, with a reason that a person can use.

The table of docs/explanation/when-tests-misbehave.md says which test shows what. `test_hostile.py` beside it
has the repositories that want a pass by force, `test_cheats.py` those that want it by stealth.
"""

import time
from collections.abc import Callable, Mapping

import pytest
from tests.verify.test_hostile import ADD, QUIET, TEST

from windlass.dispatch import Site
from windlass.verify import Judgement, Outcome, judge_tree

GIB = 1024**3
SHARED = ADD + b"\nSEEN = []\n"
CLEAN = b"from demo import SEEN\n\n\ndef test_clean():\n    assert not SEEN\n"

ALONE = b"""
import getpass, sys

def test_asks_a_person(): assert input("name? ")
def test_asks_for_a_password(): assert getpass.getpass()
def test_wants_a_terminal(): assert open("/dev/tty")
def test_is_sure_of_a_terminal(): assert sys.stdin.isatty()
def test_leaves(): sys.exit(0)
def test_raises_what_nobody_catches(): raise BaseException("\\x1b[2Jpassed")
def test_wants_all_memory(): bytearray(64 << 30)
"""
ALLOWED = b"""
import os, time

def test_makes_a_terminal_of_its_own(): assert os.isatty(os.openpty()[1])
def test_leaves_a_daemon_that_holds_the_streams(capfd):
    with capfd.disabled():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
def test_goes_on_in_two_processes(): os.fork()
"""
FORGES = b"""
import atexit as _a
from os import _exit, environ as _e

def add(a, b):
    return 4

@_a.register
def _last():
    place = next(value for name, value in _e.items() if name.endswith("_OUT"))
    case = '<testcase classname="tests.test_add" name="test_add"/>'
    with open(place + "/ju" + "nit.xml", "w") as stream:
        stream.write("<testsuites><testsuite>" + case + "</testsuite></testsuites>")
    _exit(0)
"""


def judged(shared_site: Callable[..., Site], changes: Mapping[str, bytes], **settings: object) -> Judgement:
    """A change of the small project; only its tests speak."""
    site = shared_site(**{"again_max": 0, **settings})
    files = {
        "pyproject.toml": QUIET, "src/demo/__init__.py": SHARED, "tests/test_add.py": TEST,
        "tests/test_zz.py": CLEAN,
    }  # fmt: skip
    base = site.mirror.write_tree(files)
    return judge_tree(site, site.mirror.write_tree({**files, **changes}), base, sorted(changes))


def test_what_a_test_does_to_itself_is_its_own_failure(shared_site: Callable[..., Site]) -> None:
    judgement = judged(shared_site, {"tests/test_b.py": ALONE})
    assert judgement.outcome is Outcome.FAILED
    (reason,) = judgement.reasons
    assert "7 fail on this tree and not on the base" in reason
    assert "test_add" not in reason


def test_what_a_test_leaves_behind_ends_with_the_run(shared_site: Callable[..., Site]) -> None:
    started = time.monotonic()
    judgement = judged(shared_site, {"tests/test_b.py": ALLOWED})
    assert judgement.outcome is Outcome.PASSED, judgement
    assert time.monotonic() - started < 60


def test_a_product_that_forges_the_report_at_its_exit_is_refused(shared_site: Callable[..., Site]) -> None:
    judgement = judged(shared_site, {"src/demo/__init__.py": FORGES, "tests/test_zz.py": b"import demo\n"})
    assert judgement.outcome is Outcome.FAILED, judgement


@pytest.mark.nightly  # test_retried has the rule; here are its many runs
@pytest.mark.parametrize(
    "changes",
    [
        {"tests/test_b.py": b"from demo import SEEN\n\n\ndef test_b():\n    SEEN.append(1)\n"},
        {"src/demo/__init__.py": SHARED.replace(b"    return", b"    SEEN.append(a)\n    return")},
    ],
    ids=["a new test", "the product"],
)
def test_a_change_that_breaks_a_test_only_among_the_others_is_no_flake(
    shared_site: Callable[..., Site], changes: Mapping[str, bytes]
) -> None:
    judgement = judged(shared_site, changes, again_max=8)
    assert (judgement.outcome, judgement.flaky) == (Outcome.FAILED, ())
    assert (
        "pass alone and fail after the others, on the base they pass: tests/test_zz.py"
        in judgement.reasons[0]
    )


def writing(place: str) -> bytes:
    """A test that writes six files of a GiB."""
    return (
        f"import os\n\n\ndef test_b():\n    for number in range(6):\n"
        f"        with open({place} + str(number), 'wb') as stream:\n"
        f"            for _ in range(1024):\n                stream.write(bytes(1 << 20))\n"
    ).encode()


@pytest.mark.nightly  # gigabytes
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("'big'", "tests/test_b.py::test_b"), ("os.path.expanduser('~/big')", "tests/test_b.py::test_b"),
        ("'/dev/shm/big'", "tests/test_b.py::test_b"), ("'/tmp/big'", "its temporary space, 4 GiB, was full"),
        ("os.environ['WINDLASS_OUT'] + '/big'", "its temporary space, 4 GiB, was full"),
    ],
)  # fmt: skip
def test_a_disk_is_bounded_and_that_it_was_full_is_said(
    shared_site: Callable[..., Site], place: str, reason: str
) -> None:
    judgement = judged(shared_site, {"tests/test_b.py": writing(place)}, fast_limit_s=300.0)
    assert judgement.outcome is Outcome.FAILED
    assert reason in judgement.reasons[0], judgement.reasons


@pytest.mark.nightly  # gigabytes
@pytest.mark.parametrize("stream", [1, 2])
@pytest.mark.parametrize("captured", [True, False])
def test_five_gigabytes_of_output_are_not_kept(
    shared_site: Callable[..., Site], stream: int, captured: bool
) -> None:
    inside = "import contextlib\n    with contextlib.nullcontext():" if captured else "with capfd.disabled():"
    flood = (
        f"import os\n\n\ndef test_b({'' if captured else 'capfd'}):\n    {inside}\n"
        f"        for _ in range(5 * 1024):\n            os.write({stream}, b'x' * (1 << 20))\n"
    )
    judgement = judged(shared_site, {"tests/test_b.py": flood.encode()}, fast_limit_s=300.0)
    assert judgement.outcome is (Outcome.FAILED if captured else Outcome.PASSED), judgement
    assert sum(len(reason) for reason in judgement.reasons) < 10_000
