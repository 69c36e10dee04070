"""What the clashes of some time came to. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from windlass.conflicts.model import Ending, Means, Past


@dataclass(frozen=True, slots=True)
class Statistics:
    """`by_kind`: clashes of each kind of file. `by_ending`: how they ended; `by_means`: what settled some.
    `hot`: paths by the number of clashes there, most first. `alone`: the share of the ended ones that were
    settled without anybody; None where none has ended. `since`: when the first was met, None where none was.
    """

    clashes: int
    landings: int
    by_kind: dict[str, int]
    by_ending: dict[str, int]
    by_means: dict[str, int]
    hot: tuple[tuple[str, int], ...]
    alone: float | None
    since: float | None


def statistics(past: Sequence[Past]) -> Statistics:
    """Count them; nothing is a share of nothing."""
    ended = [one for one in past if one.ending is not Ending.OPEN]
    settled = [one for one in ended if one.ending is Ending.SETTLED]
    return Statistics(
        len(past), len({one.landing for one in past}), _most(one.clash.kind.value for one in past),
        _most(one.ending.value or "open" for one in past), _most(_what(one) for one in settled),
        tuple(_most(one.clash.path for one in past).items()),
        len(settled) / len(ended) if ended else None, min((one.at for one in past), default=None),
    )  # fmt: skip


def _most(words: Iterable[str]) -> dict[str, int]:
    """How often each, the most frequent first."""
    return dict(sorted(Counter(words).items(), key=lambda one: (-one[1], one[0])))


def _what(one: Past) -> str:
    """What settled it: the driver of its kind, or the command by its name in the settings."""
    if one.clash.means is Means.COMMAND:
        return f"command {one.clash.note.partition(':')[0]}"
    return f"{one.clash.means.value if one.clash.means else 'unknown'} {one.clash.kind.value}"
