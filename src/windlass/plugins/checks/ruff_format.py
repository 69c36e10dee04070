"""Ask ruff whether files are formatted; only for projects that use its formatter."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

_LISTED = re.compile(r"^Would reformat: (.+)$|^ *--> (.+):[0-9]+:[0-9]+$", re.MULTILINE)
_PYTHON = (".py", ".pyi", ".ipynb")
_JSON = ("--output-format", "json")


@dataclass(frozen=True, slots=True)
class Settings:
    """Nothing to set."""


def open(settings: Settings, tools: Tools) -> Check:
    return RuffFormat()


@dataclass(frozen=True, slots=True)
class RuffFormat:
    @property
    def role(self) -> Literal["format"]:
        return "format"

    def absent(self, scene: Scene) -> str:
        return "" if formats(scene.texts) else "the project does not configure ruff's formatter"

    def read(self, scene: Scene) -> Reading:
        ended = scene.start([scene.tools["ruff"], "format", "--check", "--no-cache", *_JSON, "."])
        if ended.exit_code not in (0, 1):
            why = ended.why()
            return Reading("ruff_format", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        counts = parse_unformatted(ended.stdout, scene.root)
        if bool(counts) != (ended.exit_code == 1):
            detail = ended.why("its exit code and its list disagree")
            return Reading("ruff_format", Outcome.UNKNOWN, ended.seconds, detail=detail)
        if not configures(scene.texts):
            counts = {key: 1 for key in counts if key.removesuffix("|format").endswith(_PYTHON)}
        outcome = Outcome.FAILED if counts else Outcome.PASSED
        return Reading("ruff_format", outcome, ended.seconds, {"files": float(len(counts))}, {}, counts)

    def repairs(self, scene: Scene, paths: Sequence[str]) -> list[list[str]]:
        """The formatter itself, on the files that it looks at."""
        kinds = (*_PYTHON, ".md") if configures(scene.texts) else _PYTHON
        files = [path for path in paths if path.endswith(kinds)]
        argv = [scene.tools["ruff"], "format", "--quiet", "--no-cache", "--force-exclude", "--", *files]
        return [argv] if files else []


def formats(texts: Mapping[str, str]) -> bool:
    """Whether a project formats with ruff, by its own settings or its pre-commit hooks."""
    return configures(texts) or "id: ruff-format" in texts.get(".pre-commit-config.yaml", "")


def configures(texts: Mapping[str, str]) -> bool:
    """Whether it has settings for ruff's formatter: a hook alone is given nothing but Python."""
    own = any("[format]" in texts.get(name, "") for name in ("ruff.toml", ".ruff.toml"))
    return own or "[tool.ruff.format]" in texts.get("pyproject.toml", "")


def parse_unformatted(report: bytes, root: str) -> dict[str, int]:
    """Files that would change, as counts of the rule `format`: from JSON, or from the list of older ruffs."""
    text = report.decode("utf-8", "replace")
    try:
        names = [str(entry["filename"]) for entry in json.loads(text or "[]")]
    except (ValueError, TypeError, KeyError):
        names = [match[1] or match[2] for match in _LISTED.finditer(text)]
    return {f"{name.removeprefix(root.rstrip('/') + '/')}|format": 1 for name in names}
