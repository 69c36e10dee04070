"""Run windlass on repositories nobody here wrote, and print what became of them.

    python benchmarks/foreign.py PATH... [--max-tasks 3] [--out DIR] [--json FILE] [--timeout 3600]

Each repository is cloned into a scratch folder (`git clone --no-hardlinks`), gets a data home of its own and
one `windlass run --land --max-tasks N` as a subprocess. Nothing of the original is touched. Everything in the
table is read from git, from the database and from `windlass audit verify` afterwards, not from what the run
says of itself.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from windlass.workspace import Checkout

DEADLINE_S = 7200.0
TAIL = 4000
WINDLASS = [sys.executable, "-c", "from windlass.cli import main; main()"]


@dataclass
class Row:
    """What one repository gave; None means that it could not be told."""

    name: str
    commit: str = ""
    files: int = 0
    python_files: int = 0
    tools: list[str] = field(default_factory=list)
    findings: int | None = None
    items: int | None = None
    tasks: int | None = None
    landed: int | None = None
    landed_commits: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    minutes: float = 0.0
    exit_code: int | None = None
    checkout_identical: bool | None = None
    tests_before: str = "unknown"
    tests_after: str = "unknown"
    tests_as_green: bool | None = None
    fsck: str = "unknown"
    audit: str = "unknown"
    error: str = ""

    @property
    def ok(self) -> bool:
        """What the benchmark asks of a repository: something landed, nothing was harmed."""
        return (
            bool(self.landed) and self.checkout_identical is True and self.tests_as_green is True
            and self.fsck == "clean" and self.audit == "ok"
        )  # fmt: skip


def main() -> None:
    asked = arguments()
    top = Path(asked.out or tempfile.mkdtemp(prefix="windlass-foreign-")).resolve()
    top.mkdir(parents=True, exist_ok=True)
    rows = []
    for source in asked.repositories:
        rows.append(measure(source.resolve(), top, asked))
        print(table(rows), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps([{**asdict(row), "ok": row.ok} for row in rows], indent=2) + "\n")
    print(f"scratch clones, data homes and logs: {top}")
    raise SystemExit(0 if all(row.ok for row in rows) else 1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--max-tasks", type=int, default=3)
    parser.add_argument("--out", help="where clones, homes and logs go; default: a new temporary folder")
    parser.add_argument("--json", type=Path, help="also write the rows as JSON")
    parser.add_argument("--timeout", type=float, default=DEADLINE_S, help="seconds for one repository")
    parser.add_argument(
        "--config", type=Path, help="a windlass.toml to put into each scratch clone's data home"
    )
    return parser.parse_args()


def measure(source: Path, top: Path, asked: argparse.Namespace) -> Row:
    row = Row(source.name)
    place = top / source.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    clone, home = place / "clone", place / "home"
    git(None, "clone", "--quiet", "--no-hardlinks", str(source), str(clone))
    listed = git(clone, "ls-files", "-z").split("\0")
    row.commit = git(clone, "rev-parse", "HEAD").strip()
    row.files = len(listed) - 1
    row.python_files = sum(name.endswith((".py", ".pyi")) for name in listed)
    before = Checkout.open(clone)
    print_before = before.fingerprint()
    complaints = fsck(clone)
    env = {**os.environ, "WINDLASS_HOME": str(home)}
    if asked.config:
        env["WINDLASS_CONFIG"] = str(asked.config.resolve())
    started = time.monotonic()
    options = ["run", "--repo", str(clone), "--land", "--max-tasks", str(asked.max_tasks), "--json"]
    row.exit_code = windlass(options, env, place / "run", asked.timeout)
    row.minutes = round((time.monotonic() - started) / 60, 2)
    row.checkout_identical = before.fingerprint() == print_before
    row.fsck = checked(clone, home, complaints)
    row.audit = audited(env, place)
    if row.exit_code != 0:
        row.error = (place / "run.err").read_text(errors="replace")[-TAIL:]
    after = git(clone, "rev-parse", f"refs/heads/{before.main}").strip()
    row.landed_commits = git(clone, "rev-list", f"{row.commit}..{after}").split()
    read_database(row, home, tree(clone, row.commit), tree(clone, after))
    return row


def windlass(options: list[str], env: Mapping[str, str], log: Path, timeout: float) -> int | None:
    with log.with_suffix(".out").open("wb") as out, log.with_suffix(".err").open("wb") as err:
        try:
            return subprocess.run(
                [*WINDLASS, *options], env=env, stdout=out, stderr=err, timeout=timeout
            ).returncode
        except subprocess.TimeoutExpired:
            return None


def checked(clone: Path, home: Path, before: set[str]) -> str:
    """What git complains of in the clone and in the mirror that it did not complain of before the run."""
    places = [clone, *home.glob("mirrors/*/repo.git")]
    bad = [str(place) for place in places if fsck(place) - before]
    return "clean" if not bad else "broken: " + ", ".join(bad)


def fsck(place: Path) -> set[str]:
    args = ["git", "-C", str(place), "fsck", "--full", "--no-dangling", "--no-progress"]
    done = subprocess.run(args, capture_output=True, text=True)
    told = (done.stdout + done.stderr).splitlines()
    lines = {line.strip() for line in told if line.strip() and not line.startswith("notice:")}
    return lines or ({f"git fsck ended with {done.returncode}"} if done.returncode else set())


def audited(env: Mapping[str, str], place: Path) -> str:
    code = windlass(["audit", "verify"], env, place / "audit", 600)
    return "ok" if code == 0 else f"failed ({code})"


def read_database(row: Row, home: Path, before: str, after: str) -> None:
    found = sorted(home.glob("*.db"))
    if not found:
        row.error += "\nno database in the data home"
        return
    with sqlite3.connect(f"file:{found[0]}?mode=ro", uri=True) as db:
        row.findings = one(db, "SELECT count(*) FROM wl_finding")
        row.items = one(db, "SELECT count(*) FROM wl_item")
        row.tasks = one(db, "SELECT count(*) FROM wl_task")
        row.landed = one(db, "SELECT count(*) FROM wl_landing WHERE state = 'landed'")
        row.refused = refusals(db)
        checks = db.execute("SELECT DISTINCT check_id FROM wl_evidence").fetchall()
        row.tools = sorted({check.split(":")[0] for (check,) in checks})
        old, new = results(db, before), results(db, after)
    row.tests_before, row.tests_after = told(old), told(new)
    if old and new:
        row.tests_as_green = broken(new) <= broken(old) and new.keys() >= {
            c for c in old if old[c] == "passed"
        }


def refusals(db: sqlite3.Connection) -> dict[str, int]:
    """What did not land, by why: verdicts, landings that ended otherwise, attempts that brought nothing."""
    why: Counter[str] = Counter()
    for verdict, count in db.execute(
        "SELECT verdict, count(*) FROM wl_verdict WHERE verdict <> 'passed' GROUP BY verdict"
    ):
        why[f"verdict {verdict}"] += count
    for state, cause, count in db.execute(
        "SELECT state, cause, count(*) FROM wl_landing WHERE state <> 'landed' GROUP BY state, cause"
    ):
        why[f"landing {state} {cause}".strip()] += count
    for outcome, count in db.execute(
        "SELECT outcome, count(*) FROM wl_attempt WHERE outcome <> 'submitted' GROUP BY outcome"
    ):
        why[f"attempt {outcome}"] += count
    return dict(why)


def results(db: sqlite3.Connection, tree_oid: str) -> dict[str, str]:
    """Test id to result, from the evidence windlass kept for this tree: that of whole runs where there are
    some, which have a check's bare name; else that of all parts together.
    """
    kept = db.execute(
        "SELECT check_id, metrics FROM wl_evidence WHERE tree_oid = ? AND verdict <> 'unknown'", (tree_oid,)
    )
    parts = [(":" not in check, json.loads(metrics).get("cases", {})) for check, metrics in kept]
    whole = [cases for bare, cases in parts if bare and cases]
    found: dict[str, str] = {}
    for groups in whole or [cases for _, cases in parts]:
        for result, cases in groups.items():
            found |= dict.fromkeys(cases, result)
    return found


def broken(cases: Mapping[str, str]) -> set[str]:
    return {case for case, result in cases.items() if result in ("failed", "error")}


def told(cases: Mapping[str, str]) -> str:
    if not cases:
        return "no evidence"
    counts = Counter(cases.values())
    return ", ".join(
        f"{counts[word]} {word}" for word in ("passed", "failed", "error", "skipped") if counts[word]
    )


def one(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def tree(clone: Path, commit: str) -> str:
    return git(clone, "rev-parse", f"{commit}^{{tree}}").strip()


def git(place: Path | None, *args: str) -> str:
    where = [] if place is None else ["-C", str(place)]
    return subprocess.run(["git", *where, *args], capture_output=True, text=True, check=True).stdout


def table(rows: list[Row]) -> str:
    header = ("repository", "files", "python", "tools", "findings", "items", "tasks", "landed", "refused",
              "minutes", "checkout", "tests before", "tests after", "fsck", "audit", "ok")  # fmt: skip
    cells = [header, *(line(row) for row in rows)]
    widths = [max(len(cell[n]) for cell in cells) for n in range(len(header))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True)) for cell in cells
    )


def line(row: Row) -> tuple[str, ...]:
    refused = "; ".join(f"{count} {why}" for why, count in sorted(row.refused.items())) or "-"
    same = {True: "identical", False: "CHANGED", None: "unknown"}[row.checkout_identical]
    values = (row.name, row.files, row.python_files, ",".join(row.tools) or "-", row.findings, row.items,
              row.tasks, row.landed, refused, row.minutes, same, row.tests_before, row.tests_after, row.fsck,
              row.audit, "yes" if row.ok else "NO")  # fmt: skip
    return tuple("?" if value is None else str(value) for value in values)


if __name__ == "__main__":
    main()
