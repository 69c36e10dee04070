"""Lint with ruff: the project's own rules where it has some, else a small set of certain mistakes."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from windlass.kernel import Tools, Unavailable
from windlass.plugins.checks.ruff_lint.fresh import Finding, findings, own
from windlass.verify import Check, Outcome, Reading, Scene

MEND: Final = Path(__file__).with_name("mend.py").read_text()
PYTHON: Final = (".py", ".pyi")
ORDER_MAX: Final = 24 * 1024
"""Signs of what one command is told: quoted it may be five times as long, and one argument has 128 KiB."""

SELECT = ("E4", "E7", "E9", "F")
"""Ruff's own default set: syntax, imports, names and statements that are certain mistakes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`select`: rules for a project that configures none."""

    select: tuple[str, ...] = SELECT


def open(settings: Settings, tools: Tools) -> Check:
    return RuffLint(settings)


@dataclass(frozen=True, slots=True)
class RuffLint:
    settings: Settings

    @property
    def role(self) -> Literal["lint"]:
        return "lint"

    def absent(self, scene: Scene) -> str:
        return (
            "" if scene.having(lambda path: path.endswith((".py", ".pyi", ".ipynb"))) else "no Python files"
        )

    def read(self, scene: Scene) -> Reading:
        argv = [*self._asking(scene), "--output-file", "{out}/ruff.json", "."]
        ended = scene.start(argv, outputs=("ruff.json",))
        if ended.exit_code not in (0, 1):
            return Reading(
                "ruff_lint", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why()
            )
        try:
            report = ended.outputs.get("ruff.json", b"")
            counts, found = parse_ruff(report, scene.root), findings(report, scene.root)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            return Reading(
                "ruff_lint", Outcome.UNKNOWN, ended.seconds, detail=f"ruff's report is unreadable: {error!r}"
            )
        outcome = Outcome.FAILED if counts else Outcome.PASSED
        metrics = {"violations": float(sum(counts.values()))}
        told = Reading("ruff_lint", outcome, ended.seconds, metrics, {}, counts)
        return told.saying((one.key, one.row, one.message) for one in found)

    def repairs(self, scene: Scene, paths: Sequence[str]) -> list[list[str]] | None:
        """The safe fixes of the project's own rules, None where it has none."""
        python = [path for path in paths if path.endswith((*PYTHON, ".ipynb"))]
        if not python:
            return []
        if not configured(scene):
            return None
        argv = [scene.tools["ruff"], "check", "--fix", "--no-unsafe-fixes", "--exit-zero", "--quiet"]
        return [[*argv, "--no-cache", "--force-exclude", "--", *python]]

    def repairs_new(
        self, scene: Scene, base: Scene, refused: Collection[str], *,
        added: Mapping[str, Collection[int]], was: Mapping[str, str],
    ) -> list[list[str]]:  # fmt: skip
        """The safe fixes of what the gate refuses by the rules of ours."""
        paths = sorted({path for key in refused if (path := key.partition("|")[0]).endswith(PYTHON)})
        old = [path for path in (was.get(path, path) for path in paths) if path in base.files]
        now = [one for one in self._told(scene, paths) if one.key in refused]
        fresh = own(now, self._told(base, old) if now else [], added, was)
        order = _order(self._asking(scene), fresh)
        return [[scene.python, "-I", "-S", "-c", MEND, order]] if order else []

    def _told(self, scene: Scene, paths: Sequence[str]) -> list[Finding]:
        """What ruff finds in some files. Raises Unavailable where it cannot tell."""
        if not paths:
            return []
        argv = [*self._asking(scene), "--output-file", "{out}/ruff.json", "--", *paths]
        ended = scene.start(argv, outputs=("ruff.json",))
        try:
            return findings(ended.outputs.get("ruff.json", b""), scene.root)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            why = f"ruff tells nothing of these files: {ended.why()}"
            raise Unavailable(why, hint="windlass doctor") from error

    def _asking(self, scene: Scene) -> list[str]:
        rules = [] if configured(scene) else ["--isolated", "--select", ",".join(self.settings.select)]
        return [scene.tools["ruff"], "check", "--no-cache", "--no-fix", "--output-format", "json", *rules]


def _order(ruff: Sequence[str], fresh: Sequence[Finding]) -> str:
    """What to tell the program that mends, as much as fits; empty where there is nothing to mend."""
    told: dict[str, list[tuple[int, str, str]]] = {}
    text = ""
    for one in fresh:
        told.setdefault(one.path, []).append((one.row, one.rule, one.message))
        longer = json.dumps({"ruff": ruff, "findings": told})
        if len(longer) > ORDER_MAX:
            return text
        text = longer
    return text


def configured(scene: Scene) -> bool:
    """Whether the project has rules of its own at its top."""
    return bool({"ruff.toml", ".ruff.toml"} & scene.files) or "[tool.ruff" in scene.texts.get(
        "pyproject.toml", ""
    )


def parse_ruff(report: bytes, root: str) -> dict[str, int]:
    """Violations per `path|rule`; a file that ruff cannot parse has the rule `invalid-syntax`."""
    counts: Counter[str] = Counter()
    for entry in json.loads(report):
        path = str(entry["filename"]).removeprefix(root.rstrip("/") + "/")
        counts[f"{path}|{entry['code'] or 'invalid-syntax'}"] += 1
    return dict(sorted(counts.items()))
