"""Which checks a tree gets, in which tier, in which order, and why others do not run."""

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from windlass import papers, scan
from windlass.kernel import Denied
from windlass.languages import Suite, scripts_of, suites_of
from windlass.store import Transaction
from windlass.verify.asked import wanted
from windlass.verify.check import CHECKS, Check, Role, Scene
from windlass.verify.ended import Ended
from windlass.verify.expecting import CORE, Cost, Expected, expected
from windlass.verify.focus import affects_everything, focus
from windlass.verify.lab import Lab, found_zizmor
from windlass.verify.mapping import chosen as by_map
from windlass.verify.model import Deferred, Outcome, Unable
from windlass.verify.readings import Planned, digest, fingerprint, opened
from windlass.verify.records import costs, durations, evidence, recent_failures
from windlass.verify.selection import Choice
from windlass.verify.settings import split

SOURCE_MAX: Final = 1024 * 1024
SOURCES_MAX: Final = 5_000
SHARE: Final = 0.3
"""A whole test run known to take less than this share of tier 0 is simply run there."""
MOST: Final = 0.5
"""A selection of more than this share of the test files is no saving; the whole run takes its place."""
IDS_MAX: Final = 2_000
"""Tests that are named on one command line."""
ROOM: Final = 0.6
"""Share of tier 0's budget that the tests chosen for it may take by what is known of them."""
DAY_S: Final = 86_400.0
NAME_MAX: Final = 60
"""Characters of a command that name its check."""
ROUNDS: Final = {2: 1, 3: 5}
"""Further runs of all tests in a tier, to see which of them fail by themselves."""
NAMED: Final = ("command", "figure", "benchmark", "service")
"""Kinds that need settings: nobody can find them by themselves."""
_ORDER: Final = (
    "syntax", "format", "lint", "command", "scan", "types", "tests", "figure", "security", "benchmark",
)  # fmt: skip
_TIERS: Final[Mapping[Role, tuple[int, ...]]] = {"tests": (0, 1), "scan": (1,), "security": ()}
"""Where checks of a role run that do not say it themselves; those of other roles are for tier 0."""


Further = Callable[[Mapping[str, str], int], Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Tier:
    """The checks of one tier in the order to start them, what is left to a later one, and what each check is
    expected to take, by id. `unable`: what the project sets up and cannot start.
    """

    tier: int
    checks: tuple[Planned, ...]
    deferred: tuple[Deferred, ...] = ()
    expected: Mapping[str, Expected] = field(default_factory=dict)
    unable: tuple[Unable, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedCheck:
    """One line for the doctor: a check, its tier, and why it does not run (empty when it does)."""

    name: str
    role: str
    tier: int
    absent: str


def planned(
    lab: Lab, changed: Sequence[str], tier: int, *, done: Collection[str] = (), only: Collection[str] = ()
) -> Tier:
    """What to run on a tree in one tier: the core, then what finds most per second. `done`: ids that an
    earlier tier has settled. `only`: what is asked for, where that is not all.
    """
    scene = scene_of(lab, changed)
    checks: list[Planned] = []
    deferred: list[Deferred] = []
    unable: dict[str, Unable] = {}
    for check in _candidates(lab, tier):
        if not wanted((check.name, check.check.role), only):
            continue
        if absent := check.check.absent(scene):
            named = only and wanted((check.name, ""), only)
            if why := unable_of(check.check, scene) or (absent if named else ""):
                unable.setdefault(check.kind, Unable(check.name, why))
            continue
        if check.check.role == "syntax":
            check = check.narrowed(
                sorted(path for path in changed if path in lab.files and path.endswith(".py"))
            )
        elif check.check.role == "tests" and tier == 0:
            narrowed, why = (_undivided if _whole(check) else _focused)(lab, check, changed)
            deferred += [Deferred(check.id, why, _cost(lab, check))] if why else []
            if narrowed is None:
                continue
            check = narrowed
        checks.append(check)
    checks = [check for check in checks if check.id not in done]
    known = _expected(lab, checks)
    return Tier(tier, tuple(_ordered(checks, known)), tuple(deferred), known, tuple(unable.values()))


def listed(lab: Lab, tier: int) -> list[ListedCheck]:
    """Every check that could run in a tier, with the reason where it does not."""
    scene = scene_of(lab, ())
    return [
        ListedCheck(check.name, check.check.role, tier, check.check.absent(scene))
        for check in _candidates(lab, tier)
    ]


def _candidates(lab: Lab, tier: int) -> list[Planned]:
    """The person's own commands where there are some; else every kind of check that needs no settings."""
    commands = lab.settings.commands(tier)
    kinds = (opened(lab.site, kind, kind, set_up(lab, kind), tier) for kind in _detected())
    every = [*kinds, *others(lab, tier)]
    own = [_suite(lab, suite, tier) for suite in lab.settings.tests]
    if own:
        every = [check for check in every if check.check.role != "tests"]
    every += [opened(lab.site, *service, tier) for service in lab.settings.services]
    found = [check for check in every if tier in tiers_of(check.check)]
    if commands and tier <= 1:
        found = [check for check in found if check.check.role in ("syntax", "scan")]
    found += [_command(lab, command, tier) for command in commands]
    found += [check for check in own if tier in tiers_of(check.check)]
    found += _further(lab, every, tier)
    tests = own if lab.settings.pr else [check for check in (*every, *own) if check.check.role == "tests"]
    found += [
        one.narrowed((), f":again-{number + 1}") for number in range(ROUNDS.get(tier, 0)) for one in tests
    ]
    if tier == 1:
        found += [_figure(lab, *one) for one in lab.settings.figures]
        found += [_benchmark(lab, command) for command in lab.settings.benchmarks]
    return found


def _further(lab: Lab, every: Sequence[Planned], tier: int) -> list[Planned]:
    """What the project has beside the run of all its tests, but for what the owner leaves out; nothing of
    tests where the owner says how they run.
    """
    named = bool(lab.settings.tests or lab.settings.pr)
    found = [] if named else _installed(lab, scripts_of(lab.files, lab.texts, tier), tier)
    for one in every:
        say: Further = getattr(one.check, "further", _nothing_further)
        told = {} if named and one.check.role == "tests" else say(lab.texts, tier)
        for name, table in told.items():
            words = left_out(lab, name)["leave_out"]
            found.append(opened(lab.site, name, one.kind, {**table, "leave_out": words}, tier))
    return [replace(one, further=True) for one in found if not left_out(lab, one.name)["off"]]


def _nothing_further(texts: Mapping[str, str], tier: int) -> Mapping[str, Mapping[str, Any]]:
    return {}


def left_out(lab: Lab, name: str) -> dict[str, Any]:
    """What the owner's settings say that a check leaves out, and whether it is off."""
    named = [word.split() for word in lab.settings.leave_out]
    mine = [words[1:] for words in named if words[0] == name]
    return {"leave_out": sorted(path for paths in mine for path in paths), "off": [] in mine}


def others(lab: Lab, tier: int) -> list[Planned]:
    """What checks the project in another language."""
    return _installed(lab, suites_of(lab.files, lab.texts, lab.toolchain.programs), tier)


def _installed(lab: Lab, found: Sequence[Suite], tier: int) -> list[Planned]:
    """Suites as checks; those that need packages which cannot be had say so."""
    made = lab.packages
    if made.problem:
        found = tuple(
            replace(one, problem=made.problem, outside=made.outside)
            if one.packages and not one.problem else one for one in found
        )  # fmt: skip
    return [_suite(lab, suite, tier) for suite in found]


def _suite(lab: Lab, suite: Suite, tier: int) -> Planned:
    return opened(lab.site, suite.name, "command", suite.table, tier)


def tiers_of(check: Check) -> tuple[int, ...]:
    """Those that a check names in its attribute `tiers`, else those of its role."""
    named: tuple[int, ...] | None = getattr(check, "tiers", None)
    return _TIERS.get(check.role, (0,)) if named is None else named


def unable_of(check: Check, scene: Scene) -> str:
    """Why a check that the project sets up cannot start, by its method `unable`; empty where it has none."""
    say: Callable[[Scene], str] | None = getattr(check, "unable", None)
    return "" if say is None else say(scene)


def _detected() -> list[str]:
    """Kinds that need no settings."""
    return [kind for kind in CHECKS.kinds() if kind not in NAMED]


def set_up(lab: Lab, kind: str) -> dict[str, Any]:
    """What a scan is told by the owner's settings; other kinds that are found by themselves need nothing."""
    security = lab.settings.security
    if kind == "dependencies":
        folder = security.advisory_folder
        zips = [[name, *told] for name, told in scan.database.state(Path(folder)).items()] if folder else []
        # What was found in a fresh database is no evidence of a stale one: the day is part of its identity.
        day = int(lab.site.clock() // DAY_S) if zips else 0
        return {"folder": folder, "age_max_s": security.advisory_age_max_s, "zips": zips, "day": day}
    if kind in papers.KINDS or kind == "migrations":
        return left_out(lab, kind)
    if kind == "licences":
        return {"allow": security.licence_allow, "deny": security.licence_deny}
    if kind == "workflows":
        program = found_zizmor(security.zizmor)
        if not program:
            return {"lost": security.zizmor} if security.zizmor else {}
        told = Path(program).stat()
        return {"program": [program, told.st_size, told.st_mtime_ns]}
    return {}


def _figure(lab: Lab, name: str, command: str) -> Planned:
    return opened(lab.site, f"figure:{name}", "figure", {"argv": list(split(command))}, 1)


def _benchmark(lab: Lab, command: str) -> Planned:
    name = f"benchmark:{command[:NAME_MAX]}:{digest(command)[:6]}"
    return opened(lab.site, name, "benchmark", {"argv": list(split(command))}, 1)


def _command(lab: Lab, command: str, tier: int) -> Planned:
    words = split(command)
    name = f"command:{posixpath.basename(words[0]) if len(words) == 1 else ' '.join(words)[:NAME_MAX]}"
    return opened(lab.site, name, "command", {"argv": list(words)}, tier)


def _focused(lab: Lab, check: Planned, changed: Sequence[str]) -> tuple[Planned | None, str]:
    """The tests of tier 0: those the change can affect, or the whole run where that is as quick."""
    cost = _cost(lab, check)
    quick = cost is not None and cost < SHARE * lab.settings.fast_limit_s
    if quick or (cost is None and affects_everything(changed)):
        return check, ""
    environment = fingerprint(lab, check)
    room = ROOM * lab.settings.fast_limit_s
    choice = by_map(lab, check.id, environment)
    if choice is not None and not choice.full:
        return _mapped(check, choice, cost, room)
    if choice is not None and cost is not None and cost < room:
        return check, ""
    if not changed:
        return None, "nothing differs; the whole run is in tier 1"
    chosen = affected(lab, check, changed)
    if not chosen:
        return None, "no test reaches the changed files by imports; the whole run is in tier 1"
    spent = lab.site.database.read(lambda tx: durations(tx, check.name, environment))
    whole = (sum(spent.values()) if cost is None else cost) < room
    if whole and len(chosen) >= MOST * len(test_files(lab)):
        return check, ""
    fits = [path for path, end in zip(chosen, _ends(chosen, spent), strict=True) if end <= room]
    late = len(chosen) - len(fits)
    why = f"{late} of {len(chosen)} test files that the change can affect are too slow for tier 0"
    if choice is not None and choice.full:
        late, why = late or 1, f"chosen by imports, the whole run is in tier 1: {choice.full}"
    return (check.narrowed(fits) if fits else None), why if late else ""


def _whole(check: Planned) -> bool:
    """Whether it always runs all of its tests."""
    whole: bool = getattr(check.check, "whole", False)
    return whole


def _undivided(lab: Lab, check: Planned, changed: Sequence[str]) -> tuple[Planned | None, str]:
    """The whole run, unless it is known not to fit."""
    cost = _cost(lab, check)
    if cost is None or cost < ROOM * lab.settings.fast_limit_s:
        return check, ""
    return None, "all of its tests run at once; they do in tier 1"


def _mapped(check: Planned, choice: Choice, cost: float | None, room: float) -> tuple[Planned | None, str]:
    """The tests that ran what is changed, as many as fit; the whole run where that saves too little."""
    if not choice.chosen:
        return None, "no test ran what is changed when a whole run recorded it; the whole run is in tier 1"
    if len(choice.chosen) > IDS_MAX or (choice.share >= MOST and cost is not None and cost < room):
        return check, ""
    # Recording makes a run slower: what the tests take without it is what the whole run took.
    slower = max(1.0, choice.whole_s / cost) if cost else 1.0
    ends = accumulate(seconds / slower for seconds in choice.seconds)
    fits = [test for test, end in zip(choice.chosen, ends, strict=True) if end <= room]
    late = len(choice.chosen) - len(fits)
    why = f"{late} of {len(choice.chosen)} tests that the change can affect are too slow for tier 0"
    return (check.narrowed(fits) if fits else None), why if late else ""


def _ends(chosen: Sequence[str], spent: Mapping[str, float]) -> list[float]:
    return list(accumulate(spent.get(path, 0.0) for path in chosen))


def fitting(lab: Lab, role: Role) -> Planned | None:
    """A check of this role that applies to a tree, whatever commands the owner has set for whole runs."""
    scene = scene_of(lab, ())
    found = (opened(lab.site, kind, kind, {}, 1) for kind in _detected())
    return next((one for one in found if one.check.role == role and not one.check.absent(scene)), None)


def affected(lab: Lab, check: Planned, changed: Sequence[str]) -> tuple[str, ...]:
    """Test files that a change can affect, the most informative first."""
    tests = test_files(lab)
    sources = dict(lab.contents(_sources(lab, changed, tests), SOURCE_MAX))
    environment = fingerprint(lab, check)
    old = lab.site.database.read(lambda tx: recent_failures(tx, check.name, environment))
    before = {case.partition("::")[0] for case in old}
    choice = by_map(lab, check.id, environment)
    if choice is not None and not choice.full:
        first = [path for test in choice.chosen if (path := test.partition("::")[0]) in tests]
        return tuple(dict.fromkeys(first))
    return focus(sources, tests, lab.distribution.roots, changed, failed_before=before)


def test_files(lab: Lab) -> Sequence[str]:
    """Files that a whole test run would collect."""
    return lab.facts.tests


def _sources(lab: Lab, changed: Sequence[str], tests: Sequence[str]) -> list[str]:
    """Python files to read imports from; in a huge repository only those that the change and the tests are
    in.
    """
    paths = sorted(path for path in lab.files if path.endswith(".py"))
    if len(paths) <= SOURCES_MAX:
        return paths
    near = {*changed, *tests}
    return [path for path in paths if path in near][:SOURCES_MAX]


def _cost(lab: Lab, check: Planned) -> float | None:
    """Seconds of a whole run by the evidence, 0 when this very tree has it already; None when nothing is
    known.
    """
    environment = fingerprint(lab, check)
    own = lab.site.database.read(lambda tx: evidence(tx, lab.tree, check.id, environment))
    if own is not None and own.reading.outcome is not Outcome.UNKNOWN:
        return 0.0
    known = lab.site.database.read(lambda tx: costs(tx, [check.id], environment))
    return known[check.id].seconds if check.id in known else None


def _expected(lab: Lab, checks: Sequence[Planned]) -> dict[str, Expected]:
    """By the evidence of exactly this check in this environment, else in any, else of its kind."""
    keys = {check.id: fingerprint(lab, check) for check in checks}

    def look(tx: Transaction) -> dict[str, Expected]:
        found = {}
        for check in checks:
            own = evidence(tx, lab.tree, check.id, keys[check.id])
            here, anywhere = costs(tx, [check.id], keys[check.id]), costs(tx, [check.name, check.kind], None)
            cost = here.get(check.id) or anywhere.get(check.name) or anywhere.get(check.kind)
            if own is not None and own.reading.outcome is not Outcome.UNKNOWN:
                cost = Cost(0.0, 1, 0)  # what this very tree has costs nothing any more
            found[check.id] = expected(check.check.role, cost)
        return found

    return lab.site.database.read(look)


def _ordered(checks: Sequence[Planned], known: Mapping[str, Expected]) -> list[Planned]:
    """The core in a fixed order, then by finds per second."""
    roles = [*_ORDER, *{check.check.role for check in checks}]

    def rank(check: Planned) -> tuple[bool, float, int]:
        core = check.check.role in CORE
        return (not core, 0.0 if core else -known[check.id].density, roles.index(check.check.role))

    return sorted(checks, key=rank)


def scene_of(lab: Lab, changed: Sequence[str]) -> Scene:
    """A scene to plan with: it can start nothing."""
    environment = lab.environment
    return Scene(
        files=lab.files, root="/", texts=lab.texts, changed=tuple(changed), packages=environment.packages,
        python=environment.python, start=_starts_nothing, tools=lab.tools, problem=environment.problem,
        contents=lab.contents,
    )  # fmt: skip


def _starts_nothing(argv: Sequence[str], **_: Any) -> Ended:
    raise Denied(
        f"planning starts nothing, and a check wanted {argv[0]!r}",
        hint="start programs in read, not in absent",
    )
