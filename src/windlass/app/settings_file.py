"""Change single settings in a windlass.toml and leave everything else as its owner wrote it."""

import os
import re
import tempfile
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from windlass.kernel import Conflict, Invalid, Unavailable

HEAD: Final = "What windlass may do here. `windlass config show --origin` lists every setting."
SOURCE_MAX: Final = 100
_SHORT: Final = {"agents.agent": "agents"}
"""Settings that have a shorter way to be written: `[[agents]]` is `[[agents.agent]]`."""


def changed(text: str, settings: Sequence[tuple[str, object, str]]) -> str:
    """The file's text with these settings: dotted path, value as TOML has it, and where it is from.

    A list of tables that is there keeps its tables; those of the same name are changed, others are added.
    """
    try:
        document = tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise Invalid(f"windlass.toml is not valid TOML: {error}", hint="mend that line first") from error
    if not text.strip():
        document.add(tomlkit.comment(HEAD))
    for path, value, source in settings:
        # A remark ends with its line: what could end it stays out.
        _put(document, path, value, re.sub(r"[^\x20-\x7e]+", " ", source)[:SOURCE_MAX])
    return tomlkit.dumps(document)


def _put(document: MutableMapping[str, Any], path: str, value: object, source: str) -> None:
    short = _SHORT.get(path)
    if short is not None and not isinstance(document.get(short), MutableMapping):
        path = short
    *above, last = path.split(".")
    apart = not _ends_in_tables(document)
    for depth, name in enumerate(above, 1):
        if name not in document:
            # A table that only holds tables has no line of its own.
            document[name] = tomlkit.table(is_super_table=_of_tables(value) or depth < len(above))
        document = document[name]
    if not _of_tables(value):
        item = tomlkit.item(value)
        if not getattr(getattr(document.get(last), "trivia", None), "comment", ""):
            item.comment(f"from {source}")  # An owner's own remark stays where there is one.
        document[last] = item
    else:
        assert isinstance(value, list)
        _put_tables(document, last, value, source, apart=apart)


def _ends_in_tables(document: MutableMapping[str, Any]) -> bool:
    *_, last = [None, *document.values()]
    return isinstance(last, AoT) or (isinstance(last, Table) and last.is_super_table())


def _of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _put_tables(
    document: MutableMapping[str, Any],
    name: str,
    tables: Sequence[dict[str, Any]],
    source: str,
    *,
    apart: bool,
) -> None:
    there = document.get(name)
    if there is not None and not isinstance(there, AoT):
        # Written as one inline list: it is written anew, with what it held.
        held = {one.get("name"): one for one in there.unwrap() if isinstance(one, dict)}
        document[name] = [*({**held, **{one["name"]: one for one in tables}}).values()]
        return
    if there is None:
        document[name] = tomlkit.aot()
        there = document[name]
    known = {table.get("name"): table for table in there}
    for one in tables:
        table = known.get(one["name"])
        if table is None:
            table = tomlkit.table()
            table.comment(f"from {source}")
            # The library leaves a line free before a table of a list, but not after another one.
            free = there[-1].as_string().endswith("\n\n") if len(there) else apart
            table.trivia.indent = "" if free else "\n"
            there.append(table)
            table = there[-1]
        for key, value in one.items():
            table[key] = value


def read_text(place: Path) -> str | None:
    """What the file says; None where there is none."""
    try:
        return place.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise Invalid(f"{place} is not UTF-8 (byte {error.start})", hint="save it as UTF-8") from error
    except OSError as error:
        raise Unavailable(f"{place} cannot be read: {error.strerror}", hint="make it readable") from error


class Replacement:
    """A file's new text, written beside it already: what is left to do is one rename, or to let it go."""

    def __init__(self, place: Path, text: str, before: str | None) -> None:
        # A link in the data home is its owner's way to keep the file elsewhere.
        self._place, self._before = Path(os.path.realpath(place)), before
        try:
            number, name = tempfile.mkstemp(dir=self._place.parent, prefix=".windlass-", suffix=".toml")
            self._beside = Path(name)
            with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if before is not None:
                self._beside.chmod(self._place.stat().st_mode & 0o777)
        except OSError as error:
            raise Unavailable(
                f"{place} cannot be written: {error.strerror}",
                hint="make that folder writable and free some space",
            ) from error

    def put(self) -> None:
        """Let it take the file's place; Conflict where somebody changed the file meanwhile."""
        if read_text(self._place) != self._before:
            raise Conflict(f"{self._place} was changed meanwhile", hint="import again")
        try:
            os.replace(self._beside, self._place)
        except OSError as error:
            raise Unavailable(f"{self._place} cannot be written: {error.strerror}") from error

    def __enter__(self) -> "Replacement":
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.unlink(missing_ok=True)
