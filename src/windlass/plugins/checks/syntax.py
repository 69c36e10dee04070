"""Compile every changed Python file with the project's own interpreter, without importing or running it."""

import json
from dataclasses import dataclass
from typing import Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

BATCH = 400
"""Files per program start: keeps the argument below the kernel's bound for one word."""
WHY_MAX = 200

_PROGRAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
found = {}
for path in json.loads(sys.argv[1]):
    try:
        with open(path, "rb") as stream:
            compile(stream.read(), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        found[path] = "%s: %s (line %s)" % (
            type(error).__name__, getattr(error, "msg", error), getattr(error, "lineno", "?"))
with open(sys.argv[2], "w") as stream:
    json.dump(found, stream)
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """Nothing to set."""


def open(settings: Settings, tools: Tools) -> Check:
    return Syntax()


@dataclass(frozen=True, slots=True)
class Syntax:
    @property
    def role(self) -> Literal["syntax"]:
        return "syntax"

    def absent(self, scene: Scene) -> str:
        return "" if scene.having(lambda path: path.endswith(".py")) else "no Python files"

    def read(self, scene: Scene) -> Reading:
        paths = [path for path in scene.only if path in scene.files and path.endswith(".py")]
        broken: dict[str, str] = {}
        seconds = 0.0
        for start in range(0, len(paths), BATCH):
            argv = [
                scene.python,
                "-I",
                "-S",
                "-c",
                _PROGRAM,
                json.dumps(paths[start : start + BATCH]),
                "{out}/found.json",
            ]
            ended = scene.start(argv, outputs=("found.json",))
            seconds += ended.seconds
            found = parse_found(ended.outputs.get("found.json"))
            if ended.exit_code != 0 or found is None:
                why = ended.why()
                return Reading("syntax", Outcome.UNKNOWN, seconds, scene.blame(ended), detail=why)
            broken.update(found)
        counts = {f"{path}|syntax": 1 for path in broken}
        detail = "\n".join(f"{path}: {why}" for path, why in broken.items())
        outcome = Outcome.FAILED if broken else Outcome.PASSED
        whys = {f"{path}|syntax": " ".join(said.split())[:WHY_MAX] for path, said in broken.items()}
        return Reading("syntax", outcome, seconds, {"files": len(paths)}, {}, counts, detail, why=whys)


def parse_found(report: bytes | None) -> dict[str, str] | None:
    """Broken files and why; None when the report is none."""
    try:
        found = json.loads(report or b"")
    except ValueError:
        return None
    return {str(path): str(why) for path, why in found.items()} if isinstance(found, dict) else None
