"""Scans of a tree or of what commits bring, each passed, failed or unknown, with source and time.

Unknown is whatever could not be looked at: a scan that was skipped has found nothing, and has not passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from windlass.scan import SHAPES
from windlass.verify.leaks import Leaks, of_commits, of_tree
from windlass.verify.model import Outcome
from windlass.workspace import Mirror

SECRETS: Final = f"shapes of {len(SHAPES)} providers' secrets, and names given a random text"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `line` counts from 1. `grave`: it may refuse a change; the others are for a person.
    `fingerprint`: what allows it by name, where that can be. `allowed`: why the owner lets it be; empty where
    nobody said so.
    """

    rule: str
    path: str
    line: int
    text: str
    grave: bool = True
    fingerprint: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan came to. `why`: of an unknown, and what else is to be known. `source`: by what it was
    found. `at`: unix seconds.
    """

    scan: str
    outcome: Outcome
    why: str
    source: str
    at: float
    found: tuple[Found, ...] = ()


def secrets(mirror: Mirror, commit: str, base: str | None, allow: Mapping[str, str], now: float) -> Scanned:
    """Secrets of the files of a commit; with a base, of all that the commits since then bring, and with an
    empty one of the whole history.
    """
    leaks = of_tree(mirror, commit, allow) if base is None else of_commits(mirror, base, commit, allow)
    found = tuple(_leaks(leaks, allow))
    outcome = Outcome.UNKNOWN if leaks.unread else Outcome.PASSED
    outcome = Outcome.FAILED if leaks.found else outcome
    told = [f"{leaks.contents} file contents", *leaks.unread[:20]]
    return Scanned("secrets", outcome, "; ".join(told), SECRETS, now, found)


def _leaks(leaks: Leaks, allow: Mapping[str, str]) -> list[Found]:
    return [
        Found(
            leak.secret.rule, leak.path, leak.secret.line, str(leak).partition(" ")[2], leak.secret.certain,
            leak.secret.fingerprint, allow.get(leak.secret.fingerprint, ""),
        )
        for leak in (*leaks.found, *leaks.allowed)
    ]  # fmt: skip
