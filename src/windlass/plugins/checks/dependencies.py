"""Hold what a tree depends on against advisories that the owner has downloaded. No network, no program."""

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from windlass import scan
from windlass.kernel import NotFound, Tools, WindlassError, iso
from windlass.verify import Check, Outcome, Reading, Scene

TOLD_MAX: Final = 20
SUMMARY_MAX: Final = 200
DAY_S: Final = 86_400.0
AHEAD_S: Final = DAY_S
"""An entry from later than this is no sign of a fresh database."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`folder`: of the zips, empty for none. `age_max_s`: how old their newest entry may be. `zips` and `day`
    tell this look from others, since what other advisories said, or the same on another day, is no evidence.
    """

    folder: str = ""
    age_max_s: float = 14 * DAY_S
    zips: Sequence[object] = ()
    day: int = 0


def open(settings: Settings, tools: Tools) -> Check:
    return Dependencies(settings, tools)


@dataclass(frozen=True, slots=True)
class Dependencies:
    settings: Settings
    tools: Tools

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    def absent(self, scene: Scene) -> str:
        if not self.settings.folder:
            return "[security] advisory.folder names no advisories"
        return "" if any(map(scan.lockfile.reads, scene.changed)) else "no dependencies are changed"

    def read(self, scene: Scene) -> Reading:
        began = time.monotonic()
        paths = scene.having(scan.lockfile.reads)
        listed = scan.lockfile.listed(paths, scene.contents(paths, scan.lockfile.FILE_MAX))
        every = scan.lockfile.settled(listed, {} if scene.problem else scene.packages)
        counts, why, unknown, ages = Counter[str](), dict[str, str](), [*every.unknown], list[str]()
        for ecosystem in sorted({one.ecosystem for one in every.found}):
            mine = [one for one in every.found if one.ecosystem == ecosystem]
            try:
                advisories = self._advisories(ecosystem, {one.name for one in mine})
            except WindlassError as error:
                unknown.append(f"{error} ({error.hint})")
                continue
            ages.append(f"{ecosystem} of {iso(advisories.newest)}")
            unknown += self._old(ecosystem, advisories)
            for one in mine:
                weak, unsure = _about(one, advisories)
                counts.update([*weak])
                why |= weak
                unknown += unsure
        outcome = Outcome.FAILED if counts else Outcome.UNKNOWN if unknown else Outcome.PASSED
        told = [f"{len(paths)} files, {len(every.found)} versions, advisories: {', '.join(ages) or 'none'}"]
        told += unknown[:TOLD_MAX]
        told += [f"and {len(unknown) - TOLD_MAX} more"] if unknown[TOLD_MAX:] else []
        metrics = {"findings": float(counts.total()), "unread": float(len(unknown))}
        return Reading(
            "dependencies", outcome, time.monotonic() - began, metrics, {}, dict(sorted(counts.items())),
            "; ".join(told), why=why,
        )  # fmt: skip

    def _advisories(self, ecosystem: str, names: Collection[str]) -> scan.database.Advisories:
        if not self.settings.folder:
            hint = "download them, and name their folder in [security] advisory.folder"
            raise NotFound(f"no advisories of {ecosystem}", hint=hint)
        return scan.database.load(Path(self.settings.folder), ecosystem, names)

    def _old(self, ecosystem: str, advisories: scan.database.Advisories) -> list[str]:
        """Why the advisories do not clear anybody."""
        age = self.tools.clock() - advisories.newest
        told = []
        if age > self.settings.age_max_s:
            told.append(
                f"the newest advisory of {ecosystem} is {age / DAY_S:.0f} days old: download them again"
            )
        if age < -AHEAD_S:
            told.append(f"the newest advisory of {ecosystem} is from the future: download them again")
        if advisories.unread:
            told.append(f"{advisories.unread} advisories of {ecosystem} cannot be read")
        return told


def _about(
    one: scan.lockfile.Dependency, advisories: scan.database.Advisories
) -> tuple[dict[str, str], list[str]]:
    """The advisories about a dependency, each once under whichever of its names comes first, with its
    summary; and those nobody can compare. The version is no part of a finding's name: raised from one weak
    version to another, nothing is new.
    """
    found, unknown, seen = dict[str, str](), list[str](), set[str]()
    for entry in advisories.of(one.name):
        affects, names = scan.about(entry, one.ecosystem, one.name, one.version), _names(entry)
        if affects and not names & seen:
            seen |= names
            summary = str(entry.get("summary") or "")[:SUMMARY_MAX]
            found[f"{one.path}|{entry['id']} {one.name}"] = f"{one.version}: {summary}".removesuffix(": ")
        elif affects is None:
            unknown.append(f"{entry['id']} cannot be compared with {one.name} {one.version}")
    return found, unknown


def _names(entry: Mapping[str, Any]) -> set[str]:
    aliases = entry.get("aliases")
    return {str(one) for one in (entry["id"], *(aliases if isinstance(aliases, list) else ()))}
