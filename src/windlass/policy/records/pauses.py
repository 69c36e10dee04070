"""Pauses: while one is on record nothing begins, in one repository or in all of the data home (LND-2).

A pause is a row that somebody made, or an item with the label `emergency-pause` that is neither closed nor
declined. Both are read where something begins, in its own transaction, so there is nothing to be told to
anybody and nothing to be lost; what is under way ends.
"""

from dataclasses import dataclass
from typing import Final

from windlass import events
from windlass.events import Subject
from windlass.kernel import Unavailable, iso
from windlass.store import Row, Transaction

LABEL: Final = "emergency-pause"
"""What an item is labelled with to pause its repository."""
REASON_MAX: Final = 500
EVERYWHERE: Final = 0
"""In place of a repository's number: the whole data home."""
_LABELLED: Final = f"replace(labels, '\"{LABEL}\"', '') <> labels"
"""As the index has it, word by word."""
_ROWS: Final = "FROM wl_pause WHERE repository_id IN (:everywhere, :repository)"
_ITEMS: Final = (
    f"FROM wl_item WHERE repository_id = :repository AND {_LABELLED} AND state NOT IN ('closed', 'declined')"
)
_ANY: Final = f"SELECT EXISTS (SELECT 1 {_ROWS}) OR EXISTS (SELECT 1 {_ITEMS})"


@dataclass(frozen=True, slots=True)
class Pause:
    """`repository` None: the whole data home. `item`: whose label it is, None for one made by a command.

    `since`: unix seconds.
    """

    repository: int | None
    by: str
    reason: str
    since: float
    item: int | None = None

    @property
    def told(self) -> str:
        """Who paused since when and why, for people."""
        scope = "everything" if self.repository is None else "this repository"
        return f"{self.by} paused {scope} at {iso(self.since)}: {self.reason or 'no reason was given'}"

    @property
    def ended_by(self) -> str:
        """What a person does to end it."""
        return "windlass resume" if self.repository is not None else "windlass resume --all"


def held(tx: Transaction, repository_id: int) -> Pause | None:
    """What holds this repository, the widest pause first; None while its automation may begin things."""
    if not tx.scalar(_ANY, everywhere=EVERYWHERE, repository=repository_id):
        return None  # one question, for whoever claims asks it each time
    row = tx.row(
        f"SELECT * {_ROWS} ORDER BY repository_id LIMIT 1",
        everywhere=EVERYWHERE, repository=repository_id,
    )  # fmt: skip
    return _by_label(tx, labelled(tx, repository_id)[0]) if row is None else _pause(row)


def check(tx: Transaction, repository_id: int, what: str) -> None:
    """Raise Unavailable where the repository is paused; `what`: who is refused, in words."""
    if (pause := held(tx, repository_id)) is not None:
        raise refusal(pause, what)


def refusal(pause: Pause, what: str) -> Unavailable:
    """The answer to whoever wants to begin something meanwhile."""
    return Unavailable(f"{what} waits: {pause.told}", hint=f"try again later; it ends with: {pause.ended_by}")


def labelled(tx: Transaction, repository_id: int) -> list[int]:
    """The items whose label pauses this repository."""
    found = tx.rows(f"SELECT id {_ITEMS} ORDER BY id", repository=repository_id)
    return [int(row["id"]) for row in found]


def pause(tx: Transaction, repository_id: int | None, now: float, *, by: str, reason: str) -> Pause:
    """Let nothing begin any more. Where it is paused already that stays as it is, with its first reason."""
    number = EVERYWHERE if repository_id is None else repository_id
    made = tx.execute(
        "INSERT INTO wl_pause (repository_id, paused_by, reason, at) VALUES (:number, :who, :reason, :now)"
        " ON CONFLICT (repository_id) DO NOTHING",
        number=number, who=by, reason=reason[:REASON_MAX], now=now,
    )  # fmt: skip
    if made:
        about = Subject(repository=repository_id)
        events.append(tx, "automation.paused", now, about=about, actor=by, reason=reason[:REASON_MAX])
    row = tx.row("SELECT * FROM wl_pause WHERE repository_id = :number", number=number)
    assert row is not None
    return _pause(row)


def resume(tx: Transaction, repository_id: int | None, now: float, *, by: str) -> Pause | None:
    """Take away the pause that a command made, of exactly this scope; what it was, None where none was."""
    number = EVERYWHERE if repository_id is None else repository_id
    row = tx.row("DELETE FROM wl_pause WHERE repository_id = :number RETURNING *", number=number)
    if row is None:
        return None
    ended = _pause(row)
    events.append(
        tx, "automation.resumed", now, about=Subject(repository=repository_id), actor=by,
        paused_by=ended.by, paused_s=round(now - ended.since, 3),
    )  # fmt: skip
    return ended


def _by_label(tx: Transaction, item: int) -> Pause:
    """Who gave an item its label, and when, as the log tells it."""
    row = tx.row("SELECT repository_id, title FROM wl_item WHERE id = :id", id=item)
    told = _told(tx, "item.edited", item) or _told(tx, "item.added", item)
    assert row is not None
    reason = f"item {item} is labelled {LABEL}: {row['title']}"
    who, since = ("somebody", tx.now()) if told is None else (told["actor"], told["at"])
    return Pause(row["repository_id"], who, reason, since, item)


def _told(tx: Transaction, kind: str, item: int) -> Row | None:
    return tx.row(
        "SELECT actor, at FROM wl_event WHERE kind = :kind AND kind <> 'task.claimed' AND item_id = :item"
        " AND (kind = 'item.added' OR replace(data, '\"labels\"', '') <> data) ORDER BY seq DESC LIMIT 1",
        kind=kind, item=item,
    )  # fmt: skip


def _pause(row: Row) -> Pause:
    number = int(row["repository_id"])
    return Pause(None if number == EVERYWHERE else number, row["paused_by"], row["reason"], row["at"])
