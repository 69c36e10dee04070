"""Who may come in: the tokens of a data home, opened without any repository."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from windlass import backlog
from windlass.app.config import load, read_file, user_file
from windlass.app.home import Home
from windlass.app.wiring import open_home_database
from windlass.kernel import NotFound
from windlass.store import Database


@dataclass(frozen=True, slots=True)
class Access:
    """The database of one data home, for work on tokens; close it when done."""

    database: Database

    def repository(self, name: str) -> int:
        """The number of a tended repository."""
        known = {one.name: one.id for one in self.database.read(backlog.repositories)}
        if name not in known:
            raise NotFound(
                f"there is no repository {name!r} here", hint=f"known: {', '.join(sorted(known)) or 'none'}"
            )
        return known[name]

    def __enter__(self) -> "Access":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()


def open_access(env: Mapping[str, str]) -> Access:
    """Open the data home's database."""
    home = Home.open(env)
    settings = load(env, user=read_file(user_file(env)))
    return Access(open_home_database(home, settings.config))
