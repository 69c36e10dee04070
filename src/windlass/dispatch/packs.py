"""Submissions travel through the database, so that any server can verify and land what another one took in.

On SQLite one process owns the home and its mirror, so nothing is kept twice. What comes out of the database
is checked like what comes from a worker.
"""

import tempfile
from pathlib import Path
from typing import Final

from windlass.dispatch.model import Submission, pin
from windlass.dispatch.records import drop_packs as drop_packs
from windlass.dispatch.records import keep_pack, kept_pack
from windlass.dispatch.site import Site
from windlass.kernel import Unavailable
from windlass.store import Dialect
from windlass.workspace import ImportBudget, Moved, Refused, import_pack

BUDGET: Final = ImportBudget()
DEPTH_MAX: Final = 50
"""Submissions that stand on each other, none of them landed yet."""


def keep(site: Site, commit: str, base: str, pack: Path) -> None:
    """Put the pack of base..commit where every server finds it; once per commit."""
    if site.database.dialect is Dialect.SQLITE:
        return
    content, repository = pack.read_bytes(), site.repository.id
    site.database.write(lambda tx: keep_pack(tx, repository, (commit, base), content, tx.now()))


def bring(site: Site, submission: Submission) -> None:
    """Have a submission's commit in this server's mirror, pinned; nothing when it is there already."""
    name = pin(submission.task_id, submission.fence)
    if site.mirror.ref(name) is not None:
        return  # whether it is the right one, verification and landing look at themselves
    bring_commit(site, submission.commit)
    try:
        site.mirror.set_ref(name, submission.commit, expected=None)
    except Moved:
        return  # somebody brought it at the same time


def bring_commit(site: Site, commit: str) -> None:
    """Have a commit in this server's mirror: it is there, or main has it, or a kept pack leads to it."""
    missing: list[tuple[str, str]] = []
    wanted = commit
    while not site.mirror.exists(wanted):
        if not missing:
            site.mirror.sync(site.checkout)
            if site.mirror.exists(wanted):
                return
        base = _import_from(site, wanted, missing)
        missing.append((wanted, base))
        wanted = base
    for oid, base in reversed(missing):
        _import(site, oid, base)


def _import_from(site: Site, commit: str, missing: list[tuple[str, str]]) -> str:
    """The commit that a kept pack stands on."""
    repository = site.repository.id
    found = site.database.read(lambda tx: kept_pack(tx, repository, commit, content=False))
    if found is None or len(missing) >= DEPTH_MAX:
        raise Unavailable(
            f"commit {commit} is neither in this server's mirror nor among the packs that were kept",
            hint="the server that took it in has it; requeue the task if that one is gone for good",
        )
    return found.base


def _import(site: Site, commit: str, base: str) -> None:
    repository = site.repository.id
    found = site.database.read(lambda tx: kept_pack(tx, repository, commit, content=True))
    if found is None:
        raise Unavailable(f"the pack of commit {commit} went away", hint="try again")
    with tempfile.NamedTemporaryFile(dir=site.mirror.tmp, prefix="pack-") as file:
        file.write(found.content)
        file.flush()
        imported = import_pack(site.mirror, Path(file.name), base, commit, BUDGET)
    if isinstance(imported, Refused):
        raise Unavailable(f"the kept pack of {commit} is not sound: {imported.reason}: {imported.detail}")
