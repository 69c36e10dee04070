"""What is wrong with the revisions of Alembic, told from their files. Pure: nothing of them is imported."""

import ast
import configparser
import posixpath
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.kernel import read_toml
from windlass.plugins.checks.migrations.graph import (
    Fault,
    Step,
    assigned,
    before,
    circles,
    ends,
    listed,
    twice,
)

INI: Final = "alembic.ini"
TOML: Final = "pyproject.toml"
_HERE: Final = re.compile(r"%\(here\)s/?")
_APART: Final = re.compile(r"[\s,;:]+")


@dataclass(frozen=True, slots=True)
class Script:
    """Where one set of revisions is. `config`: the file that says so. `folder`: where the program is started.
    `versions`: the folders with revisions; `deep`: those below count too; `named`: somebody says which they
    are.
    """

    config: str
    folder: str
    env: str
    versions: tuple[str, ...]
    deep: bool = False
    named: bool = False

    def holds(self, path: str) -> bool:
        """Whether a path is of a revision."""
        name = posixpath.basename(path)
        if not name.endswith(".py") or name.startswith((".#", "__init__")):
            return False
        folder = posixpath.dirname(path)
        return any(
            folder == one or (self.deep and folder.startswith(f"{one}/")) for one in self.versions
        )


def configs(files: Collection[str]) -> list[str]:
    """Files that may say where revisions are."""
    return sorted(path for path in files if posixpath.basename(path) == INI or path == TOML)


def script(config: str, text: str, files: Collection[str]) -> Script | None:
    """What a configuration says; None where it says nothing of Alembic, or of a folder that is not there."""
    table = _toml(text) if posixpath.basename(config) == TOML else _ini(text)
    here, place = posixpath.dirname(config), str(table.get("script_location") or "")
    env = next((one for one in _places(place, here, files) if f"{one}/env.py" in files), "")
    if not env:
        return None
    told = table.get("version_locations") or ""
    words = [str(one) for one in told] if isinstance(told, list) else _APART.split(str(told))
    named = tuple(_joined(here, word) for word in words if word)
    deep = str(table.get("recursive_version_locations", "")).lower() in ("true", "1", "yes", "on")
    return Script(config, here, env, named or (f"{env}/versions",), deep, bool(named))


def _ini(text: str) -> Mapping[str, object]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return dict(parser["alembic"]) if parser.has_section("alembic") else {}


def _toml(text: str) -> Mapping[str, object]:
    try:
        tool = read_toml(text).get("tool")
    except tomllib.TOMLDecodeError:
        return {}
    table = tool.get("alembic") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


def _places(told: str, here: str, files: Collection[str]) -> Iterator[str]:
    """Folders that a script location may mean: of the configuration, of the tree, of a package."""
    if not told:
        return
    package, colon, rest = _HERE.sub("", told).partition(":")
    if not colon:
        yield from (_joined(here, told), _joined("", told))
        return
    inside = f"{package.replace('.', '/')}/{rest}".strip("/")
    yield inside
    yield from sorted(
        path.removesuffix("/env.py") for path in files if path.endswith(f"/{inside}/env.py")
    )


def _joined(here: str, told: str) -> str:
    return posixpath.normpath(posixpath.join(here, _HERE.sub("", told).strip())).removeprefix("./")


def read(path: str, content: bytes) -> Step | str:
    """The revision in a file; else why there is none to be read."""
    try:
        body = ast.parse(content).body
        said = {name: (value, node.lineno) for node in body for name, value in assigned(node)}
        name = ast.literal_eval(said["revision"][0])
        down, line = said.get("down_revision", (ast.Constant(None), 0))
        parents, labels = ast.literal_eval(down), ast.literal_eval(said.get("branch_labels", (down, 0))[0])
    except KeyError:
        return "it names no `revision`"
    except SyntaxError as error:
        return f"it is no Python: line {error.lineno or 0}"
    except (ValueError, TypeError, RecursionError, MemoryError):
        return "what it names is computed"
    labels = labels if "branch_labels" in said else None
    if not isinstance(name, str) or None in (found := [_texts(parents), _texts(labels)]):
        return "what it names is no text"
    return Step(name, path, found[0] or (), frozenset(found[1] or ()), _bare(body), line)


def _texts(value: object) -> tuple[str, ...] | None:
    """One text or several, as Alembic takes them; None where it is something else."""
    if value is None:
        return ()
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple | set | frozenset):
        return None
    return tuple(str(one) for one in words) if all(isinstance(one, str) for one in words) else None


def _bare(body: Sequence[ast.stmt]) -> bool:
    """Whether a revision does something and says no way back."""
    found = {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
    up, down = found.get("upgrade"), found.get("downgrade")
    return up is not None and not _idle(up) and (down is None or _idle(down))


def _idle(function: ast.FunctionDef) -> bool:
    """Whether there is nothing in it but words, `pass` and a refusal."""
    return all(
        isinstance(one, ast.Pass | ast.Raise)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        or (isinstance(one, ast.Return) and one.value is None)
        for one in function.body
    )


def faults(script: Script, contents: Mapping[str, bytes]) -> tuple[list[Fault], list[str]]:
    """What is wrong with the revisions of a script, and what of them could not be told."""
    found, unread, steps = list[Fault](), list[str](), list[Step]()
    if script.named and not contents:
        unread.append(f"{script.config}: there is no revision where version_locations leads to")
    for path, content in sorted(contents.items()):
        step = read(path, content)
        if isinstance(step, Step):
            steps.append(step)
        elif "computed" in step:
            unread.append(f"{path}: {step}")
        else:
            found.append(Fault(path, "unreadable", step))
    for name in twice([one.name for one in steps]):
        same = [one for one in steps if one.name == name]
        paths = listed([one.path for one in same])
        found += [Fault(one.path, "duplicate-revision", f"{name!r} is in {paths}") for one in same[1:]]
    known = {one.name: one for one in reversed(steps)}
    # With a file that nobody could read, a revision that is missing may be in it.
    sure = [] if unread else [*_missing(steps, known), *_heads(script, known)]
    return [*found, *circles(known), *sure, *map(_no_way_back, filter(_is_bare, steps))], unread


def _missing(steps: Sequence[Step], known: Mapping[str, Step]) -> Iterator[Fault]:
    for one in steps:
        for parent in set(one.parents) - known.keys():
            text = f"no file has the revision {parent[:80]!r}"
            yield Fault(one.path, "missing-revision", text, one.line, parent[:80])


def _heads(script: Script, steps: Mapping[str, Step]) -> Iterator[Fault]:
    """Heads of one branch: what is labelled apart is apart on purpose."""
    branches: dict[frozenset[str], list[str]] = {}
    for name in ends(steps):
        said = frozenset(label for one in before(steps, name) for label in steps[one].branches)
        branches.setdefault(said, []).append(name)
    for label, names in branches.items():
        if len(names) > 1:
            files = listed([f"{name} ({steps[name].path})" for name in names])
            text = f"{len(names)} heads: {files}; `alembic merge heads` makes them one"
            yield Fault(script.config, "several-heads", text, about=" ".join(sorted(label))[:80])


def _is_bare(step: Step) -> bool:
    return step.bare


def _no_way_back(step: Step) -> Fault:
    return Fault(step.path, "warning no-downgrade", "it has an upgrade and no downgrade")
