"""Type-check with mypy as the project configures it; errors are counted per file and error code."""

import configparser
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from windlass.kernel import Tools, read_toml
from windlass.verify import Check, Outcome, Reading, Scene

ABSENT: Final = (
    "the project sets mypy up, and it is not among its requirements for tests: name it there, or all that the"
    " checks need in [verify] requirements"
)
_ERROR = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d{1,9})(?::\d+)?: error: (?P<said>.*?)(?:  ?\[(?P<code>[a-z0-9-]+)\])?$",
    re.MULTILINE,
)
_FIXED = (
    "--no-error-summary", "--show-error-codes", "--no-pretty", "--no-color-output", "--hide-error-context",
    "--no-incremental", "--cache-dir=/dev/null",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """`targets`: paths to check where the project names none; empty: its packages."""

    targets: tuple[str, ...] = ()


def open(settings: Settings, tools: Tools) -> Check:
    return Mypy(settings)


@dataclass(frozen=True, slots=True)
class Mypy:
    settings: Settings

    @property
    def role(self) -> Literal["types"]:
        return "types"

    def absent(self, scene: Scene) -> str:
        return "the project does not configure mypy" if not _set_up(scene) else self.unable(scene)

    def unable(self, scene: Scene) -> str:
        if _set_up(scene) and scene.problem:
            return f"the environment is not there: {scene.problem}"
        return ABSENT if _set_up(scene) and "mypy" not in scene.packages else ""

    def read(self, scene: Scene) -> Reading:
        named = configuration(scene.texts) or {}
        targets = () if set(named) & {"files", "packages", "modules"} else self._targets(scene)
        ended = scene.start([scene.python, "-m", "mypy", *_FIXED, *targets])
        if ended.exit_code not in (0, 1):
            why = ended.why()
            return Reading("mypy", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
        report = ended.stdout.decode("utf-8", "replace")
        counts = parse_errors(report)
        if bool(counts) != (ended.exit_code == 1):
            detail = ended.why("its exit code and its errors disagree")
            return Reading("mypy", Outcome.UNKNOWN, ended.seconds, detail=detail)
        outcome = Outcome.FAILED if counts else Outcome.PASSED
        told = Reading("mypy", outcome, ended.seconds, {"errors": float(sum(counts.values()))}, {}, counts)
        return told.saying((_key(one), int(one["line"]), one["said"]) for one in _ERROR.finditer(report))

    def _targets(self, scene: Scene) -> tuple[str, ...]:
        """The top-level packages, below `src` where there is one."""
        if self.settings.targets:
            return self.settings.targets
        packages = {
            path.removesuffix("/__init__.py") for path in scene.files if path.endswith("/__init__.py")
        }
        tops = {path for path in packages if path.rpartition("/")[0] not in packages}
        below = sorted(path for path in tops if path.startswith("src/"))
        return tuple(below or sorted(path for path in tops if not path.startswith(("test", "doc"))) or ["."])


def _set_up(scene: Scene) -> bool:
    return configuration(scene.texts) is not None


def configuration(texts: Mapping[str, str]) -> Mapping[str, object] | None:
    """The project's own settings for mypy from the file it would read; None when there are none."""
    for name in ("mypy.ini", ".mypy.ini", "setup.cfg"):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(texts.get(name, ""))
        except configparser.Error:
            continue  # mypy would refuse it as well.
        if parser.has_section("mypy"):
            return dict(parser["mypy"])
    try:
        tool = read_toml(texts.get("pyproject.toml", "")).get("tool")
    except tomllib.TOMLDecodeError:
        return None
    table = tool.get("mypy") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def parse_errors(report: str) -> dict[str, int]:
    """Errors per `path|code`; one without a code counts as `misc`."""
    return dict(sorted(Counter(map(_key, _ERROR.finditer(report))).items()))


def _key(match: re.Match[str]) -> str:
    return f"{match['path']}|{match['code'] or 'misc'}"
