"""`config import`: bring what stands in the founding tools' files and variables into windlass's own places.

Settings go into the owner's windlass.toml of the repository, so that afterwards the file or variable can be
deleted and nothing changes; entries of backlog.yml go into the backlog. All of it, or nothing.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from windlass import backlog, history
from windlass.app.config import DEFAULT, RESTRICTED, Loaded, user_file, value_of
from windlass.app.config_layers import LEGACY, Mistake
from windlass.app.config_sections import KEYS
from windlass.app.founding import (
    ENVIRONMENT,
    JOINED,
    KINDS,
    VARIABLES,
    Reading,
    Told,
    brief,
    join,
    read_document,
    read_variables,
    unread,
)
from windlass.app.founding_agents import read_agents
from windlass.app.founding_files import BACKLOG, Source, found_in, named_files, parsed
from windlass.app.settings_file import Replacement, changed, read_text
from windlass.app.wiring import Plant, Wish, open_plant, settings_of, settings_place
from windlass.backlog import Imported
from windlass.history import Act
from windlass.kernel import Invalid
from windlass.store import Transaction

KIND_NAMES: Final = tuple(kind.name for kind in KINDS)
NAMES: Final = (*(kind.places[0] for kind in KINDS), *VARIABLES)
"""What is looked for where nothing is named."""
PROBLEMS_MAX: Final = 50
"""Mistakes of one file that are told."""


class Outcome(Enum):
    """What became of one key. Only the first two change something."""

    SET = "set"
    REPLACED = "replaced"
    ALREADY = "already so"
    KEPT = "kept"
    OVERRULED = "overruled"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Line:
    """One key that was found, and what became of it; `why` says more."""

    source: str
    key: str
    value: str
    setting: str
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """Every key, the file that was written (None: no need, or a dry run), what the backlog got."""

    lines: tuple[Line, ...]
    place: Path
    written: bool
    backlog: Imported | None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for. `kind`: what all the files are, whatever their names."""

    repo: Path | None = None
    files: tuple[Path, ...] = ()
    kind: str | None = None
    replace: bool = False
    dry_run: bool = False
    by: str = "windlass"


@dataclass(frozen=True, slots=True)
class _Found:
    """What all sources give to one setting: the strongest source counts. `label`: what it is called there."""

    setting: str
    source: str
    value: object
    label: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Settings as they are without the founding files and variables, and with them where these load."""

    without: Loaded
    now: Loaded
    place: Path
    user: str
    replace: bool


def bring(request: Request, env: Mapping[str, str]) -> Brought:
    """Import what is asked for, or what is there; Invalid with every mistake, and then nothing is written."""
    if request.kind is not None and request.kind not in KIND_NAMES:
        raise Invalid(f"there is no kind of file {request.kind!r}", hint=f"known: {', '.join(KIND_NAMES)}")
    # REPO_ROOT says where to look; what else the variables say is only about to be brought in.
    plain = {name: value for name, value in env.items() if name == "REPO_ROOT" or name not in LEGACY}
    with open_plant(Wish(repo=request.repo, founding=False), plain) as plant:
        top = plant.checkout.path
        sources = named_files(top, request.files, request.kind) if request.files else found_in(top)
        text = next((source for source in sources if source.kind == BACKLOG), None)
        trial, wrong = _tried(plant, text, request)
        readings = _readings(sources, {} if request.files else env, trial, wrong)
        standing = _standing(plant, env, replace=request.replace)
        lines, settings = decide(readings, standing)
        before = read_text(standing.place)
        after = changed(before or "", settings) if settings else before or ""
        # The whole configuration with the new file, before anything is written.
        settings_of(
            plant.home, plant.checkout, plant.mirror, Wish(repo=top, founding=False), plain,
            owned=after.encode(),
        )  # fmt: skip
        owner = plant.home.owner() or ""
        if request.dry_run:
            return Brought(lines, standing.place, False, trial, owner)
        if not settings:
            return Brought(lines, standing.place, False, _backlog(plant, text, request), owner)
        with Replacement(standing.place, after, before) as replacement:
            done = _backlog(plant, text, request)
            replacement.put()
        return Brought(lines, standing.place, True, done, owner)


def _tried(plant: Plant, source: Source | None, request: Request) -> tuple[Imported | None, list[Mistake]]:
    """What the backlog would get, or everything that is wrong with its file."""
    try:
        return _backlog(plant, source, replace(request, dry_run=True)), []
    except Invalid as error:
        assert source is not None
        told: Any = error.details.get("problems", (str(error),))
        return None, [Mistake(source.name, "", None, str(problem)) for problem in told[:PROBLEMS_MAX]]


def _readings(
    sources: Sequence[Source], env: Mapping[str, str], trial: Imported | None, wrong: Sequence[Mistake]
) -> list[Reading]:
    """The variables first, for they go before the files; Invalid with the mistakes of all of them."""
    readings, mistakes = [read_variables(env)], list[Mistake]()
    for source in sources:
        if source.kind == BACKLOG:
            readings.append(read_document(BACKLOG, source.name, trial and trial.rest))
            continue
        try:
            readings.append(_reading(source))
        except Invalid as error:
            told = str(error).removeprefix(f"{source.name}: ")
            if (reading := unread(source.kind, source.name, told)) is not None:
                readings.append(reading)
            else:
                mistakes.append(Mistake(source.name, "", None, told))
    if mistakes := [*(one for reading in readings for one in reading.mistakes), *mistakes, *wrong]:
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise Invalid(
            f"nothing was imported, because of {count}:" + "".join(f"\n  {one.line()}" for one in mistakes),
            hint="correct the file or the variable, and import again", mistakes=tuple(mistakes),
        )  # fmt: skip
    return readings


def _reading(source: Source) -> Reading:
    if source.kind == "agents":
        return read_agents(source.name, parsed(source), owners=source.named)
    return read_document(source.kind, source.name, parsed(source))


def _standing(plant: Plant, env: Mapping[str, str], *, replace: bool) -> Standing:
    variables = {*LEGACY, *(key.variable for key in KEYS.values())}
    files = {name: value for name, value in env.items() if name not in variables}

    def load(*, founding: bool) -> Loaded:
        wish = Wish(repo=plant.checkout.path, founding=founding)
        return settings_of(plant.home, plant.checkout, plant.mirror, wish, files)

    without = load(founding=False)
    try:
        now = load(founding=True)
    except Invalid:
        now = without  # With such files windlass does not start, so they are not in force.
    place = settings_place(plant.home, plant.checkout.path)
    return Standing(without, now, place, str(user_file(env)), replace)


def decide(
    readings: Sequence[Reading], standing: Standing
) -> tuple[tuple[Line, ...], list[tuple[str, object, str]]]:
    """What becomes of every key, and what is to be written: path, value, source."""
    found: dict[str, _Found] = {}
    for reading in readings:
        for setting in dict.fromkeys(one.setting for one in reading.told if one.setting):
            parts = _parts(reading, setting)
            label = parts[0].key if reading.source == ENVIRONMENT else reading.source
            given = _Found(setting, reading.source, join(setting, parts), label)
            if setting == RESTRICTED and (first := found.pop(setting, None)) is not None:
                both = [*_list(first.value), *_list(given.value)]
                given = _Found(setting, given.source, both, f"{first.label}, {given.label}")
            found.setdefault(setting, given)
    fates: dict[str, tuple[Outcome, str]] = {}
    settings: list[tuple[str, object, str]] = []
    for one in found.values():
        outcome, why, value = _fate(one, standing)
        fates[one.setting] = outcome, why
        if outcome in (Outcome.SET, Outcome.REPLACED):
            settings.append((one.setting, value, one.label))
    lines = [_line(reading, told, found, fates) for reading in readings for told in reading.told]
    return tuple(lines), settings


def _parts(reading: Reading, setting: str) -> list[Told]:
    return [one for one in reading.told if one.setting == setting]


def _line(
    reading: Reading,
    told: Told,
    found: Mapping[str, _Found],
    fates: Mapping[str, tuple[Outcome, str]],
) -> Line:
    if not told.setting:
        return Line(reading.source, told.key, told.value, "", Outcome.LEFT, told.why)
    shown = f"{told.setting} {told.detail}".rstrip()
    outcome, why = fates[told.setting]
    taken = found[told.setting]
    other = taken.label if taken.source != reading.source else "another key"
    joined = told.setting in JOINED and taken.source == reading.source
    if told.setting != RESTRICTED and not joined and told.part != taken.value:
        outcome, why = Outcome.OVERRULED, f"{other} says otherwise"
    return Line(reading.source, told.key, told.value, shown, outcome, why)


def _fate(one: _Found, standing: Standing) -> tuple[Outcome, str, object]:
    """What becomes of one setting, why, and its value as it is to be written."""
    key = KEYS[one.setting]
    origin = standing.without.origins.get(one.setting, DEFAULT)
    there = value_of(standing.without.config, key)
    if one.setting == RESTRICTED:
        # Invariant: an import only ever adds to what is restricted.
        paths = list(dict.fromkeys([*_list(value_of(standing.now.config, key)), *_list(one.value)]))
        if origin == str(standing.place) and {*paths} <= {*_list(there)}:
            return Outcome.ALREADY, "", paths
        return Outcome.SET, "", paths
    if origin != DEFAULT and key.shape.read(one.value) == there:
        return Outcome.ALREADY, "" if origin == str(standing.place) else f"in {origin}", one.value
    weaker = (DEFAULT, standing.user, *(["windlass.toml"] if one.source == ENVIRONMENT else []))
    if origin in weaker:
        return Outcome.SET, "", one.value
    shown, mine = key.shape.show(there), origin == str(standing.place)
    said = f"{brief(shown)} in {'your windlass.toml' if mine else origin}"
    if not standing.replace:
        return Outcome.KEPT, said, one.value
    return Outcome.REPLACED, said, one.value if mine else _with_others(one.value, shown)


def _with_others(value: object, shown: Any) -> object:
    """Of a list of tables that stands elsewhere, those of another name are kept."""
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return value
    names = {table["name"] for table in value}
    return [*value, *(table for table in shown if table["name"] not in names)]


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


class _TakenBack(Exception):
    """Ends the transaction of a dry run, with what it would have done."""

    def __init__(self, done: Imported) -> None:
        super().__init__()
        self.done = done


def _backlog(plant: Plant, source: Source | None, request: Request) -> Imported | None:
    if source is None:
        return None
    number, name = plant.repository.id, os.path.basename(source.name)

    def work(tx: Transaction) -> Imported:
        act = Act("config import", request.by, name, number)
        with history.recording(tx, act, [(thing, None) for thing in backlog.ITEM_THINGS]) as running:
            done = backlog.import_backlog(tx, number, source.text, tx.now(), by=request.by)
            running.tells(f"{name}: {done.added} added, {done.changed} changed")
        if request.dry_run:
            raise _TakenBack(done)
        return done

    try:
        return plant.database.write(work)
    except _TakenBack as told:
        return told.done
