"""`windlass conflicts --stats`: the conflicts that landings met, and how each ended."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from windlass import conflicts
from windlass.cli.opening import opened
from windlass.cli.render import emit, table
from windlass.kernel import iso
from windlass.store import Transaction

Statistics = conflicts.account.Statistics
HOT_SHOWN: Final = 10
ENDINGS: Final = {
    "settled": "settled by itself, tested and landed",
    "author": "handed back, and made to fit by who did it",
    "person": "handed back, and made to fit by a person",
    "elsewhere": "the branch came to hold the change by other hands",
    "dropped": "the task ended without it",
    "open": "not ended yet",
}


def show_statistics(repo: str | None, within_s: float | None, *, as_json: bool, fields: str | None) -> None:
    """Those met within so many seconds; None: all that are on record."""
    with opened(repo) as plant:

        def read(tx: Transaction) -> tuple[Statistics, float]:
            now = tx.now()
            past = conflicts.account.known(tx, plant.repository.id, now - within_s if within_s else 0.0)
            return conflicts.account.statistics(past), now

        found, now = plant.database.read(read)
    data = {
        **asdict(found), "hot": dict(found.hot), "since": iso(found.since) if found.since else None,
        "source": "the landings of this repository", "at": iso(now),
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: list(_lines(found, iso(now))))


def _lines(found: Statistics, now: str) -> Iterator[str]:
    if found.since is None:
        yield f"No conflict is on record ({now}); what share of them settles itself is unknown."
        return
    yield from table(
        ("ENDED", "CONFLICTS", ""), [(end, number, ENDINGS[end]) for end, number in found.by_ending.items()]
    )
    yield ""
    yield from table(("KIND", "CONFLICTS"), list(found.by_kind.items()))
    if found.by_means:
        yield from ("", *table(("SETTLED BY", "CONFLICTS"), list(found.by_means.items())))
    yield from ("", *table(("PATH", "CONFLICTS"), found.hot[:HOT_SHOWN]))
    if len(found.hot) > HOT_SHOWN:
        yield f"and {len(found.hot) - HOT_SHOWN} more paths: --json has them all"
    alone = "unknown, none has ended" if found.alone is None else f"{found.alone:.0%} of those that ended"
    yield ""
    yield (
        f"{found.clashes} conflicts of {found.landings} landings since {iso(found.since)}, read {now};"
        f" settled by themselves: {alone}"
    )
