"""Hold migrations of Alembic and Django against each other, run them on an empty SQLite, and compare what
they make with the models.

What files say is read as text. Only inside the sandbox is any of it run, with the project's own packages.
"""

import json
import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from windlass import papers
from windlass.kernel import Tools
from windlass.plugins.checks.migrations import django, revisions
from windlass.plugins.checks.migrations.graph import Fault
from windlass.plugins.checks.migrations.told import parse_told
from windlass.verify import Check, Outcome, Reading, Scene

INSIDE: Final = Path(__file__).with_name("inside.py").read_text()
ALEMBIC: Final = Path(__file__).with_name("alembic_run.py").read_text()
DJANGO: Final = Path(__file__).with_name("django_run.py").read_text()
MIGRATIONS_MAX: Final = 5_000
SIZE_MAX: Final = 256 * 1024
"""Bytes of one migration, or of a file that says where they are."""
LIMIT_S: Final = 600
"""Seconds that the migrations of one project may take."""
NOTES_MAX: Final = 5
DETAIL_MAX: Final = 2_000
WEEKLY: Final = 3
ABSENT: Final = "no migrations of Alembic or Django"
FOREIGN: Final = frozenset({"vendor", "third_party", "node_modules", "site-packages", "venv", ".venv"})
NAMED: Final = "where that matters, name a command of your own in [verify] weekly"


@dataclass(frozen=True, slots=True)
class Settings:
    """`leave_out`: patterns of paths that are not looked at. `off`: nothing is. `always`: look at a tree also
    where nothing of it changed.
    """

    leave_out: Sequence[str] = ()
    off: bool = False
    always: bool = False


def open(settings: Settings, tools: Tools) -> Check:
    return Migrations(settings)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one project's files say, and how to run what they describe; `program` is empty where nothing is
    to be run.
    """

    config: str
    faults: list[Fault]
    unread: list[str]
    package: str
    program: str
    order: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Told:
    """What came of running one. `notes`: why it was not, or not all of it."""

    faults: list[Fault]
    notes: list[str]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Migrations:
    settings: Settings

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    def further(self, texts: Mapping[str, str], tier: int) -> Mapping[str, Mapping[str, object]]:
        """Once a week, whatever changed: models may have gone their own way."""
        return {"migrations": {"always": True}} if tier == WEEKLY else {}

    def absent(self, scene: Scene) -> str:
        if self.settings.off:
            return "[verify] leave_out names it"
        if not _likely(scene):
            return ABSENT
        there = self._files(scene)
        scripts, managers = list(_scripts(scene, there)), _managers(scene, there)
        if not scripts and not managers:
            return ABSENT
        if self.settings.always or any(_touched(path, scripts, managers) for path in scene.changed):
            return ""
        return "no migration is changed"

    def edited(self, scene: Scene, paths: Sequence[str]) -> list[str]:
        """A database that ran a migration does not run it again."""
        if not _likely(scene):
            return []
        there = self._files(scene)
        scripts, managers = list(_scripts(scene, there)), _managers(scene, there)
        ours = [
            path for path in paths if path in there and (
                any(one.holds(path) for one in scripts) or (managers and django.MIGRATION.fullmatch(path))
            )
        ]  # fmt: skip
        why = "is edited or gone, and databases that have run it already stay as they are"
        return [f"changed-migration: {path} {why}" for path in ours[:NOTES_MAX]]

    def read(self, scene: Scene) -> Reading:
        there, faults, unread, notes = self._files(scene), list[Fault](), list[str](), list[str]()
        seconds = 0.0
        for one in (*_alembic(scene, there), *_django(scene, there)):
            faults += one.faults
            unread += one.unread
            if one.unread or any(not fault.rule.startswith(papers.WARNING) for fault in one.faults):
                continue  # what does not hold on paper would only fail again
            told = _ran(scene, one)
            if isinstance(told, Reading):
                return told
            seconds += told.seconds
            faults += told.faults
            notes += [f"{one.config} was not run: {note}; {NAMED}" for note in told.notes]
        return _reading(scene, faults, unread, notes, seconds)

    def _files(self, scene: Scene) -> frozenset[str]:
        spared = [papers.pattern(one) for one in self.settings.leave_out]
        return frozenset(
            path for path in scene.files
            if not FOREIGN & set(path.split("/")) and not any(one.fullmatch(path) for one in spared)
        )  # fmt: skip


def _likely(scene: Scene) -> bool:
    """Whether it is worth a closer look; cheap, since every tree is asked."""
    ends = (revisions.INI, "manage.py")
    return "tool.alembic" in scene.texts.get(revisions.TOML, "") or any(p.endswith(ends) for p in scene.files)


def _scripts(scene: Scene, there: Collection[str]) -> Iterator[revisions.Script]:
    texts = _texts(scene, revisions.configs(there))
    found = (revisions.script(path, text, there) for path, text in sorted(texts.items()))
    seen: set[str] = set()
    for one in found:
        if one is not None and one.env not in seen:
            seen.add(one.env)
            yield one


def _managers(scene: Scene, there: Collection[str]) -> dict[str, str]:
    """Each manage.py of Django with the settings that it names."""
    texts = _texts(scene, [path for path in there if posixpath.basename(path) == "manage.py"])
    return {path: module for path, text in sorted(texts.items()) if (module := django.settings_of(text))}


def _texts(scene: Scene, paths: Sequence[str]) -> dict[str, str]:
    return {path: told.decode("utf-8", "replace") for path, told in scene.contents(sorted(paths), SIZE_MAX)}


def _touched(path: str, scripts: Sequence[revisions.Script], managers: Collection[str]) -> bool:
    own = any(path == one.config or path == f"{one.env}/env.py" or one.holds(path) for one in scripts)
    return own or bool(managers and django.MODELS.fullmatch(path))


def _read(scene: Scene, paths: Sequence[str]) -> tuple[dict[str, bytes], list[str]]:
    """Contents of migrations, and what of them is not read."""
    if len(paths) > MIGRATIONS_MAX:
        return {}, [f"there are more than {MIGRATIONS_MAX} migrations"]
    found = dict(scene.contents(paths, SIZE_MAX))
    return found, [f"{path}: it is larger than {SIZE_MAX >> 10} KiB" for path in paths if path not in found]


def _alembic(scene: Scene, there: Collection[str]) -> Iterator[_Seen]:
    for one in _scripts(scene, there):
        contents, late = _read(scene, sorted(filter(one.holds, there)))
        faults, unread = revisions.faults(one, contents)
        order = {
            "config": one.config, "folder": one.folder, "limit_s": LIMIT_S,
            "back": not any(fault.rule == "warning no-downgrade" for fault in faults),
        }  # fmt: skip
        program = ALEMBIC if contents else ""
        yield _Seen(one.config, faults, [*late, *unread], "alembic", program, order)


def _django(scene: Scene, there: Collection[str]) -> Iterator[_Seen]:
    managers = _managers(scene, there)
    if not managers:
        return
    apps = django.apps(there, _texts(scene, [path for path in there if path.endswith("apps.py")]))
    paths = sorted(path for path in there if django.MIGRATION.fullmatch(path))
    contents, late = _read(scene, paths)
    for manage, folders in django.projects(managers, apps).items():
        faults, unread = django.faults(folders, contents)
        order = {
            "settings": managers[manage], "folder": posixpath.dirname(manage), "limit_s": LIMIT_S,
        }  # fmt: skip
        yield _Seen(manage, faults, [*late, *unread], "django", DJANGO if folders else "", order)


def _ran(scene: Scene, one: _Seen) -> _Told | Reading:
    """What came of it; a reading where nobody can tell."""
    if not one.program:
        return _Told([], [])
    if scene.problem or one.package not in scene.packages:
        return _Told([], [scene.problem or f"{one.package} is not among the requirements for tests"])
    argv = [scene.python, "-c", INSIDE, json.dumps(one.order), "{out}/told.json", one.program]
    ended = scene.start(argv, copy=True, outputs=("told.json",))
    told = parse_told(ended.outputs.get("told.json"), scene.files, one.config)
    if ended.exit_code != 0 or told is None:
        why = ended.why(one.config)
        return Reading("migrations", Outcome.UNKNOWN, ended.seconds, scene.blame(ended), detail=why)
    return _Told(*told, ended.seconds)


def _reading(
    scene: Scene, faults: Sequence[Fault], unread: Sequence[str], notes: Sequence[str], seconds: float
) -> Reading:
    counts = Counter(fault.key for fault in faults)
    why = {fault.key: f"line {fault.line}: {fault.text}" if fault.line else fault.text for fault in faults}
    grave = [key for key in counts if not key.partition("|")[2].startswith(papers.WARNING)]
    metrics = {"findings": float(counts.total()), "unread": float(len(unread))}
    metrics |= scene.broken(len(grave)) if grave else {}
    metrics |= scene.unrun if notes else {}
    outcome = Outcome.FAILED if counts else Outcome.UNKNOWN if unread else Outcome.PASSED
    worst = (f"{key.replace('|', ' ', 1)}: {why[key]}" for key in grave)
    told = [*notes[:NOTES_MAX], *unread[:NOTES_MAX], *worst]
    return Reading(
        "migrations", outcome, seconds, metrics, {}, dict(sorted(counts.items())),
        "; ".join(told)[:DETAIL_MAX], why=why,
    )  # fmt: skip
