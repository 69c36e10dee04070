"""Scans of a tree or of what commits bring, each passed, failed or unknown, with source and time.

Unknown is whatever could not be looked at: a scan that was skipped has found nothing, and has not passed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass import scan
from windlass.verify import leaks
from windlass.verify.facts import facts_of
from windlass.verify.lab import Lab, labs
from windlass.verify.model import Outcome, Reading
from windlass.verify.planning import set_up
from windlass.verify.readings import Planned, fingerprint, measure, opened
from windlass.verify.records import evidence
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site
from windlass.verify.testcode import on_test_side
from windlass.workspace import Mirror

SECRETS: Final = f"shapes of {len(scan.SHAPES)} providers' secrets, and names given a random text"

SOURCES: Final = {
    "dependencies": "lock files and requirements, against downloaded advisories (OSV)",
    "licences": "metadata of the installed distributions, against [security] licence",
    "workflows": "zizmor, offline",
    "ruff_security": "ruff's security rules",
}
"""Kinds of checks that are scans of a whole tree, and by what each finds."""


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `line` counts from 1; 0: of the whole file. `path`: empty where it is of none. `grave`: it
    may refuse a change, else it is for a person. `fingerprint`: what allows it by name, where that can be.
    `allowed`: why the owner lets it be; empty where nobody said so.
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
    if base is None:
        seen = leaks.of_tree(mirror, commit, allow)
    else:
        seen = leaks.of_commits(mirror, base, commit, allow)
    found = tuple(_leaks(seen, allow))
    outcome = Outcome.UNKNOWN if seen.unread else Outcome.PASSED
    outcome = Outcome.FAILED if seen.found else outcome
    told = [f"{seen.contents} file contents", *seen.unread[:20]]
    return Scanned("secrets", outcome, "; ".join(told), SECRETS, now, found)


def dependencies(mirror: Mirror, tree: str) -> scan.lockfile.Listed:
    """What the files of a tree say that it depends on, whatever is installed."""
    facts = facts_of(mirror, tree)
    paths = sorted(filter(scan.lockfile.reads, facts.files))
    contents = facts.contents(paths, scan.lockfile.FILE_MAX)
    return scan.lockfile.settled(scan.lockfile.listed(paths, contents), {})


def of_tree(site: Site, tree: str, kinds: Sequence[str]) -> Iterator[Scanned]:
    """Scans of a tree by kinds of checks, whether or not anything of it changed; evidence is used again."""
    settings = parse_settings(site.verify)
    with labs(site, settings, (tree,)) as (lab,):
        for kind in kinds:
            yield _measured(lab, opened(site, kind, kind, set_up(lab, kind), 1))


def _measured(lab: Lab, check: Planned) -> Scanned:
    kind = check.kind
    if kind == "ruff_security":
        check = check.narrowed(sorted(filter(_product, lab.files)))
    reading = measure(lab, check, wall_s=lab.settings.budget_s(1))
    known = lab.site.database.read(lambda tx: evidence(tx, lab.tree, check.id, fingerprint(lab, check)))
    return _scanned(kind, reading, known.at if known else lab.site.clock())


def _product(path: str) -> bool:
    return path.endswith((".py", ".pyi")) and not on_test_side(path)


def _scanned(kind: str, reading: Reading, at: float) -> Scanned:
    found = []
    for rule, count in reading.counts.items():
        path, _, name = rule.partition("|")
        text = reading.why.get(rule, "")
        line = re.match(r"line (\d+): ", text)
        text = text[line.end() :] if line else text
        text += f" (and {count - 1} more)" if count > 1 else ""
        found.append(Found(name, path, int(line[1]) if line else 0, text))
    return Scanned(kind, reading.outcome, reading.detail, SOURCES[kind], at, tuple(found))


def _leaks(seen: leaks.Leaks, allow: Mapping[str, str]) -> list[Found]:
    return [
        Found(
            leak.secret.rule, leak.path, leak.secret.line, str(leak).partition(" ")[2], leak.secret.certain,
            leak.secret.fingerprint, allow.get(leak.secret.fingerprint, ""),
        )
        for leak in (*seen.found, *seen.allowed)
    ]  # fmt: skip
