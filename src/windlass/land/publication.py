"""What to do with a reference when the landing's commit is on record: the rule that makes retries safe."""

from enum import Enum


class Publication(Enum):
    DONE = "done"
    """The reference holds our commit already, perhaps below later ones: record it, never publish again."""
    GO = "go"
    """The reference is where it was when the candidate was tested."""
    MOVED = "moved"
    """Others landed meanwhile: build and test again on top of them."""
    GONE = "gone"
    """The reference was deleted or rewritten; a person has to look."""
    BARRED = "barred"
    """Another reference is in the way, so that this one cannot be made; a person has to move it."""


def decide(current: str | None, *, base: str, commit: str, ours: bool, descends: bool) -> Publication:
    """Judge the branch's `current` commit.

    `ours` = `commit` is an ancestor of `current`; `descends` = `base` is an ancestor of `current`. Both
    are only asked for when `current` is something else than `base` and `commit`.
    """
    if current is None:
        return Publication.GONE
    if current == commit or ours:
        return Publication.DONE
    if current == base:
        return Publication.GO
    return Publication.MOVED if descends else Publication.GONE


def decide_proposal(current: str | None, *, commit: str, previous: str | None) -> Publication:
    """Judge a proposal's branch: it must be missing, ours already, or what we proposed before."""
    if current == commit:
        return Publication.DONE
    if current is None or current == previous:
        return Publication.GO
    return Publication.MOVED
