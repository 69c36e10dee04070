"""A site: everything that work on one tended repository needs, put together once by the composition root."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windlass.backlog import Repository
from windlass.dispatch.box import Kit
from windlass.dispatch.budget import Budget
from windlass.dispatch.lease import ATTEMPTS_MAX, TTL_S
from windlass.dispatch.model import Budgets
from windlass.dispatch.runner import RunnerSpec
from windlass.forge import Forge
from windlass.kernel import Clock
from windlass.plan import Playbooks, playbooks
from windlass.policy import Scope
from windlass.sandbox import Launcher
from windlass.store import Database, Starter
from windlass.workspace import Author, Checkout, Mirror


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a site keeps what can be made again; all of it in the data home."""

    attempts: Path
    checkouts: Path
    environments: Path
    patches: Path
    trash: Path


@dataclass(frozen=True, slots=True)
class Site:
    """One tended repository with its database, mirror, sandbox and settings.

    `node` names this boot of this process. `verify`, `mesh`, `ratchet` and `conflicts` are the settings of
    those rooms.
    `skills`: what the tasks of a lane ask of an instance, by the lane's name.
    `tries_max`: how often a landing is built anew because its branch moved, before a person is asked.
    `at_once`: how many batches of a branch are judged side by side; 0: as the cores allow.
    `spares`: how many work trees are made ahead of claims. `forge`: the host whose branch counts; None: the
    user's own.
    """

    database: Database
    repository: Repository
    checkout: Checkout
    mirror: Mirror
    launcher: Launcher
    folders: Folders
    clock: Clock
    start: Starter
    scope: Scope
    author: Author
    runners: Mapping[str, RunnerSpec]
    node: str
    verify: Mapping[str, Any]
    autonomy: str
    land: bool
    lease_s: float = TTL_S
    attempts_max: int = ATTEMPTS_MAX
    tries_max: int = 5
    at_once: int = 1
    spares: int = 0
    mesh: Mapping[str, Any] = field(default_factory=dict)
    ratchet: Mapping[str, Any] = field(default_factory=dict)
    conflicts: Mapping[str, Any] = field(default_factory=dict)
    skills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kit: Kit = Kit()  # noqa: RUF009, a frozen value
    budget: Budget = Budget()  # noqa: RUF009, a frozen value
    playbooks: Playbooks = field(default_factory=playbooks)
    forge: Forge | None = None

    @property
    def budgets(self) -> Budgets:
        """The budget with the number of its repository, where there is one."""
        return ((self.repository.id, self.budget),) if self.budget else ()

    @property
    def main_ref(self) -> str:
        """Where the mirror keeps the branch that work starts from."""
        return f"refs/windlass/user/heads/{self.repository.main}"
