"""Find and read the founding tools' files in a working tree, which may be anybody's: bounded, and never
through a link that leads out of the repository.
"""

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from windlass.app.config_layers import FILE_MAX, Mistake
from windlass.app.founding import KINDS, Kind
from windlass.kernel import Invalid, NotFound, Unavailable

BACKLOG: Final = "backlog"
BACKLOG_MAX: Final = 20_000_000
"""Largest backlog file, in bytes."""
DEPTH_MAX: Final = 50
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENS: Final = (
    yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)  # fmt: skip
_CLOSES: Final = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was found: its kind, its name for people, its text, and whether a person named it."""

    kind: str
    name: str
    text: str
    named: bool


def found_in(top: Path) -> list[Source]:
    """The file of each kind that lies at its place in a working tree."""
    sources = []
    for kind in KINDS:
        place = next((place for place in kind.places if os.path.lexists(top / place)), None)
        if place is not None:
            sources.append(Source(kind.name, place, _read(top / place, top, _most(kind.name)), named=False))
    return sources


def named_files(top: Path, files: Sequence[Path], kind: str | None) -> list[Source]:
    """The files that a person named, each of the kind that its name or `kind` says."""
    sources: dict[str, Source] = {}
    for path in files:
        which = kind or kind_of(path).name
        if which in sources:
            raise Invalid(
                f"{sources[which].name!r} and {str(path)!r} are both of the kind {which}",
                hint="import one after the other",
            )
        sources[which] = Source(which, str(path), _read(path, top, _most(which)), named=True)
    order = [one.name for one in KINDS]
    return sorted(sources.values(), key=lambda source: order.index(source.kind))


def kind_of(path: Path) -> Kind:
    """The kind of file that has this name."""
    names = {place.rpartition("/")[2]: kind for kind in KINDS for place in kind.places}
    if path.name not in names:
        raise Invalid(
            f"{str(path)!r} has the name of no file that windlass can import",
            hint=f"known: {', '.join(names)}; --as says what another name is",
        )
    return names[path.name]


def parsed(source: Source) -> object:
    """What a file holds, as plain values; Invalid where it is no JSON or YAML that windlass takes."""
    return _json(source) if source.kind in ("ratchet", "sla") else _yaml(source)


def _json(source: Source) -> object:
    try:
        return json.loads(source.text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _broken(source, "JSON", error) from error


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _yaml(source: Source) -> object:
    depth = 0
    try:
        for token in yaml.scan(source.text, Loader=_LOADER):
            if isinstance(token, yaml.AliasToken):
                # A few lines of aliases unfold to gigabytes.
                raise ValueError("it uses aliases; write the values out")
            depth += isinstance(token, _OPENS) - isinstance(token, _CLOSES)
            if depth > DEPTH_MAX:
                raise ValueError(f"it is nested deeper than {DEPTH_MAX}")
        return yaml.load(source.text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise _broken(source, "YAML", error) from error


def _broken(source: Source, what: str, error: Exception) -> Invalid:
    said = " ".join(str(error).split())[:300]
    mistake = Mistake(source.name, "", None, f"is no {what} that windlass takes: {said}")
    return Invalid(mistake.line(), mistakes=(mistake,))


def _most(kind: str) -> int:
    return BACKLOG_MAX if kind == BACKLOG else FILE_MAX


def _read(path: Path, top: Path, most: int) -> str:
    """The text of a regular file; one inside the repository may not be a link out of it."""
    real = _followed(path, top)
    try:
        # Without waiting: opening a pipe would. No link either: what it led to was looked at above.
        number = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Invalid(f"{str(path)!r} is no regular file", hint="name a file")
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {str(path)!r}") from error
    except OSError as error:
        raise Unavailable(f"{str(path)!r} cannot be read: {error.strerror}") from error
    if len(data) > most:
        raise Invalid(f"{str(path)!r} is larger than {most} bytes", hint="is it the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{str(path)!r} is not UTF-8 (byte {error.start})", hint="save it as UTF-8") from error


def _followed(path: Path, top: Path) -> Path:
    """Where a path leads; from inside the repository it may not lead out of it."""
    lexical = Path(os.path.abspath(path))
    try:
        real, top_real = Path(os.path.realpath(path)), Path(os.path.realpath(top))
        inside = lexical.is_relative_to(top) or Path(os.path.realpath(lexical.parent)).is_relative_to(
            top_real
        )
    except OSError as error:
        raise Unavailable(f"{str(path)!r} cannot be read: {error.strerror}") from error
    if inside and not real.is_relative_to(top_real):
        raise Invalid(
            f"{str(path)!r} is a link that leads out of the repository", hint="name the file itself"
        )
    return real
