"""How long `windlass verify --tier 0` takes: on a repository nobody has seen, and after a line has changed.

    .venv/bin/python benchmarks/tiers.py PATH...         # git repositories; without any: windlass itself
    .venv/bin/python benchmarks/tiers.py --short PATH...  # the first line changed only

Each repository is cloned. One line changes in one module: `cold` is tier 0 on that with a new data home, so
that nothing is known, no environment is there and its packages are downloaded. Then a line changes in each of
some more modules, one after another: `change` is tier 0 on each of those, with the median and the slowest.
`again` is the same tree once more. The peer is what a person runs: ruff and the whole of pytest on the files,
with the interpreter of the environment that windlass made. All are whole commands, start of the program
included. It says nothing about what tier 0 finds: benchmarks/selection.py does.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
WINDLASS = Path(sys.executable).with_name("windlass")
PEER_S = 600.0
LINE = "\n\n_changed_for_a_benchmark = {}\n"
TOLD = {0: "passed", 1: "failed", 8: "deferred", 9: "unknown"}


@dataclass(frozen=True)
class Timed:
    seconds: float
    verdict: str
    tests: int
    deferred: tuple[str, ...]


def judged(repo: Path, env: dict[str, str]) -> Timed:
    began = time.monotonic()
    done = subprocess.run(
        [WINDLASS, "verify", "--tier", "0", "--json", "--repo", repo], env=env, capture_output=True, text=True
    )
    took = time.monotonic() - began
    if done.returncode not in TOLD:
        raise SystemExit(f"{repo}: exit code {done.returncode}: {done.stderr}")
    told = json.loads(done.stdout)
    for one in (*told["reasons"], *(f"{late['check']}: {late['why']}" for late in told["deferred"])):
        print(f"    {one[:300]}", file=sys.stderr)
    tests = sum(int(one["metrics"].get("collected", 0)) for one in told["checks"])
    return Timed(took, told["verdict"], tests, tuple(late["check"] for late in told["deferred"]))


def modules(repo: Path) -> list[Path]:
    """The package's modules that hold code, those of tests and docs left out."""
    listed = subprocess.run(["git", "-C", repo, "ls-files", "*.py"], capture_output=True, text=True).stdout
    aside = {"setup.py", "conftest.py", "__init__.py"}
    sides = {"tests", "test", "docs", "examples", "benchmarks", "scripts", "misc", "plugins", "generated"}
    found = [
        repo / path
        for path in listed.splitlines()
        if not sides & set(Path(path).parts) and Path(path).name not in aside
    ]  # fmt: skip
    return sorted(path for path in found if not path.name.startswith("test_") and path.stat().st_size > 500)


def peer(repo: Path, home: Path) -> float | None:
    """Seconds of ruff and the whole of pytest, None where they do not end in time."""
    python = next(path for path in home.glob("environments/*/bin/python"))
    env = {**os.environ, "PYTHONPATH": f"{repo / 'src'}:{repo}", "PYTHONDONTWRITEBYTECODE": "1"}
    began = time.monotonic()
    try:
        subprocess.run([WINDLASS.with_name("ruff"), "check", "-q", "."], cwd=repo, capture_output=True)
        tests = [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        done = subprocess.run(tests, cwd=repo, env=env, capture_output=True, timeout=PEER_S)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode not in (0, 1) else time.monotonic() - began


def measured(source: Path, folder: Path, changes: int, *, with_peer: bool) -> str:
    name, repo, home = source.name.partition("+")[2] or source.name, folder / "repo", folder / "home"
    git = source / "repo" if (source / "repo").is_dir() else source
    subprocess.run(["git", "clone", "-q", git, repo], check=True, capture_output=True)
    env = {**os.environ, "WINDLASS_HOME": str(home), "WINDLASS_CONFIG": os.devnull}
    chosen = modules(repo)
    random.Random(1).shuffle(chosen)
    first, *others = chosen[: changes + 1]
    with first.open("a") as file:
        file.write(LINE.format(0))
    cold = judged(repo, env)
    after = []
    for number, path in enumerate(others, 1):
        with path.open("a") as file:
            file.write(LINE.format(number))
        after.append(judged(repo, env))
    again = judged(repo, env)
    whole = peer(repo, home) if with_peer else None
    took = [one.seconds for one in after]
    quick = (f"{median(took):.1f}", f"{max(took):.1f}") if took else ("-", "-")
    said = Counter(one.verdict for one in (cold, *after))
    tests = [str(cold.tests), *([f"{median(one.tests for one in after):.0f}"] if after else [])]
    cells = (
        name, len(chosen), f"{cold.seconds:.1f}", *quick, f"{again.seconds:.1f}", ", ".join(tests),
        "-" if whole is None else f"{whole:.1f}", ", ".join(f"{n} {word}" for word, n in said.items()),
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT])
    parser.add_argument("--short", action="store_true", help="the first change only, and no peer")
    parser.add_argument("--changes", type=int, default=5, help="further lines that change")
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args(arguments)
    print("| repository | modules | cold s | change s | slowest | again s | tests | peer s | said |")
    print("|---|---|---|---|---|---|---|---|---|")
    for path in asked.paths:
        with tempfile.TemporaryDirectory(prefix="tiers-") as folder:
            changes = 0 if asked.short else asked.changes
            line = measured(path, Path(folder), changes, with_peer=not (asked.short or asked.no_peer))
            print(line, flush=True)
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main(sys.argv[1:])
