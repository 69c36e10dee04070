"""Record an operation in the transaction of its command: what was before and what is after."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from windlass.history import records
from windlass.history.model import Act, Change, Image, Operation, Thing
from windlass.kernel import Conflict
from windlass.store import Transaction

Watched = tuple[Thing, Sequence[int] | None]
"""A thing and the rows of it that may change; None: any of the repository, new ones too."""


@dataclass
class Recording:
    """What goes on while a command changes things."""

    act: Act
    operation: Operation | None = None
    """What was recorded; None when nothing had changed."""
    _made: list[tuple[Thing, int]] = field(default_factory=list)

    def made(self, thing: Thing, key: int) -> None:
        """This row is new."""
        self._made.append((thing, key))

    def tells(self, summary: str) -> None:
        """Say in one sentence what it was, now that it is known."""
        self.act = replace(self.act, summary=summary)


@contextmanager
def recording(tx: Transaction, act: Act, watched: Sequence[Watched]) -> Iterator[Recording]:
    """Keep what the block changes in the watched rows as one operation; without a change there is none."""
    before = [(thing, keys, records.images(tx, thing, keys, act.repository)) for thing, keys in watched]
    running = Recording(act)
    yield running
    now = tx.now()
    changes: list[Change] = []
    for thing, keys, old in before:
        new = records.images(tx, thing, keys, act.repository)
        if keys is None:
            running._made += [(thing, key) for key in new if key not in old]
        # What work in progress would be settled to is no change of a row that nobody touched.
        touched = [key for key in new if key in old and old[key] != new[key]]
        changes += [_change(thing, key, thing.settle(old[key]), new[key]) for key in touched]
    for thing, key in running._made:
        assert thing.absent is not None, f"{thing.name} does not say how its making is undone"
        image = records.images(tx, thing, [key], act.repository)[key]
        changes.append(_change(thing, key, {**image, **thing.absent(now, act.actor)}, image))
    if kept := [one for one in changes if one.after]:
        running.operation = records.insert(tx, running.act, kept, "", now)


def final(tx: Transaction, act: Act, instead: str) -> Operation:
    """Put on record that something happened that cannot be undone, and what to do instead."""
    if not instead:
        raise Conflict(f"operation {act.command!r} says neither what it changed nor what to do instead")
    return records.insert(tx, act, (), instead, tx.now())


def _change(thing: Thing, key: int, old: Image, new: Image) -> Change:
    """Only what differs."""
    names = [name for name in thing.columns if old[name] != new[name]]
    return Change(
        thing.name, key, {name: old[name] for name in names}, {name: new[name] for name in names}
    )
