"""What is wrong with the migrations of Django, told from their files. Pure: nothing of them is imported."""

import ast
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.plugins.checks.migrations.graph import (
    Fault,
    Step,
    assigned,
    before,
    circles,
    ends,
    listed,
    turned,
)

MIGRATION: Final = re.compile(r"(?:(?P<app>.+)/)?migrations/(?P<name>[^/_~.][^/.]*)\.py")
MODELS: Final = re.compile(r"(?:.+/)?(?:models\.py|models/.+\.py|migrations/[^/]+\.py)")
"""Files whose change may part models from migrations."""
_SETTINGS: Final = re.compile(r"""["']DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_LABEL: Final = re.compile(r"""^\s+label\s*=\s*["'](\w+)["']""", re.MULTILINE)
_NUMBER: Final = re.compile(r"(\d{2,})_")
NO_CLASS: Final = "it has no class `Migration`"
NUMBER_MAX: Final = 10
"""Migrations of one number that are looked at."""
_ANY: Final = ("__first__", "__latest__")


@dataclass(frozen=True, slots=True)
class Migration:
    """What one file says. `needs`: pairs of app and name. `replaces`: pairs that it stands for."""

    path: str
    needs: tuple[tuple[str, str], ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class App:
    """One app with migrations: how it is called in them, and its folder."""

    label: str
    folder: str
    migrations: dict[str, Migration] = field(default_factory=dict)


def settings_of(manage: str) -> str:
    """The module of settings that a manage.py names; empty where it is none of Django's."""
    found = _SETTINGS.search(manage)
    return found[1] if found else ""


def apps(files: Collection[str], texts: Mapping[str, str]) -> dict[str, str]:
    """Folders of apps that have migrations, with their labels. `texts`: of apps.py where there is one."""
    folders = {found["app"] or "" for path in files if (found := MIGRATION.fullmatch(path))}
    there = sorted(one for one in folders if posixpath.join(one, "migrations/__init__.py") in files)
    return {one: _label(one, texts.get(posixpath.join(one, "apps.py"), "")) for one in there if one}


def projects(managers: Collection[str], folders: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The apps of each manage.py: those below it, or below none and then of the first."""
    found: dict[str, dict[str, str]] = {manage: {} for manage in sorted(managers)}
    tops = sorted(((posixpath.dirname(one), one) for one in found), key=lambda one: -len(one[0]))
    for folder, label in folders.items():
        near = (one for top, one in tops if not top or f"{folder}/".startswith(f"{top}/"))
        found[next(near, next(iter(found)))][folder] = label
    return {manage: apps for manage, apps in found.items() if apps or len(found) == 1}


def _label(folder: str, text: str) -> str:
    found = _LABEL.search(text)
    return found[1] if found else posixpath.basename(folder)


def read(path: str, content: bytes) -> Migration | str:
    """The migration in a file; else why there is none to be read."""
    try:
        body = ast.parse(content).body
    except SyntaxError as error:
        return f"it is no Python: line {error.lineno or 0}"
    except (ValueError, RecursionError, MemoryError):
        return "it cannot be read"
    made = next((one for one in body if isinstance(one, ast.ClassDef) and one.name == "Migration"), None)
    if made is None:
        return NO_CLASS
    said = {name: value for node in made.body for name, value in assigned(node)}
    needs, line = said.get("dependencies"), made.lineno
    pairs = [_pairs(one) if one else () for one in (needs, said.get("replaces"))]
    if None in pairs:
        return "what it names is computed"
    return Migration(path, pairs[0] or (), pairs[1] or (), needs.lineno if needs else line)


def _pairs(value: ast.expr) -> tuple[tuple[str, str], ...] | None:
    """Pairs of texts in a list; what Django computes of the settings is none of the project's own. None where
    it is no list.
    """
    if not isinstance(value, ast.List | ast.Tuple):
        return None
    found = []
    for one in value.elts:
        parts = one.elts if isinstance(one, ast.Tuple | ast.List) else []
        texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
        if len(texts) == 2:
            found.append((texts[0], texts[1]))
        elif not isinstance(one, ast.Call):
            return None
    return tuple(found)


def faults(folders: Mapping[str, str], contents: Mapping[str, bytes]) -> tuple[list[Fault], list[str]]:
    """What is wrong with the migrations of these apps, and what of them could not be told."""
    found, unread = list[Fault](), list[str]()
    made = {folder: App(label, folder) for folder, label in folders.items()}
    for path, content in sorted(contents.items()):
        match = MIGRATION.fullmatch(path)
        if match is None or match["app"] not in made:
            continue
        one = read(path, content)
        if isinstance(one, Migration):
            made[match["app"]].migrations[match["name"]] = one
        elif "computed" in one:
            unread.append(f"{path}: {one}")
        elif one != NO_CLASS or match["name"][0].isdigit():  # other packages are called so, too
            found.append(Fault(path, "unreadable", one))
    if unread:
        return found, unread
    labels = [app.label for app in made.values()]
    sure = {app.label: app for app in made.values() if labels.count(app.label) == 1}
    steps = dict(_steps(sure))
    for app in sure.values():
        found += [*_missing(app, sure), *_leaves(app, steps)]
    return [*found, *circles(steps)], unread


def _steps(known: Mapping[str, App]) -> Iterator[tuple[str, Step]]:
    """All migrations as steps; what another one replaces is that one."""
    stands = {
        f"{label}.{name}": f"{app.label}.{new}"
        for app in known.values() for new, one in app.migrations.items() for label, name in one.replaces
    }  # fmt: skip
    for app in known.values():
        for name, one in app.migrations.items():
            mine = f"{app.label}.{name}"
            if mine in stands:
                continue
            needs = [stands.get(f"{label}.{other}", f"{label}.{other}") for label, other in one.needs]
            inherited = [
                f"{label}.{other}" for old in one.replaces for label, other in _needs_of(known, old)
            ]
            parents = {*needs, *(stands.get(other, other) for other in inherited)} - {mine}
            yield mine, Step(mine, one.path, tuple(sorted(parents)), line=one.line)


def _needs_of(known: Mapping[str, App], pair: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    app = known.get(pair[0])
    found = app.migrations.get(pair[1]) if app else None
    return found.needs if found else ()


def _missing(app: App, known: Mapping[str, App]) -> Iterator[Fault]:
    gone = {pair for one in known.values() for made in one.migrations.values() for pair in made.replaces}
    for one in app.migrations.values():
        for label, name in one.needs:
            other = known.get(label)
            if other is None or name in _ANY or name in other.migrations or (label, name) in gone:
                continue
            about = f"{label}.{name}"[:80]
            yield Fault(one.path, "missing-revision", f"there is no migration {about!r}", one.line, about)


def _leaves(app: App, steps: Mapping[str, Step]) -> Iterator[Fault]:
    """Two ends of one app, and two of one number that no later one joins."""
    own = {name: step for name, step in steps.items() if name.startswith(f"{app.label}.")}
    last = ends(own)
    folder = posixpath.join(app.folder, "migrations/__init__.py")
    if len(last) > 1:
        text = f"{len(last)} leaf nodes: {listed(last)}; `manage.py makemigrations --merge` makes them one"
        yield Fault(folder, "several-heads", text)
    numbers: dict[str, list[str]] = {}
    for name in own:
        if found := _NUMBER.match(name.partition(".")[2]):
            numbers.setdefault(found[1], []).append(name)
    later = turned(own)
    for number, names in sorted(numbers.items()):
        if len(names) > 1 and not _joined(names[:NUMBER_MAX], later):
            text = f"{listed(names)} have one number"
            yield Fault(folder, "warning duplicate-number", text, about=number[:20])


def _joined(names: Sequence[str], later: Mapping[str, Step]) -> bool:
    """Whether they were made side by side and a later one builds upon them all."""
    reach = [before(later, name) for name in names]
    aside = not any(set(names) & seen - {name} for name, seen in zip(names, reach, strict=True))
    return aside and bool(frozenset.intersection(*reach))
