"""The audit entry of an event: canonical JSON of strings, integers, booleans and null, at most 32 KiB. Pure.

An event's `data` goes in as the very text of its row, or as that text's SHA-256 where it would not fit.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from windlass.events.verifier import ENTRY_MAX, canonical

VERSION: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def entry_text(position: int, row: Mapping[str, Any]) -> str:
    """The entry at `position` for one row of the event table; the same row always gives the same text."""
    entry: dict[str, str | int | None] = {
        "v": VERSION,
        "seq": position,
        "event": row["seq"],
        "at": micros(row["at"]),
        "actor": row["actor"],
        "kind": row["kind"],
        "repository": row["repository_id"],
        "item": row["item_id"],
        "task": row["task_id"],
        "fence": row["fence"],
    }
    text = canonical({**entry, "data": row["data"]})
    if len(text.encode()) <= ENTRY_MAX:
        return text
    return canonical({**entry, "data_sha256": sha256(row["data"].encode()).hexdigest()})


def micros(at: float) -> str:
    """Unix seconds as RFC 3339 UTC with microseconds, the resolution of the log."""
    moment = _EPOCH + timedelta(microseconds=round(at * 1_000_000))
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
