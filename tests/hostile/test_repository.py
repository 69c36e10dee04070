"""Whatever a repository's owner, or who sold it to him, put in: nothing of it happens on the host."""

import pytest

from tests.hostile.ground import APP, SECRET, Case, Ground
from tests.hostile.repository_cases import CASES, CONFIGURED

LIVE_MIN = 20


def named(case: Case) -> str:
    return case.name.replace(" ", "-")


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_hostile_repository_achieves_nothing(case: Case, ground: Ground) -> None:
    case.plant(ground)
    before, files = ground.canary.state(), ground.files()
    told = ground.tour()
    assert told.startswith(case.expected), told
    assert ground.canary.fired == []
    assert ground.canary.state() == before
    assert ground.files() == files
    assert SECRET.encode() not in ground.seen.get("discovery", b"")
    assert SECRET not in told


def test_the_honest_repository_lands(ground: Ground) -> None:
    """Without a trap the same tour comes to its end: what is refused above is refused for its trap."""
    assert ground.tour() == "landed"
    assert ground.repo.git("show", "main:app.py").startswith(APP)
    assert "triple(number)" in ground.repo.git("show", "main:app.py")


@pytest.mark.parametrize("case", [case for case in CONFIGURED if case.live], ids=named)
def test_the_trap_is_live(case: Case, ground: Ground) -> None:
    """For somebody who trusts the repository one everyday command springs it."""
    case.plant(ground)
    ground.repo.plainly(*case.live, stdin=b"protocol=https\nhost=h.invalid\n\n")
    assert ground.canary.fired


def test_enough_traps_are_shown_to_be_live() -> None:
    assert len([case for case in CONFIGURED if case.live]) >= LIVE_MIN
    assert len({case.name for case in CASES}) == len(CASES)
