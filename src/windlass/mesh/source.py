"""The port to commits: where work starts, how a result comes in, and what of it is offered.

Everything that comes in was made by a stranger: it goes through the import checks whichever way it came.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from windlass.dispatch import Lease, Made, Refusal, Site, Submission, Task, start_of, take_in
from windlass.kernel import Denied, NotFound, Unavailable
from windlass.workspace import ImportBudget, line_of

BUDGET: Final = ImportBudget()
REMOTE: Final = "remote"
"""The sandbox level of work that was done elsewhere: nothing of it ran here, and its pack was checked."""


class Source(Protocol):
    """Commits of the repositories that this process tends."""

    def tends(self, repository: int) -> bool:
        """Whether there can be anything from or for this repository."""
        ...

    def start(self, task: Task) -> str:
        """The commit that work on a task starts from."""
        ...

    def offer(self, task: Task, lease: Lease, commit: str, note: str) -> Submission:
        """Check and pin a commit as this attempt's result.

        Raises NotFound when the commit has not reached windlass and Denied for what may not be taken.
        """
        ...

    def take(self, task: Task, lease: Lease, commit: str, pack: Path) -> None:
        """Take in a pack that brings `commit`; it may lean on the commit the work started from."""
        ...

    def pack(self, task: Task) -> tuple[str, Path]:
        """The commit to start from, and a file of the caller's with all of it as a pack."""
        ...


@dataclass(frozen=True, slots=True)
class SiteSource:
    """The mirrors of this process, by repository."""

    sites: Mapping[int, Site]

    def tends(self, repository: int) -> bool:
        return repository in self.sites

    def start(self, task: Task) -> str:
        return start_of(self._site(task), task)

    def offer(self, task: Task, lease: Lease, commit: str, note: str) -> Submission:
        site = self._site(task)
        if not self._has(site, commit):
            raise NotFound(
                f"commit {commit} has not reached windlass",
                hint=f"upload its pack, or push it to the branch {lease.branch} of the tended repository",
            )
        base = self._base(site, task, commit)
        if base == commit:
            return self._unchanged(site, lease, commit, note)
        with tempfile.NamedTemporaryFile(dir=site.mirror.tmp, prefix="offer-") as file:
            site.mirror.pack([commit], [base], file)
            file.flush()
            made = Made(base, commit, Path(file.name), note)
            return _taken(take_in(site, lease, made, paths=paths_of(task), sandbox=REMOTE))

    def take(self, task: Task, lease: Lease, commit: str, pack: Path) -> None:
        site = self._site(task)
        made = Made(self._left(site, task, commit, pack), commit, pack)
        _taken(take_in(site, lease, made, paths=paths_of(task), sandbox=REMOTE))

    def pack(self, task: Task) -> tuple[str, Path]:
        site = self._site(task)
        base = start_of(site, task)
        handle = tempfile.NamedTemporaryFile(dir=site.mirror.tmp, prefix="base-", delete=False)  # noqa: SIM115
        with handle as file:
            site.mirror.pack([base], [], file)
        return base, Path(handle.name)

    def _site(self, task: Task) -> Site:
        site = self.sites.get(task.repository_id)
        if site is None:
            raise Unavailable(
                f"the repository of task {task.id} is not tended here", hint="ask the server that tends it"
            )
        return site

    def _has(self, site: Site, commit: str) -> bool:
        if not site.mirror.exists(commit):
            site.mirror.sync(site.checkout)
        return site.mirror.exists(commit)

    def _left(self, site: Site, task: Task, commit: str, pack: Path) -> str:
        """Where the line of a new commit leaves what we know: main may have moved on since the claim."""
        main = site.mirror.ref(site.main_ref)
        for one in line_of(site.mirror, pack, commit, BUDGET):
            if one == task.base or (main is not None and self._precedes(site, one, main)):
                return one
        return start_of(site, task)

    def _precedes(self, site: Site, commit: str, main: str) -> bool:
        return site.mirror.exists(commit) and site.mirror.is_ancestor(commit, main)

    def _base(self, site: Site, task: Task, commit: str) -> str:
        """What the change is counted from: the commit of the chain so far, or where it left main."""
        start = start_of(site, task)
        if site.mirror.is_ancestor(start, commit):
            return start
        main = site.mirror.ref(site.main_ref)
        left = site.mirror.merge_base(main, commit) if main is not None and task.parent is None else None
        if left is None:
            raise Denied(
                f"commit {commit} does not stand on {start}, where task {task.id} starts",
                hint="commit on top of the base that claim_task named",
            )
        return left

    def _unchanged(self, site: Site, lease: Lease, commit: str, note: str) -> Submission:
        """A guardian found nothing to change: its submission is the commit it looked at."""
        if site.mirror.ref(lease.pin) != commit:
            site.mirror.set_ref(lease.pin, commit, expected=site.mirror.ref(lease.pin))
        tree = site.mirror.tree_of(commit)
        return Submission(lease.task_id, lease.fence, commit, tree, commit, (), 0, REMOTE, note)


def paths_of(task: Task) -> Sequence[str]:
    """The files a task may change; a task that names none is limited by the automation scope alone."""
    return task.spec.allowed or ("*",)


def _taken(found: Submission | Refusal) -> Submission:
    if isinstance(found, Refusal):
        raise Denied(found.detail, hint="correct the commit and submit it again; the lease is still yours")
    return found


@dataclass(slots=True)
class MemorySource:
    """Commits without git, for simulation: what may be offered is told beforehand."""

    commits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Commit to the files it changes."""
    pins: dict[str, str] = field(default_factory=dict)

    def tends(self, repository: int) -> bool:
        return True

    def start(self, task: Task) -> str:
        return task.base

    def offer(self, task: Task, lease: Lease, commit: str, note: str) -> Submission:
        files = () if commit == task.base else self.commits.get(commit)
        if files is None:
            raise NotFound(f"commit {commit} has not reached windlass", hint="upload its pack")
        self.pins[lease.pin] = commit
        return Submission(
            lease.task_id, lease.fence, commit, commit, task.base, files, len(files), REMOTE, note
        )

    def take(self, task: Task, lease: Lease, commit: str, pack: Path) -> None:
        self.commits.setdefault(commit, ("src/a.py",))

    def pack(self, task: Task) -> tuple[str, Path]:
        raise Unavailable("commits in memory have no packs")
