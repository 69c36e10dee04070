"""What one attempt may use, from what the budgets leave when it begins: caps for its line, and time.

A cap is a total on record, as the meter counts it: what other attempts spend meanwhile counts too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.dispatch.budget import METERED, Budget, Counter, Standing
from windlass.dispatch.records import budgets
from windlass.meter import Account, Caps, Scope
from windlass.store import Transaction

LEAST_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """`caps`: of the scopes that limit what models may be asked. `time_s`: under the lease; None: any."""

    caps: Mapping[Scope, Caps] = field(default_factory=dict)
    time_s: float | None = None


def allowance(tx: Transaction, account: Account, budget: Budget, now: float) -> Allowance:
    """What the attempt of an account may use; with a budget that names nothing, anything."""
    return allowed(budgets.drawn(tx, account, budget, now)) if budget else Allowance()


def allowed(standings: Sequence[Standing]) -> Allowance:
    """The bounds of each scope that has some, and the least of the times that are left."""
    caps = {one.purse.scope: _caps(one.bounds) for one in standings if one.bounds.keys() & set(METERED)}
    times = [left for one in standings if (left := one.left(Counter.SECONDS)) is not None]
    return Allowance(caps, max(LEAST_S, min(times)) if times else None)


def _caps(bounds: Mapping[Counter, int]) -> Caps:
    usual = Caps()
    return Caps(
        requests=bounds.get(Counter.REQUESTS),
        tokens=bounds.get(Counter.TOKENS),
        micro_dollars=bounds.get(Counter.MONEY),
        unmeasured_max=bounds.get(Counter.UNMEASURED, usual.unmeasured_max + 1) - 1,
        unpriced_max=bounds.get(Counter.UNPRICED, usual.unpriced_max + 1) - 1,
    )
