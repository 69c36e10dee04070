#!/usr/bin/env python3
"""windlass's own checks, in the tiers it sells: fast, pr, nightly, weekly, and single ones beside them.

Standard library plus the tools in .venv. Steps run two at a time; a failing step shows its whole output.
Exit codes: 0 all passed, 1 a step failed, 2 wrong arguments, 69 not set up.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
AT_ONCE = 2
WORKERS = min(8, 2 * (os.cpu_count() or 1))
"""Processes of tests: half of the time of most of them is waiting for other processes, leases and clocks."""


@dataclass(frozen=True)
class Step:
    """One command of a tier. `alone` steps use every core by themselves and run after the others."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    alone: bool = False


@dataclass(frozen=True)
class Result:
    step: Step
    code: int
    seconds: float
    output: str


def tool(name: str, *arguments: str) -> Step:
    return Step(name, (str(BIN / name), *arguments))


def pytest(name: str, *arguments: str, **env: str) -> Step:
    # Some tests take minutes: a worker that is done takes over what another one still has before it.
    spread = ("-n", str(WORKERS), "--dist", "worksteal", "--durations=15", "--durations-min=5")
    return Step(name, (PYTHON, "-m", "pytest", *spread, *arguments), env, alone=True)


def lint() -> list[Step]:
    # Caches of the first three live in the clone, so a second run is quick.
    models = Step("models", (PYTHON, str(ROOT / "scripts" / "generate_models.py"), "--check"))
    return [tool("ruff", "check", "."), tool("mypy"), tool("lint-imports", "--no-logo"), models]


def stress(rounds: int, *arguments: str) -> list[Step]:
    """The same tests again and again, each round from another seed: for what fails once in many runs."""
    return [
        pytest(f"round {number}/{rounds}", f"--hypothesis-seed={number}", *arguments)
        for number in range(1, rounds + 1)
    ]


def first() -> list[Step]:
    """Lint; and beside mypy import and compile all tests once, else every process of theirs has to."""
    return [*lint(), Step("collect", (PYTHON, "-m", "pytest", "--collect-only", "-qq"))]


FAST = ("-m", "not slow and not postgres and not nightly")
PR = ("-m", "not nightly")
TIERS: dict[str, tuple[float, list[Step]]] = {
    "fast": (60, [*first(), pytest("tests", *FAST)]),
    "pr": (15 * 60, [*first(), pytest("tests", *PR)]),
    "nightly": (
        30 * 60,
        [*first(), pytest("tests"), *stress(5, "tests/sim", "tests/store", "tests/dispatch")],
    ),
    "weekly": (2 * 3600, [*first(), pytest("tests"), *stress(12)]),
    "lint": (60, lint()),
    "t0": (60, [pytest("tests", *FAST)]),
    "t1": (15 * 60, [pytest("tests", *PR)]),
    "sim": (5 * 60, [pytest("sim", "tests/sim")]),
    "docs": (5 * 60, [pytest("docs", "tests/docs")]),
    "fix": (60, [tool("ruff", "check", "--fix", ".")]),
}
COVERAGE_MIN = 75


def execute(step: Step) -> Result:
    started = time.monotonic()
    env = {
        **os.environ,
        **step.env,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",
    }
    try:
        done = subprocess.run(
            step.argv,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        return Result(step, 127, 0.0, str(error))
    return Result(step, done.returncode, time.monotonic() - started, done.stdout.decode("utf-8", "replace"))


def report(result: Result) -> None:
    word = "ok  " if result.code == 0 else "FAIL"
    print(f"{word} {result.step.name:<14} {result.seconds:6.1f} s", flush=True)
    if result.code:
        print(f"$ {' '.join(result.step.argv)}\n{result.output.rstrip()}\n", flush=True)
    elif result.step.alone:
        for line in ending(result.output):
            print(f"     {line}", flush=True)


def ending(output: str) -> list[str]:
    """What a run of tests says last: how many there were, and which took longest where that was asked."""
    lines = output.rstrip().splitlines()
    slowest = [number for number, line in enumerate(lines) if re.match(r"=+ slowest .*durations", line)]
    return lines[slowest[-1] + 1 :] if slowest else lines[-1:]


def run_steps(steps: Sequence[Step]) -> bool:
    """Quick ones first and together; a red one stops what would come after them."""
    together = [s for s in steps if not s.alone]
    passed = True
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(execute, together):
            report(result)
            passed &= result.code == 0
    for step in (s for s in steps if s.alone):
        if not passed:
            print(f"left {step.name:<14} not run: a step before it failed", flush=True)
            continue
        result = execute(step)
        report(result)
        passed &= result.code == 0
    return passed


def run_tier(name: str, extra: Sequence[str]) -> int:
    limit, steps = TIERS[name]
    if extra:
        steps = [Step(s.name, (*s.argv, *extra), s.env, s.alone) if s.alone else s for s in steps]
    started = time.monotonic()
    passed = run_steps(steps)
    took = time.monotonic() - started
    print(f"{'passed' if passed else 'FAILED'}: {name} in {took:.1f} s (budget {limit:.0f} s)", flush=True)
    if took > limit:
        print(f"warning: {name} took longer than its budget", flush=True)
    return 0 if passed else 1


def coverage() -> int:
    """Run the quick tests under coverage, in one process, and hold the floor."""
    cover = (PYTHON, "-m", "coverage")
    steps = [
        Step("coverage", (*cover, "run", "--source=src/windlass", "-m", "pytest", *FAST), alone=True),
        Step("floor", (*cover, "report", "--skip-covered", f"--fail-under={COVERAGE_MIN}"), alone=True),
    ]
    return 0 if run_steps(steps) else 1


def newest() -> float:
    files = (p for top in ("src", "tests") for p in (ROOT / top).rglob("*.py"))
    return max((p.stat().st_mtime for p in files), default=0.0)


def watch(name: str) -> int:
    """Run a tier again whenever a source file changes; Ctrl-C ends it."""
    seen = 0.0
    try:
        while True:
            if (now := newest()) != seen:
                seen = now
                run_tier(name, ())
                print("watching src and tests; Ctrl-C ends", flush=True)
            time.sleep(1)
    except KeyboardInterrupt:
        return 130


def lock_inputs() -> str:
    """What the lock files were made from: the dependencies and groups in pyproject.toml, as one digest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = [project["project"]["requires-python"], *sorted(project["project"]["dependencies"])]
    named += [
        f"{group}:{r}" for group, rs in sorted(project["dependency-groups"].items()) for r in sorted(rs)
    ]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()


def stale_locks() -> list[str]:
    """Lock files that were not made from the present pyproject.toml, or that hold an address."""
    problems = []
    for name in ("requirements.lock", "requirements-bench.lock"):
        text = (ROOT / name).read_text()
        if f"inputs: {lock_inputs()}" not in text.partition("\n")[0]:
            problems.append(f"{name} is older than pyproject.toml: run scripts/lock.sh")
        if re.search(r"://|--(extra-)?index-url|--find-links", text):
            problems.append(f"{name} holds an address: run scripts/lock.sh")
    return problems


def lock_check() -> int:
    problems = stale_locks()
    print("\n".join(problems) or "ok   locks")
    return 1 if problems else 0


def main(argv: Sequence[str]) -> int:
    single = {"coverage": coverage, "lock": lock_check}
    parser = argparse.ArgumentParser(prog="check.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", choices=[*TIERS, *single, "lock-inputs"])
    parser.add_argument("--watch", action="store_true", help="run again whenever a source file changes")
    parser.add_argument("extra", nargs="*", help="further arguments for pytest, after --")
    asked = parser.parse_args(argv)
    if asked.name == "lock-inputs":
        print(lock_inputs())
        return 0
    if not Path(PYTHON).exists():
        print("check: not set up; run ./start.sh --setup-only", file=sys.stderr)
        return 69
    if asked.name in single:
        return single[asked.name]()
    return watch(asked.name) if asked.watch else run_tier(asked.name, asked.extra)


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
