"""What this room needs of the place it works in; `dispatch.Site` is one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from windlass.kernel import Clock
from windlass.plan import Playbooks
from windlass.sandbox import Launcher
from windlass.store import Database, Starter
from windlass.workspace import Mirror


class Folders(Protocol):
    @property
    def checkouts(self) -> Path: ...
    @property
    def environments(self) -> Path: ...


class Repository(Protocol):
    @property
    def id(self) -> int: ...


class Site(Protocol):
    """`verify` is the settings table of this room; see `settings.py`."""

    @property
    def database(self) -> Database: ...
    @property
    def repository(self) -> Repository: ...
    @property
    def mirror(self) -> Mirror: ...
    @property
    def main_ref(self) -> str: ...
    @property
    def launcher(self) -> Launcher: ...
    @property
    def folders(self) -> Folders: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def start(self) -> Starter: ...
    @property
    def playbooks(self) -> Playbooks: ...
    @property
    def verify(self) -> Mapping[str, Any]: ...
