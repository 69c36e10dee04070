"""Hold the licences of what is installed for the project against the owner's lists."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from windlass import scan
from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

PACKAGES_MAX = 20_000
PROBE = """
import json, sys
from importlib.metadata import distributions
told = []
for one in distributions():
    data = one.metadata
    told.append({
        "name": data["Name"], "version": data["Version"], "expression": data.get("License-Expression"),
        "license": (data.get("License") or "")[:1000],
        "classifiers": [c for c in data.get_all("Classifier") or () if c.startswith("License ::")],
    })
json.dump(told, open(sys.argv[1], "w"))
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """SPDX names. An empty `allow` allows what is not denied; with both empty nobody was asked anything."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


def open(settings: Settings, tools: Tools) -> Check:
    return Licences(settings)


@dataclass(frozen=True, slots=True)
class Licences:
    settings: Settings

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    def absent(self, scene: Scene) -> str:
        if not self.settings.allow and not self.settings.deny:
            return "[security] licence.allow and licence.deny name no licences"
        return "" if any(map(scan.lockfile.reads, scene.changed)) else "no dependencies are changed"

    def read(self, scene: Scene) -> Reading:
        if not self.settings.allow and not self.settings.deny:
            return Reading("licences", Outcome.UNKNOWN, detail=self.absent(scene))
        if scene.problem:
            return Reading("licences", Outcome.UNKNOWN, detail=f"no environment: {scene.problem}")
        ended = scene.start([scene.python, "-I", "-c", PROBE, "{out}/told.json"], outputs=("told.json",))
        told = parse_told(ended.outputs.get("told.json"))
        if ended.exit_code != 0 or told is None:
            return Reading("licences", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=ended.why())
        others = scene.having(lambda path: scan.lockfile.reads(path) and not scan.lockfile.of_python(path))
        counts, why = dict[str, int](), dict[str, str]()
        unknown = [f"{path}: licences are read of installed Python distributions alone" for path in others]
        for one in sorted(told, key=lambda one: str(one["name"])):
            meanings = scan.licence.expressions(one)
            allowed = scan.licence.agreed(meanings, self.settings.allow, self.settings.deny)
            named = f"{one['name']} {one['version']}"
            if allowed is None:
                unknown.append(f"{named}: {' or '.join(meanings[:4]) or 'it states none that is certain'}")
            elif not allowed:
                rule = f"|{one['name']} {' or '.join(meanings[:4])}"
                counts[rule], why[rule] = 1, f"{named} is not allowed"
        outcome = Outcome.FAILED if counts else Outcome.UNKNOWN if unknown else Outcome.PASSED
        detail = "; ".join([f"{len(told)} distributions", *unknown[:20]])
        metrics = {"findings": float(len(counts)), "unread": float(len(unknown))}
        return Reading("licences", outcome, ended.seconds, metrics, {}, counts, detail, why=why)


def parse_told(content: bytes | None) -> list[dict[str, Any]] | None:
    """What the environment says of its distributions; None where that is nothing."""
    try:
        told = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list) or not 0 < len(told) <= PACKAGES_MAX:
        return None
    return told if all(map(_sound, told)) else None


def _sound(one: object) -> bool:
    """Whether it is what the probe writes of a distribution."""
    if not isinstance(one, dict) or not {"name", "version"} <= one.keys():
        return False
    texts = (one.get(key) for key in ("name", "version", "expression", "license"))
    classifiers = one.get("classifiers", [])
    whole = isinstance(classifiers, list) and all(isinstance(each, str) for each in classifiers)
    return whole and all(each is None or isinstance(each, str) for each in texts)
