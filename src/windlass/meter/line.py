"""A line: what one lease may do on its own listener, and with which bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from windlass.kernel import Clock, system_clock
from windlass.meter.caps import Caps, check_measurable
from windlass.meter.latest import Latest
from windlass.meter.ledger import Ledger
from windlass.meter.model import Exchange, Scope
from windlass.meter.price import Prices
from windlass.meter.provider import Provider

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call. Sizes are bytes, `record_max` characters of each text that is kept."""

    request_max: int = 32 << 20
    answer_max: int = 64 << 20
    event_max: int = 8 << 20
    record_max: int = 256 << 10
    request_s: float = 60.0
    """For the agent to bring its request."""
    connect_s: float = 10.0
    first_byte_s: float = 300.0
    """Until the provider begins to answer; models think for minutes."""
    idle_s: float = 120.0
    """Between two parts of an answer."""
    whole_s: float = 1_800.0
    tries_max: int = 3
    retry_max_s: float = 30.0
    """A provider that asks to wait longer is not waited for; the agent is told."""
    in_flight_max: int = 64


@dataclass(frozen=True, slots=True)
class Line:
    """Everything the proxy needs to serve one lease."""

    provider: Provider
    ledger: Ledger
    key: Callable[[], str] | None = None
    """Gives the provider's key, asked before each call so that it can be rotated; None: it needs none."""
    caps: Mapping[Scope, Caps] = field(default_factory=dict)
    requests_max: int | None = None
    """Of the agent in any `window_s` seconds; one more has to wait."""
    window_s: float = 3600.0
    prices: Prices = field(default_factory=Prices)
    models: frozenset[str] = frozenset()
    """The only models that may be called; empty: any."""
    secrets: tuple[str, ...] = ()
    """Other texts to be kept out of transcripts."""
    record: Callable[[Exchange], None] | None = None
    """Told of every call once it is on record, from a thread of its own."""
    latest: Latest = field(default_factory=Latest)
    limits: Limits = field(default_factory=Limits)
    hosts: frozenset[str] = LOOPBACK
    """Names under which the listener may be called, against pages that rebind a name to it."""
    clock: Clock = system_clock

    def check(self) -> None:
        """Raises Invalid when a cap could not be measured."""
        check_measurable(self.caps, self.prices, self.models)
