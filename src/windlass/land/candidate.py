"""Build what will land: the pinned submission merged in memory onto the branch as it is, as one commit."""

from collections.abc import Iterable
from typing import Final

from windlass import conflicts, policy, verify
from windlass.dispatch import Site, Submission, Task
from windlass.kernel import NotFound
from windlass.land.dependencies import UNREADABLE, dependencies, is_manifest
from windlass.land.key import LandingKey
from windlass.land.message import message
from windlass.land.model import Candidate, Cause, Impossible, Landing
from windlass.workspace import protected

MANIFEST_MAX: Final = 1024 * 1024
"""Bytes of a manifest that are read."""
PATHS_SHOWN: Final = 20
PROVEN_MAX: Final = 5
"""Lines of the message that say what was red and is green."""


def build(
    site: Site, landing: Landing, task: Task, submission: Submission, main: str, *,
    key: LandingKey | None = None,
) -> Candidate | Impossible:  # fmt: skip
    """Merge the submission onto `main` and make the commit, signed if there is a key; the same inputs give
    the same commit.
    """
    if wrong := pin_problem(site, submission):
        return Impossible(Cause.PIN, wrong)
    if not site.mirror.is_ancestor(submission.base, main):
        return Impossible(
            Cause.MAIN,
            f"{landing.branch} was rewritten: it no longer holds {submission.base}, the task's base",
        )
    merged = conflicts.settle(site, submission.base, main, submission.commit)
    if isinstance(merged, conflicts.Unsettled):
        told = "".join(f"; {path}: {why}" for path, why in merged.why.items())
        met = conflicts.Met(submission.base, main, submission.commit, merged.clashes)
        return Impossible(Cause.CONFLICT, conflict_feedback(landing.branch, main, merged.paths) + told, met)
    base_tree = site.mirror.tree_of(main)
    if merged.tree == base_tree:
        return Impossible(Cause.EMPTY, f"{landing.branch} already holds this change")
    changed = tuple(change.path for change in site.mirror.changed(base_tree, merged.tree))
    text = commit_message(site, task, submission, merged.tree)
    commit = sealed(site, landing, merged.tree, main, text, key=key)
    return Candidate(main, base_tree, commit, merged.tree, changed, merged.clashes)


def sealed(site: Site, landing: Landing, tree: str, parent: str, text: str, *, key: LandingKey | None) -> str:
    """The commit of a landing, signed if there is a key."""
    commit = site.mirror.commit(tree, [parent], text, site.author, landing.created_at)
    return commit if key is None else site.mirror.signed(commit, key.armor)


def commit_message(site: Site, task: Task, submission: Submission, tree: str, batch: str = "") -> str:
    """`task` is the implementation, which says what was done; `submission` may be its last guardian's.
    `tree`: the one that was judged, which in a `batch` is that of its last member.

    What was red and green is told as its own submission's verdict has it: that is written once.
    """
    cycle = site.database.read(lambda tx: verify.cycle.shown(tx, task.id, task.fence))
    proven = [str(one) for one in cycle.shown if one.red_and_green] if cycle is not None else []
    rest = [f"and {len(proven) - PROVEN_MAX} more"] if proven[PROVEN_MAX:] else []
    return message(
        task.title, item=task.item_id, task=submission.task_id, fence=submission.fence,
        submission=submission.commit, evidence=[f"tree {tree}", *proven[:PROVEN_MAX], *rest], batch=batch,
        reverts=task.spec.reverts,
    )  # fmt: skip


def pin_problem(site: Site, submission: Submission) -> str | None:
    """Why the pinned commit is not what was submitted, or None. Branch names are never asked."""
    name = f"refs/windlass/submissions/{submission.task_id}/{submission.fence}"
    pinned = site.mirror.ref(name)
    if pinned != submission.commit:
        return f"{name} holds {pinned or 'nothing'}, not the submitted {submission.commit}"
    try:
        tree = site.mirror.tree_of(submission.commit)
    except NotFound:
        return f"the submitted commit {submission.commit} is missing"
    return (
        None if tree == submission.tree else f"{submission.commit} has the tree {tree}, not {submission.tree}"
    )


def conflict_feedback(branch: str, main: str, paths: Iterable[str]) -> str:
    """What the next attempt is told: where it collided, and to begin from the fresh base."""
    listed = sorted(paths)
    more = f" and {len(listed) - PATHS_SHOWN} more" if len(listed) > PATHS_SHOWN else ""
    where = ", ".join(listed[:PATHS_SHOWN]) + more
    return f"conflicts with {branch} at {main} in {where}; do it again from there"


def scope_change(site: Site, candidate: Candidate) -> policy.Change:
    """Measure the change as the automation scope counts it: on the tree that would land."""
    changes = site.mirror.changed(candidate.base_tree, candidate.tree)
    paths = sorted({path for change in changes for path in (change.old_path, change.path)})
    wanted = {oid for change in changes if _concerns(change.path, change.old_path)
              for oid in (change.oid, change.old_oid) if oid}  # fmt: skip
    texts = dict(site.mirror.blobs(sorted(wanted), MANIFEST_MAX))
    new: set[str] = set()
    for change in changes:
        before = dependencies(change.old_path, _text(texts, change.old_oid))
        after = dependencies(change.path, _text(texts, change.oid))
        found = (after - before) | (after & {UNREADABLE})
        new |= {f"{name} ({change.path})" for name in found}
    return policy.Change(
        paths=tuple(paths),
        lines=site.mirror.diffstat(candidate.base_tree, candidate.tree).lines,
        new_dependencies=tuple(sorted(new)),
        protected=tuple((path, why) for path in paths if (why := protected(path))),
    )


def _concerns(*paths: str) -> bool:
    return any(is_manifest(path) for path in paths)


def _text(texts: dict[str, bytes | None], oid: str | None) -> str | None:
    """A manifest's text; one that is too large or not UTF-8 is passed on as something no reader accepts."""
    if oid is None or oid not in texts:
        return None
    blob = texts[oid]
    try:
        return "\0" if blob is None else blob.decode()
    except UnicodeDecodeError:
        return "\0"
