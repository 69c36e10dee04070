"""Move the reference: the one irreversible step, checked twice by two ways, safe to repeat."""

import os
import shlex
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from windlass import conflicts
from windlass.dispatch import Site, Submission, Task
from windlass.forge import Forge, Here
from windlass.land.candidate import commit_message
from windlass.land.mail import mail
from windlass.land.model import Cause, Impossible, Landing, Mode
from windlass.land.publication import Publication, decide, decide_proposal

PROPOSALS: Final = "refs/heads/windlass/"
BARRIER: Final = "refs/heads/windlass"
"""A branch of this name leaves no room for branches below it."""


def target(landing: Landing) -> str:
    """The reference that this landing moves."""
    if landing.mode is Mode.LAND:
        return f"refs/heads/{landing.branch}"
    return f"{PROPOSALS}{landing.task_id}"


def trunk(site: Site) -> Forge:
    """Whoever holds the main branch that counts."""
    return site.forge or Here(site.checkout)


def host(site: Site, landing: Landing) -> Forge:
    """Whoever holds the reference that this landing moves."""
    found = trunk(site)
    return found if landing.mode is Mode.LAND or found.proposals else Here(site.checkout)


def situation(site: Site, landing: Landing) -> tuple[Publication, str | None]:
    """Where the reference stands as to this landing, and at which commit."""
    proof, where, name = landing.proof, host(site, landing), target(landing)
    seen = where.ref(site.mirror, name)
    if landing.mode is Mode.PROPOSE:
        if barrier := where.ref(site.mirror, BARRIER):
            return Publication.BARRED, barrier
        return decide_proposal(seen, commit=proof.commit, previous=None), seen
    ours = descends = False
    if seen is not None and seen not in (proof.base, proof.commit):
        seen = where.bring(site.mirror, name)
    if seen is not None and seen not in (proof.base, proof.commit):
        ours = site.mirror.is_ancestor(proof.commit, seen)
        descends = site.mirror.is_ancestor(proof.base, seen)
    return decide(seen, base=proof.base, commit=proof.commit, ours=ours, descends=descends), seen


def wrong(site: Site, lot: Sequence[tuple[Landing, Submission]]) -> str | None:
    """Why the commits that are about to land together are not the tested merges, one on another, or None."""
    for (before, _), (after, _) in pairwise(lot):
        if after.base != before.commit:
            return f"landing {after.id} stands on {after.base}, not on {before.commit} of the one before it"
    return next((why for one, work in lot if (why := mismatch(site, one, work))), None)


def mismatch(site: Site, landing: Landing, submission: Submission) -> str | None:
    """Why the commit on record is not the tested merge, or None.

    The tree is computed anew, from the recorded inputs, by the other implementation of merging, with the
    files that a command made as they were tested; the commit is read back from the object store. Three trees
    must be one: tested, merged again, committed.
    """
    proof = landing.proof
    settled = site.database.read(lambda tx: conflicts.account.settled(tx, landing.id, proof.base))
    kept = {one.path: one.oid for one in settled if one.means and not one.means.repeatable}
    again = conflicts.settle_again(site.mirror, submission.base, proof.base, submission.commit, kept)
    if isinstance(again, conflicts.Unsettled):
        return f"the second merge finds conflicts in {', '.join(again.paths[:10])}"
    if again.tree != proof.tree:
        return f"the second merge gives the tree {again.tree}, tested was {proof.tree}"
    made = site.mirror.log(proof.commit, 1)[0]
    if made.tree != proof.tree:
        return f"commit {proof.commit} has the tree {made.tree}, tested was {proof.tree}"
    if made.parents != (proof.base,):
        return f"commit {proof.commit} has the parents {', '.join(made.parents)}, not {proof.base}"
    return None


def read_back(site: Site, landing: Landing) -> str | None:
    """After the move: what is wrong with the reference where it was moved, or None."""
    proof = landing.proof
    name = target(landing)
    seen = host(site, landing).bring(site.mirror, name)
    if seen is None:
        return f"{name} is gone right after it was moved"
    if seen != proof.commit and not site.mirror.is_ancestor(proof.commit, seen):
        return f"{name} is at {seen}, which does not hold {proof.commit}"
    tree = site.mirror.tree_of(proof.commit)
    return None if tree == proof.tree else f"{name} holds the tree {tree}, tested was {proof.tree}"


def write_patch(site: Site, landing: Landing, task: Task, submission: Submission) -> str:
    """Write the proposal as a mail, whole or not at all, and return its path."""
    proof = landing.proof
    text = commit_message(site, task, submission, proof.tree)
    diff = site.mirror.patch(proof.base, proof.commit)
    site.folders.patches.mkdir(parents=True, exist_ok=True)
    path = site.folders.patches / f"{landing.task_id}-{landing.fence}.patch"
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(mail(proof.commit, site.author, landing.created_at, text, diff))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return str(path)


def advice(site: Site, landing: Landing, *, old: str = "") -> str:
    """The command that brings the user's checkout to the new commit and keeps local edits, or nothing. `old`:
    where the user's branch was, if not at the base.
    """
    if landing.mode is not Mode.LAND or site.checkout.bare:
        return ""
    if landing.branch not in site.checkout.branches_checked_out():
        return ""
    return update_command(site.checkout.path, old or landing.proof.base, landing.proof.commit)


def update_command(path: Path, old: str, new: str) -> str:
    return f"git -C {shlex.quote(str(path))} read-tree -m -u {old} {new}"


def trouble(publication: Publication, landing: Landing, seen: str | None) -> Impossible:
    """Words for a reference that cannot be moved any more."""
    if publication is Publication.GONE:
        what = "was deleted" if seen is None else f"was rewritten: {seen} does not hold {landing.base}"
        return Impossible(Cause.MAIN, f"{landing.branch} {what}")
    if publication is Publication.BARRED:
        return Impossible(
            Cause.TAKEN,
            f"no branch windlass/{landing.task_id} can be made while there is a branch 'windlass';"
            f" rename that one, then: windlass task requeue {landing.task_id}",
        )
    return Impossible(
        Cause.TAKEN,
        f"{target(landing).removeprefix('refs/heads/')} exists at {seen} and is not ours; delete it",
    )
