"""In what order to work: (business value + risk reduction) x urgency / size, and fair to the old.

Measured by simulation, an urgency curve is worth more than any finer estimate, and capped aging does not
prevent starvation. So every 20th pick goes to the oldest item of more than 21 days, and what is older than
three times the age at which 85 % of the work is done is put to a person: decide or decline.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from windlass.backlog.model import Item, Urgency
from windlass.backlog.wsjf import AGING_MAX, THRESHOLD, aging, band, base_wsjf, wsjf

DAY_S = 86_400.0
INTANGIBLE_FROM, INTANGIBLE_DAYS = 0.3, 90.0
EXPEDITE = 10.0
LATE, EARLY = 6.0, 0.2
DECIDE_TIMES = 3.0
DECIDE_SAMPLES_MIN = 10


@dataclass(frozen=True)
class RankSettings:
    """`threshold`: items below are not worked on. `boosts` multiply by category, on top of the item's own
    boost.

    `scoring` replaces the formula: item and age in days in, WSJF out. `cycle_p85_s`: seconds from claim to
    landing for 85 % of the work. `aged_every`: each so many'th pick comes from the aged lane, 0 for never.
    """

    threshold: float = THRESHOLD
    aging_max: float = AGING_MAX
    boosts: Mapping[str, float] = field(default_factory=dict)
    scoring: Callable[[Item, float], float] | None = None
    cycle_p85_s: float = DAY_S
    aged_every: int = 20
    aged_days: float = 21.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item with its numbers now. `base` is WSJF without aging; `decide`: too old, a person should decide.
    """

    item: Item
    wsjf: float
    base: float
    band: str
    rank_score: float
    age_days: float
    findings: int
    paths: tuple[str, ...]
    actionable: bool
    decide: bool = False


def urgency(item: Item, now: float, cycle_p85_s: float) -> float:
    """The curve: 1 standard; 10 expedite; 0.3 growing to 1 in 90 days for intangibles; for a fixed date 0.2
    while there is time (now + P85 of the cycle before it is due), 6 from then on."""
    if item.urgency is Urgency.EXPEDITE:
        return EXPEDITE
    if item.urgency is Urgency.INTANGIBLE:
        grown = max(0.0, age_days(item, now)) / INTANGIBLE_DAYS
        return min(1.0, INTANGIBLE_FROM + (1.0 - INTANGIBLE_FROM) * grown)
    if item.urgency is Urgency.FIXED_DATE and item.due_at is not None:
        return EARLY if now + cycle_p85_s < item.due_at else LATE
    return 1.0


def age_days(item: Item, now: float) -> float:
    """Never negative, whatever the clock did."""
    return max(0.0, now - item.created_at) / DAY_S


def rate(item: Item, paths: Sequence[str], now: float, settings: RankSettings) -> Ranked:
    """One item's numbers; `paths` has one entry for each open finding."""
    age = age_days(item, now)
    boost = item.boost * settings.boosts.get(item.category, 1.0)
    base = base_wsjf(item.score, boost=boost)
    aged = wsjf(item.score, age, boost=boost, aging_max=settings.aging_max)
    if settings.scoring is not None:
        aged = settings.scoring(item, age)
        base = aged / aging(age, settings.aging_max)
    score = (item.value + item.risk_reduction) * urgency(item, now, settings.cycle_p85_s) / item.size * boost
    return Ranked(
        item, aged, base, band(aged), score, age, len(paths), tuple(dict.fromkeys(paths)),
        actionable=aged >= settings.threshold,
    )  # fmt: skip


def order(rated: Sequence[Ranked], settings: RankSettings, *, picked: int = 0) -> list[Ranked]:
    """Best first: rank, then shorter, then older. Every `aged_every`th pick is the oldest of the aged lane.

    `picked`: how many picks were made before, so that the lane's turn comes whatever the length of the list.
    """
    queue = sorted(rated, key=lambda r: (-r.rank_score, r.item.size, r.item.created_at, r.item.id))
    old = [r for r in queue if r.age_days > settings.aged_days and r.actionable]
    aged = sorted(old, key=lambda r: (r.item.created_at, r.item.id))
    if not settings.aged_every or not aged:
        return queue
    taken: set[int] = set()
    lanes, done = (iter(queue), iter(aged)), []
    for turn in range(picked + 1, picked + 1 + len(queue)):
        first, second = reversed(lanes) if turn % settings.aged_every == 0 else lanes
        pick = next(r for lane in (first, second) for r in lane if r.item.id not in taken)
        taken.add(pick.item.id)
        done.append(pick)
    return done


def decide_after_days(done_ages: Sequence[float]) -> float | None:
    """Three times the 85th percentile of the ages at which items were closed; None with fewer than ten of
    them."""
    if len(done_ages) < DECIDE_SAMPLES_MIN:
        return None
    ages = sorted(done_ages)
    return DECIDE_TIMES * ages[min(len(ages) - 1, math.ceil(0.85 * len(ages)) - 1)]
