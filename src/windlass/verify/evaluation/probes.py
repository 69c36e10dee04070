"""Measurements that are no gate: kept as evidence like every check, so nothing is measured twice."""

import ast
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from windlass.verify.check import Scene
from windlass.verify.evaluation.figures import COMPLEXITY, UNDOCUMENTED
from windlass.verify.model import Outcome, Reading

RULES: Final = ("C4", "C901", "B", "D10", "E", "F", "PERF", "PLE", "PLW", "S", "SIM", "UP", "W")
IGNORED: Final = ("S101", "E501")
"""Assertions are meant, and the length of lines is a matter of taste."""
TRACED: Final = Path(__file__).with_name("traced.py")


@dataclass(frozen=True, slots=True)
class RuffProbe:
    """Complexity, documentation, lint and security of some files by rules of ours, whatever the project's own
    say and whatever a comment asks to overlook.
    """

    paths: tuple[str, ...]
    more: tuple[str, ...] = ()
    """Rules beside ours: those of the findings that a change is to mend."""

    @property
    def role(self) -> Literal["lint"]:
        return "lint"

    def absent(self, scene: Scene) -> str:
        return "" if self.paths else "no Python files"

    def read(self, scene: Scene) -> Reading:
        argv = [
            scene.tools["ruff"], "check", "--isolated", "--no-cache", "--no-fix", "--ignore-noqa",
            "--output-format", "json", "--output-file", "{out}/ruff.json",
            "--select", ",".join((*RULES, *self.more)), "--ignore", ",".join(IGNORED),
            "--config", "lint.mccabe.max-complexity=0", "--",
        ]  # fmt: skip
        ended = scene.start([*argv, *self.paths], outputs=("ruff.json",))
        if ended.exit_code not in (0, 1):
            return Reading("probe", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why())
        counts = parse_probe(ended.outputs.get("ruff.json", b""), scene.root)
        return Reading("probe", Outcome.PASSED, ended.seconds, counts=counts)


def parse_probe(report: bytes, root: str) -> dict[str, int]:
    """Violations per `path|rule`; per path the sum of all complexities, and what has no docstring."""
    counts: Counter[str] = Counter()
    for entry in json.loads(report):
        path = str(entry["filename"]).removeprefix(root.rstrip("/") + "/")
        code = str(entry["code"] or "invalid-syntax")
        if code == "C901":
            counts[f"{path}|{COMPLEXITY}"] += int(entry["message"].rpartition("(")[2].partition(" ")[0])
        elif code.startswith("D10"):
            counts[f"{path}|{UNDOCUMENTED}"] += 1
        else:
            counts[f"{path}|{code}"] += 1
    return dict(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class ReachProbe:
    """Which of some lines the tests run: one run of pytest under a tracer of ours."""

    lines: Mapping[str, Sequence[int]]

    @property
    def role(self) -> Literal["command"]:
        return "command"

    def absent(self, scene: Scene) -> str:
        return "" if "pytest" in scene.packages else "pytest is not in the environment"

    def read(self, scene: Scene) -> Reading:
        files = json.dumps([f"{{tree}}/{path}" for path in self.lines])
        argv = [
            scene.python, "-c", TRACED.read_text(encoding="utf-8"), "{out}/lines.json", files, "pytest", "-q",
            "-p", "no:cacheprovider", "--continue-on-collection-errors", "-o", "addopts=",
        ]  # fmt: skip
        ended = scene.start(argv, copy=True, outputs=("lines.json",))
        report = ended.outputs.get("lines.json")
        if ended.exit_code not in (0, 1) or report is None:
            return Reading("probe", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why())
        return Reading("probe", Outcome.PASSED, ended.seconds, counts=parse_lines(report, self.lines))


def parse_lines(report: bytes, wanted: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """How many of the wanted lines of each file were run."""
    ran = {str(path): set(map(int, lines)) for path, lines in json.loads(report).items()}
    by_end = {path: next((lines for name, lines in ran.items() if name.endswith(f"/{path}")), set[int]())
              for path in wanted}  # fmt: skip
    return {path: len(by_end[path] & set(lines)) for path, lines in wanted.items()}


def executable(source: str) -> frozenset[int]:
    """The lines on which statements begin, without docstrings and declarations of names."""
    return frozenset(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Global | ast.Nonlocal)
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )
