"""Does the evaluation pick the better one? Seeded bugs, scripted agents of known skill, real trials.

    python benchmarks/competition.py [--cases 24] [--entrants 3] [--seed 0 1 2] [--json out.json]

Each case is a small repository with one wrong function, tests of which some fail for it, and acceptance
commands with values that no agent sees. Among the entrants one mends it well; the others mend it slowly, in
an ugly or insecure way, in part, for the tested values only, not at all, or change a test instead. Each works
as a real attempt in the sandbox; gate and evaluation run as in production. Asked is how often the trial takes
the one that mends it well, and how often a single agent drawn from the same entrants would be that one.
"""

import argparse
import json
import math
import os
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from windlass import dispatch, trials
from windlass.app.filing import Order
from windlass.app.wiring import Wish, new_node_id, open_plant, site_of
from windlass.app.workflows import VERIFY, bodies
from windlass.app.yard import Yard
from windlass.dispatch import RunnerSpec, TaskStatus
from windlass.store import Started
from windlass.trials import Pattern, Plan, TrialState, Variant
from windlass.verify import evaluation

GOOD: Final = "right"
MODULE, TESTS = "pkg/part.py", "tests/test_part.py"
Z95: Final = 1.96

FUNCTIONS: Final = {
    "clamp": (
        "low = min(limits)\n    high = max(limits)\n    return max(low, min(value, high))", "value, limits",
        [(n, pair) for n in (-5, 0, 3, 7, 12) for pair in ((0, 5), (5, 0), (2, 2))],
        [("min(limits)", "limits[0]"), ("max(limits)", "limits[1]"), ("max(low, min", "min(low, min")],
    ),
    "median": (
        "ordered = sorted(values)\n    half = len(ordered) // 2\n    if len(ordered) % 2:\n"
        "        return ordered[half]\n    return (ordered[half - 1] + ordered[half]) / 2", "values",
        [(list(v),) for v in ((3, 1, 2), (4, 1), (9, 7, 8, 1), (5,), (2, 2, 1), (6, 1, 3, 9), (8, 3, 5))],
        [("sorted(values)", "list(values)"), ("half - 1", "half"), ("len(ordered) % 2", "len(ordered) % 3")],
    ),
    "slug": (
        'words = text.lower().replace("_", " ").split()\n    return "-".join(words)', "text",
        [(t,) for t in ("Hello World", "a_b", "  x  y ", "One", "Two  Words", "A_B C", "", "MiXed_case")],
        [(".lower()", ""), ('.replace("_", " ")', ""), (".split()", '.split(" ")')],
    ),
    "windows": (
        "return [sum(values[start : start + size]) for start in range(len(values) - size + 1)]",
        "values, size",
        [(list(range(n)), size) for n in (1, 3, 5, 6) for size in (1, 2, 3)],
        [(" - size + 1", " - size"), ("start + size", "size"), ("sum(", "max(")],
    ),
    "unique": (
        "seen = set()\n    return [one for one in values if not (one in seen or seen.add(one))]", "values",
        [(list(v),) for v in ("abca", "aabb", "cba", "zyzx", "a", "", "mississippi", "abab", "baab")],
        [("not (one in seen or seen.add(one))", "one not in seen"),
         ("[one for one in values if not (one in seen or seen.add(one))]", "sorted(set(values))"),
         ("[one for one", "[one * 2 for one")],
    ),
    "seconds": (
        'hours, minutes, rest = text.split(":")\n'
        "    return int(hours) * 3600 + int(minutes) * 60 + int(rest)",
        "text",
        [(t,) for t in ("0:0:1", "0:1:0", "1:0:0", "1:2:3", "0:0:0", "10:10:10", "0:59:59", "2:0:5")],
        [("* 3600", "* 360"), ("* 60", "* 6"), ("+ int(rest)", "")],
    ),
    "balanced": (
        'depth = 0\n    for sign in text:\n        depth += {"(": 1, ")": -1}.get(sign, 0)\n'
        "        if depth < 0:\n            return False\n    return depth == 0", "text",
        [(t,) for t in ("()", ")(", "(()", "", "a(b)c", "())", "((x))", ")", "(", "()()", "())(", "x)y(")],
        [("if depth < 0", "if depth < -9"), ("return depth == 0", "return True"), ('")": -1', '")": 0')],
    ),
    "chunks": (
        "return [values[start : start + size] for start in range(0, len(values), size)]", "values, size",
        [(list(range(n)), size) for n in (0, 1, 4, 5, 7) for size in (1, 2, 3)],
        [("range(0, ", "range(1, "), ("start + size", "start + 1"), 
         ("len(values), size", "len(values) - 1, size")],
    ),
}  # fmt: skip
"""Name: the right body, the parameters, values to call it with, three bugs as replacements in the body."""


@dataclass(frozen=True)
class Case:
    """One seeded bug: the bodies, values of the tests that fail, of one that passes, and hidden ones."""

    name: str
    parameters: str
    right: str
    wrong: str
    failing: tuple[tuple[Any, ...], ...]
    passing: tuple[tuple[Any, ...], ...]
    hidden: tuple[tuple[Any, ...], ...]

    def module(self, body: str, *, more: str = "", doc: bool = True) -> str:
        told = f'    """Return the {self.name} of what is given."""\n' if doc else ""
        return f'"""One function."""\n{more}\n\ndef {self.name}({self.parameters}):\n{told}    {body}\n'

    def answer(self, values: tuple[Any, ...]) -> Any:
        return run(self.module(self.right), self.name, values)

    @property
    def tests(self) -> str:
        lines = [f"from pkg.part import {self.name}\n"]
        for number, values in enumerate((*self.failing, *self.passing)):
            arguments = ", ".join(map(repr, values))
            says = f"{self.name}({arguments}) == {self.answer(values)!r}"
            lines.append(f"\ndef test_{number}():\n    assert {says}\n")
        return "\n".join(lines)

    @property
    def accept(self) -> tuple[str, ...]:
        name = self.name
        return tuple(
            f'python3 -c "from pkg.part import {name}; assert {name}(*{values!r}) == {self.answer(values)!r}"'
            for values in self.hidden
        )


def run(module: str, name: str, values: tuple[Any, ...]) -> Any:
    """What a module's function says; an exception is an answer too."""
    space: dict[str, Any] = {}
    exec(module, space)
    try:
        return space[name](*json.loads(json.dumps(values)))
    except Exception as error:
        return repr(error)


def cases() -> Iterator[Case]:
    """Every bug that some values show, and others do not need to."""
    for name, (right, parameters, pool, bugs) in FUNCTIONS.items():
        for old, new in bugs:
            wrong = right.replace(old, new)
            bare = Case(name, parameters, right, wrong, (), (), ())
            shows = [v for v in pool if run(bare.module(wrong), name, v) != bare.answer(v)]
            hides = [v for v in pool if v not in shows]
            if wrong != right and len(shows) >= 3:
                yield replace(
                    bare, failing=tuple(shows[:2]), passing=tuple(hides[:1]), hidden=tuple(shows[2:4])
                )


def _made(case: Case, skill: str) -> dict[str, str]:
    """The files that an agent of this skill writes."""
    known = {repr(tuple(v)): case.answer(v) for v in case.failing}
    values = f"({case.parameters},)"
    first = repr(tuple(case.failing[0]))
    bodies_of: Mapping[str, Callable[[], str]] = {
        GOOD: lambda: case.module(case.right),
        "slow": lambda: case.module("for _ in range(9_000_000):\n        pass\n    " + case.right),
        "ugly": lambda: case.module(case.right, doc=False, more=_UGLY),
        "insecure": lambda: case.module(
            'subprocess.call("true", shell=True)\n    ' + case.right,
            more=f'\nimport subprocess\n\nPASSWORD = "{"hunter2" * 2}"\n',
        ),
        "partial": lambda: case.module(
            f"if repr({values}) == {first!r}:\n        return {known[first]!r}\n    {case.wrong}"
        ),
        "cheat": lambda: case.module(
            f"known = {known!r}\n    if repr({values}) in known:\n        return known[repr({values})]\n    "
            + case.wrong
        ),
        "wrong": lambda: case.module(case.wrong, more="\n# It is right now.\n"),
    }  # fmt: skip
    if skill == "tamper":
        return {TESTS: "def test_all():\n    assert True\n"}
    return {} if skill == "idle" else {MODULE: bodies_of[skill]()}


_UGLY: Final = """

def _spare(a, b):
    if a:
        if b:
            for c in range(3):
                if c == a:
                    return c
                elif c == b:
                    return a
        elif a > 3 or b < 4:
            return 3
    return None
"""
SKILLS: Final = ("slow", "ugly", "insecure", "partial", "cheat", "wrong", "idle", "tamper")


def agent(files: Mapping[str, str]) -> RunnerSpec:
    """A program that writes these files."""
    script = "\n".join(f"cat > {path} <<'WINDLASS_END'\n{text}WINDLASS_END" for path, text in files.items())
    return RunnerSpec("command", {"command": ["sh", "-c", script or "true"], "sources": ["none"]})


def repository(folder: Path, case: Case) -> Path:
    files = {
        "pyproject.toml": '[project]\nname = "pkg"\nversion = "1"\n', "pkg/__init__.py": "",
        MODULE: case.module(case.wrong), TESTS: case.tests,
    }  # fmt: skip
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run(
            ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *words], cwd=folder, check=True
        )
    return folder


@dataclass(frozen=True)
class Told:
    """What one case came to: who was taken, and of every entrant whether it would land alone and is right."""

    case: str
    winner: str
    lands: Mapping[str, bool]
    seconds: float
    told: Sequence[str]


def compete(folder: Path, home: Path, case: Case, skills: Sequence[str], rounds: int) -> Told:
    """One case as a real trial."""
    began = time.monotonic()
    repo = repository(folder, case)
    env = {**os.environ, "WINDLASS_HOME": str(home)}
    with open_plant(Wish(repo=repo), env) as plant:
        named = {name: agent(_made(case, name)) for name in skills}
        site = replace(site_of(plant, Started(), new_node_id()), runners=named)
        plan = Plan(
            Pattern.COMPETITION, tuple(Variant(n, n) for n in skills), case.accept, rounds=rounds
        )  # fmt: skip
        paths = (MODULE, TESTS)
        shown = _Yard(plant, site).begin(Order(f"Mend {case.name}", "", paths), plan, "ann")
        while (worked := dispatch.work_once(site, "w1")) is not None:
            if worked.status is TaskStatus.REVIEW_NEEDED:
                bodies(site)[VERIFY](task=worked.task_id, fence=worked.fence)
        trials.tick(site, evaluation.Weights(), site.clock())
        done = Yard(plant).show(shown.trial.task)
    names = {entry.task: entry.name for entry, _, _ in done.entries}
    lands = {entry.name: found is not None and not found.refused for entry, _, found in done.entries}
    winner = names.get(done.trial.winner or 0, "nobody")
    assert done.trial.state in (TrialState.DECIDED, TrialState.UNDECIDED)
    return Told(case.name, winner, lands, time.monotonic() - began, done.trial.told)


class _Yard(Yard):
    """The yard with runners that no settings name."""

    def __init__(self, plant: Any, site: dispatch.Site) -> None:
        super().__init__(plant)
        self._given = site

    def _site(self) -> dispatch.Site:
        return self._given


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    share, square = hits / of, Z95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 * math.sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    return middle - half, middle + half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=24)
    parser.add_argument("--entrants", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="each brings other rivals")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found, rivals = [], Counter[str]()
    alone = 0.0
    chosen = [(seed, *case) for seed in given.seed for case in enumerate(list(cases())[: given.cases])]
    with tempfile.TemporaryDirectory(prefix="wl-competition-") as name:
        for number, (seed, place, case) in enumerate(chosen):
            more = given.entrants - 1
            first = seed + place * more
            others = [SKILLS[(first + n) % len(SKILLS)] for n in range(more)]
            skills = random.Random(number).sample([GOOD, *others], given.entrants)
            told = compete(Path(name) / str(number), Path(name) / "home", case, skills, given.rounds)
            found.append(told)
            rivals.update(others)
            alone += told.lands[GOOD] / given.entrants
            line = f"{number + 1:>3} {case.name:<10} {'+'.join(skills):<24} {told.winner:<9}"
            print(f"{line} {told.seconds:5.1f} s", flush=True)
            if told.winner != GOOD:
                print("    " + " ".join(told.told), flush=True)
    _tell(found, rivals, alone / len(found))
    if given.json:
        given.json.write_text(json.dumps([vars(one) for one in found], indent=1))


def _tell(found: Sequence[Told], rivals: Mapping[str, int], alone: float) -> None:
    hits = sum(one.winner == GOOD for one in found)
    low, high = wilson(hits, len(found))
    landed = Counter(name for one in found for name, lands in one.lands.items() if lands)
    print(f"\nthe better one was taken in {hits} of {len(found)} trials: {hits / len(found):.1%}")
    print(f"95 % interval: {low:.1%} to {high:.1%}")
    print(f"one agent drawn from the same entrants would have been the better one in {alone:.1%}")
    for name in (GOOD, *SKILLS):
        met = len(found) if name == GOOD else rivals[name]
        taken = sum(one.winner == name for one in found)
        print(f"| {name} | {met} | {landed[name]} | {taken} |")


if __name__ == "__main__":
    main()
