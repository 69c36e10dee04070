"""The door for results: a pack of unknown origin becomes a checked, pinned commit, or a refusal.

One door for a worker on this host and for one that uploads; nothing a worker says about its result is
believed.
"""

from collections.abc import Sequence
from typing import Final

from windlass.dispatch.allowed import outside
from windlass.dispatch.employer import Made, Refusal
from windlass.dispatch.model import Lease, Submission
from windlass.dispatch.packs import BUDGET, keep
from windlass.dispatch.site import Site
from windlass.workspace import Mirror, Moved, Refused, import_pack

LISTED_MAX: Final = 20


def take_in(
    site: Site, lease: Lease, made: Made, *, paths: Sequence[str], sandbox: str
) -> Submission | Refusal:
    """Import a result, hold it against the `paths` that the task may change, and pin it.

    The same result may come twice. The submission is only a value: `submit` offers it, if the lease is alive.
    """
    imported = import_pack(site.mirror, made.pack, made.base, made.head, BUDGET)
    if isinstance(imported, Refused):
        return Refusal(f"{imported.reason}: {imported.detail}")
    changes = site.mirror.changed(made.base, imported.commit, renames=False)
    files = tuple(sorted({path for change in changes for path in (change.old_path, change.path)}))
    if strangers := outside(files, paths):
        more = f" and {len(strangers) - LISTED_MAX} more" if len(strangers) > LISTED_MAX else ""
        return Refusal(
            f"changed files outside its task: {', '.join(strangers[:LISTED_MAX])}{more};"
            f" only these may change: {', '.join(paths[:LISTED_MAX])}"
        )
    _pin(site.mirror, lease.pin, imported.commit)
    keep(site, imported.commit, made.base, made.pack)
    return Submission(
        task_id=lease.task_id, fence=lease.fence, commit=imported.commit, tree=imported.tree,
        base=made.base, files=files, lines=imported.lines, sandbox=sandbox, note=made.note,
    )  # fmt: skip


def _pin(mirror: Mirror, name: str, commit: str) -> None:
    """Let the control plane's own ref hold the commit; a second result of one attempt replaces the first."""
    known = mirror.ref(name)
    if known == commit:
        return
    try:
        mirror.set_ref(name, commit, expected=known)
    except Moved:
        if mirror.ref(name) != commit:
            raise
