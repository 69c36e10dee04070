"""Red on the base's code and green on the change, by real runs; nothing a worker says counts."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.verify.conftest import PROJECT

from windlass.dispatch import Site, Spec, Task, TaskStatus
from windlass.verify import Judgement, Outcome, cycle, judge_tree
from windlass.verify.model import Base

BASE: dict[str, bytes] = {
    **PROJECT, "src/demo/__init__.py": b"def add(a, b):\n    return a + b\n\n\ndef half(a):\n    return a\n",
}  # fmt: skip
FIX = b"def add(a, b):\n    return a + b\n\n\ndef half(a):\n    return a / 2\n"
RED = b"from demo import half\n\n\ndef test_half():\n    assert half(4) == 2\n"
Files = Mapping[str, bytes]


def asked(**more: Any) -> Task:
    """A task of its own, on no row: holding reads nothing of it but its spec."""
    spec = Spec("agent", ("src/demo/__init__.py",), category="bug", **more)
    return Task(
        id=1, repository_id=1, item_id=None, lane=1, kind="fix", title="Halve", spec=spec, cls=1, unmet=0,
        status=TaskStatus.REVIEW_NEEDED, ready_at=0.0, attempt=1, attempts_max=3, fence=1, base="",
        note="", created_at=0.0, updated_at=0.0,
    )  # fmt: skip


@pytest.fixture
def held(shared_site: Callable[..., Site]) -> Callable[..., Judgement]:
    def hold(change: Files, *, base: Files = BASE, task: Task | None = None) -> Judgement:
        site = shared_site()
        sides = [site.mirror.write_tree(dict(files)) for files in ({**base, **change}, base)]
        judgement = judge_tree(site, sides[0], sides[1], ())
        assert judgement.outcome is Outcome.PASSED, judgement.reasons
        return cycle.hold(site, task or asked(), judgement)

    return hold


def told(judgement: Judgement) -> dict[str, tuple[Base, Outcome]]:
    assert judgement.cycle is not None
    return {one.check: (one.base, one.change) for one in judgement.cycle.shown}


def test_a_fix_with_a_red_test_is_accepted(held: Callable[..., Judgement]) -> None:
    judgement = held({"src/demo/__init__.py": FIX, "tests/test_half.py": RED})
    assert judgement.outcome is Outcome.PASSED, judgement.reasons
    assert told(judgement) == {"tests/test_half.py::test_half": (Base.FAILED, Outcome.PASSED)}
    assert judgement.cycle is not None
    assert "assert 4 == 2" in judgement.cycle.shown[0].why


def test_a_fix_without_a_test_is_refused_and_told_what_is_missing(held: Callable[..., Judgement]) -> None:
    judgement = held({"src/demo/__init__.py": FIX})
    assert judgement.outcome is Outcome.FAILED
    assert "brings no new or changed test" in judgement.reasons[0]
    assert "playbook bug" in judgement.reasons[0]


def test_a_test_that_passes_without_the_fix_is_no_red_test(held: Callable[..., Judgement]) -> None:
    weak = RED.replace(b"half(4) == 2", b"half(0) == 0")
    judgement = held({"src/demo/__init__.py": FIX, "tests/test_half.py": weak})
    assert judgement.outcome is Outcome.FAILED
    assert "tests/test_half.py::test_half: passed on the base, passed on the change" in judgement.reasons[0]


def test_a_file_that_cannot_be_read_on_the_base_shows_nothing(held: Callable[..., Judgement]) -> None:
    """The base has broken data that the test compiles where it is collected."""
    base = {**BASE, "src/demo/rules.txt": b"def rule(:\n"}
    test = b"import pathlib\nimport demo\n\nRULES = {}\n"
    test += b'exec(pathlib.Path(demo.__file__).with_name("rules.txt").read_text(), RULES)\n'
    test += b'\n\ndef test_rule():\n    assert RULES["rule"]() == 1\n'
    change = {"src/demo/rules.txt": b"def rule(): return 1\n", "tests/test_rule.py": test}
    judgement = held(change, base=base)
    assert judgement.outcome is Outcome.FAILED
    assert "cannot be read shows nothing" in judgement.reasons[0]
    assert "SyntaxError" in judgement.reasons[0]


def test_a_name_that_only_the_change_brings_is_red_and_said_to_be_so(held: Callable[..., Judgement]) -> None:
    more = FIX + b"\n\ndef third(a):\n    return a / 3\n"
    test = b"from demo import third\n\n\ndef test_third():\n    assert third(3) == 1\n"
    judgement = held({"src/demo/__init__.py": more, "tests/test_third.py": test})
    assert judgement.outcome is Outcome.PASSED, judgement.reasons
    assert told(judgement) == {"tests/test_third.py::test_third": (Base.MISSING, Outcome.PASSED)}
    module = {"src/demo/thirds.py": b"def third(a):\n    return a / 3\n"}
    test = test.replace(b"demo import", b"demo.thirds import")
    judgement = held({**module, "tests/test_third.py": test})
    assert told(judgement) == {"tests/test_third.py::test_third": (Base.MISSING, Outcome.PASSED)}


def test_a_fixture_that_imports_a_new_name_is_red_too(held: Callable[..., Judgement]) -> None:
    more = FIX + b"\n\ndef third(a):\n    return a / 3\n"
    conftest = b"import pytest\nfrom demo import third\n\n\n"
    conftest += b"@pytest.fixture\ndef one():\n    return third(3)\n"
    test = b"def test_third(one):\n    assert one == 1\n"
    files = {"src/demo/__init__.py": more, "tests/conftest.py": conftest, "tests/test_third.py": test}
    assert told(held(files)) == {"tests/test_third.py::test_third": (Base.MISSING, Outcome.PASSED)}


def test_an_import_that_the_change_does_not_bring_is_unknown(held: Callable[..., Judgement]) -> None:
    test = b"import demo\n\nif demo.half(2) == 2:\n    import nothing_like_it\n\n"
    test += b"    nothing_like_it.go()\n\n\ndef test_it():\n    pass\n"
    judgement = held({"src/demo/__init__.py": FIX, "tests/test_half.py": test})
    assert judgement.outcome is Outcome.UNKNOWN
    assert "nothing_like_it" in judgement.reasons[0]


def test_a_test_that_fails_by_chance_proves_nothing(held: Callable[..., Judgement]) -> None:
    """On the base it fails after its neighbour and passes alone."""
    test = b"from demo import half\n\nSEEN = []\n\n\ndef test_first():\n    SEEN.append(1)\n"
    test += b"    assert half(0) == 0\n\n\ndef test_second():\n    assert not SEEN or half(4) == 2\n"
    judgement = held({"src/demo/__init__.py": FIX, "tests/test_half.py": test})
    assert judgement.outcome is Outcome.UNKNOWN, judgement
    assert told(judgement)["tests/test_half.py::test_second"] == (Base.FLAKY, Outcome.PASSED)
    assert "fails and passes on the same code" in judgement.reasons[0]


def test_the_test_of_an_acceptance_check_may_be_there_already(held: Callable[..., Judgement]) -> None:
    base = {**BASE, "tests/test_half.py": RED}
    check = "pytest tests/test_half.py::test_half"
    judgement = held({"src/demo/__init__.py": FIX}, base=base, task=asked(acceptance=(check,)))
    assert judgement.outcome is Outcome.PASSED, judgement.reasons
    judgement = held({"README": b"words\n"}, base=base, task=asked(acceptance=(check,)))
    assert judgement.outcome is Outcome.FAILED
    assert "acceptance check 'tests/test_half.py::test_half' does not pass" in judgement.reasons[0]
    gone = held({"src/demo/__init__.py": FIX}, task=asked(acceptance=("tests/test_add.py::test_none",)))
    assert "there is no such test" in gone.reasons[0]


def test_a_command_gets_the_files_that_the_change_adds_for_it(held: Callable[..., Judgement]) -> None:
    script = b"import sys\nsys.path.insert(0, 'src')\nfrom demo import half\nsys.exit(half(4) != 2)\n"
    files = {"src/demo/__init__.py": FIX, "checks/halves.py": script}
    judgement = held(files, task=asked(acceptance=("python checks/halves.py",)))
    assert judgement.outcome is Outcome.PASSED, judgement.reasons
    assert told(judgement) == {"python checks/halves.py": (Base.FAILED, Outcome.PASSED)}
    unknown = held(files, task=asked(acceptance=("no-such-program",)))
    assert unknown.outcome is Outcome.UNKNOWN


def test_other_playbooks_ask_for_less(held: Callable[..., Judgement]) -> None:
    fix = {"src/demo/__init__.py": FIX}
    assert held(fix, task=asked(playbook="mechanical")).cycle is None
    noted = held(fix, task=asked(playbook="security"))
    assert noted.outcome is Outcome.PASSED
    assert any("no red test" in line for line in noted.known)


def test_a_new_weakness_is_refused_or_asked_about(held: Callable[..., Judgement]) -> None:
    shell = b"import subprocess\n\n\ndef run(line):\n    subprocess.run(line, shell=True)\n"
    chance = b"import random\n\n\ndef draw():\n    return random.random()\n"
    change = {"src/demo/__init__.py": FIX, "tests/test_half.py": RED}
    refused = held({**change, "src/demo/run.py": shell})
    assert refused.outcome is Outcome.FAILED
    assert refused.reasons == ("security: new on this change: src/demo/run.py: S602, 0 -> 1 (playbook bug)",)
    asked_ = held({**change, "src/demo/draw.py": chance})
    assert asked_.outcome is Outcome.PASSED
    assert asked_.doubts == ("security: new on this change: src/demo/draw.py: S311, 0 -> 1 (playbook bug)",)
    there = held({**change, "README": b"words\n"}, base={**BASE, "src/demo/run.py": shell})
    assert (there.outcome, there.doubts) == (Outcome.PASSED, ())


def test_a_feature_that_nobody_is_told_of_is_asked_about(held: Callable[..., Judgement]) -> None:
    more = FIX + b"\n\ndef third(a):\n    return a / 3\n"
    test = b"from demo import third\n\n\ndef test_third():\n    assert third(3) == 1\n"
    change = {"src/demo/__init__.py": more, "tests/test_third.py": test}
    (doubt,) = held(change, task=asked(playbook="feature")).doubts
    assert "src/demo/__init__.py: third(a) is new (playbook feature)" in doubt
    assert held({**change, "CHANGELOG.md": b"third\n"}, task=asked(playbook="feature")).doubts == ()


def test_what_was_run_is_evidence_and_is_not_run_again(
    held: Callable[..., Judgement], shared_site: Callable[..., Site]
) -> None:
    first = held({"src/demo/__init__.py": FIX, "tests/test_half.py": RED})
    rows = "SELECT check_id, at FROM wl_evidence ORDER BY tree_oid, check_id"
    before = shared_site().database.read(lambda tx: tx.rows(rows))
    assert held({"src/demo/__init__.py": FIX, "tests/test_half.py": RED}).cycle == first.cycle
    assert shared_site().database.read(lambda tx: tx.rows(rows)) == before
