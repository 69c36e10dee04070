"""The audit log of a data home: kept up to date, verified, exported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from windlass import events
from windlass.app.config import load, read_file, user_file
from windlass.app.home import Home
from windlass.app.wiring import open_home_database
from windlass.kernel import NotFound
from windlass.store import Database

SEAL_EVERY_S: Final = 1.0


class Sealer:
    """Seals at most once a second; checkpoints keep the log's own rhythm."""

    def __init__(self, database: Database, keys: Path) -> None:
        self._database = database
        self._signer = events.load_signer(keys)
        self._next = 0.0

    def seal(self, now: float, *, force: bool = False) -> None:
        if force or now >= self._next:
            self._next = now + SEAL_EVERY_S
            events.seal(self._database, self._signer, now, force=force)


@dataclass(frozen=True, slots=True)
class Audit:
    """The log of one data home, for reading."""

    database: Database
    keys: Path

    def verify(self, export: Path | None, *, key: str | None, anchors: Sequence[Path]) -> events.Verdict:
        """Check the log here, or an exported copy, against the key and the anchors."""
        known = key or events.load_signer(self.keys).verifier_key()
        if export is None:
            return events.verify(self.database, known, [read_anchor(anchor) for anchor in anchors])
        if not export.is_dir():
            raise NotFound(
                f"there is no export in {str(export)!r}", hint="make one: windlass audit export FOLDER"
            )
        return events.verify_export(export, known, anchors)

    def export(self, folder: Path) -> int:
        """Write entries, checkpoints and the public key; the number of entries."""
        return events.export(self.database, folder, events.load_signer(self.keys).verifier_key())

    def __enter__(self) -> "Audit":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()


def open_audit(env: Mapping[str, str]) -> Audit:
    """Open the log of the data home; no repository is needed."""
    home = Home.open(env)
    settings = load(env, user=read_file(user_file(env)))
    return Audit(open_home_database(home, settings.config), home.keys)


def read_anchor(path: Path) -> str:
    """A checkpoint that was kept elsewhere."""
    try:
        return path.read_text()
    except OSError as error:
        raise NotFound(f"anchor {str(path)!r} cannot be read: {error.strerror}") from error
