"""Nouns of metered calls: protocols, usage, outcomes, spend, and who pays."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum


class Protocol(Enum):
    """What an agent speaks to a model."""

    CHAT = "openai-chat"
    RESPONSES = "openai-responses"
    MESSAGES = "anthropic-messages"
    GEMINI = "gemini"


class Outcome(Enum):
    """How one call ended. Only ANSWERED is a success; each of the others says who has to act."""

    ANSWERED = "answered"
    INVALID = "invalid"
    """The provider does not take the request (another 4xx)."""
    UNAUTHENTICATED = "unauthenticated"
    """The provider does not know our key (401)."""
    FORBIDDEN = "forbidden"
    """The key may not do this, or the account is closed or empty (402, 403)."""
    NOT_FOUND = "not-found"
    """No such model or path (404)."""
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    UNREACHABLE = "unreachable"
    """No connection came about: refused, no address, no TLS."""
    DROPPED = "dropped"
    """The connection ended before a byte of an answer."""
    TIMED_OUT = "timed-out"
    CUT = "cut"
    """The answer ended in the middle."""
    GARBAGE = "garbage"
    """What came is no answer of the protocol."""
    TOO_LARGE = "too-large"
    LEFT = "left"
    """The agent went away before the answer was whole."""
    REFUSED = "refused"
    """Not sent: the path, the model or the request is not allowed."""
    CAPPED = "capped"
    """Not sent: a cap was reached, or cannot be measured."""
    UNRECORDED = "unrecorded"
    """Not sent: what earlier calls cost cannot be put on record."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the provider counts them. `cached` (read from its cache) and `cache_written` are
    parts of `input`; thoughts are part of `output`.
    """

    input: int = 0
    cached: int = 0
    cache_written: int = 0
    output: int = 0

    @property
    def tokens(self) -> int:
        return self.input + self.output


class Scope(Enum):
    """Whose spend is counted. A call counts in each; none of them ends with a lease."""

    TASK = "task"
    ATTEMPT = "attempt"
    AGENT = "agent"
    REPOSITORY = "repository"
    DAY = "day"
    """The repository's day, in UTC."""
    AGENT_DAY = "agent-day"
    """The agent's day in this repository."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays: the repository, the task, its attempt by fence, and the agent's name."""

    repository: int
    task: int
    fence: int
    agent: str

    def keys(self, now: float) -> dict[Scope, str]:
        """Under which name each scope is counted."""
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        return {
            Scope.TASK: str(self.task),
            Scope.ATTEMPT: f"{self.task}.{self.fence}",
            Scope.AGENT: self.agent,
            Scope.REPOSITORY: str(self.repository),
            Scope.DAY: f"{self.repository}.{day}",
            Scope.AGENT_DAY: f"{self.repository}.{day}.{self.agent}",
        }


@dataclass(frozen=True, slots=True)
class Spend:
    """What was spent, as a sum or as the delta of one call. `micro_dollars`: of calls whose cost is known.
    `unmeasured`: calls whose tokens are not (all) known; `unpriced`: calls whose cost is not known.
    """

    requests: int = 0
    input: int = 0
    cached: int = 0
    cache_written: int = 0
    output: int = 0
    micro_dollars: int = 0
    unmeasured: int = 0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        return self.input + self.output

    def __str__(self) -> str:
        """For people: what is not known is said, never counted as nothing."""
        unknown = f", {self.unmeasured} calls of unknown usage" if self.unmeasured else ""
        cost = f"{Decimal(self.micro_dollars) / 1_000_000} dollars"
        if self.unpriced:
            cost = f"{cost} and " if self.micro_dollars else ""
            cost += f"{self.unpriced} calls of unknown cost"
        return (
            f"{self.requests} calls, {self.input} tokens in (of which {self.cached} cached), "
            f"{self.output} out{unknown}: {cost}"
        )

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(*(getattr(self, name) + getattr(other, name) for name in SPENT))


SPENT = tuple(field.name for field in fields(Spend))
Totals = Mapping[Scope, Spend]


class Dimension(Enum):
    """What is capped."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    MONEY = "micro-dollars"
    UNMEASURED = "calls of unknown usage"
    UNPRICED = "calls of unknown cost"
    MODEL = "models without a price"
    WINDOW = "requests in its window"


@dataclass(frozen=True, slots=True)
class Breach:
    """Why a call may not start. `limit` and `spent` in the unit of the dimension."""

    scope: Scope
    dimension: Dimension
    limit: int
    spent: int

    def __str__(self) -> str:
        if self.dimension is Dimension.MODEL:
            return f"money of this {self.scope.value} is capped, and the model has no price"
        return f"the {self.scope.value} has {self.spent} of at most {self.limit} {self.dimension.value}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call, told when it is over. Texts are redacted and cut to a bound; times are seconds."""

    provider: str
    protocol: Protocol | None
    model: str
    outcome: Outcome
    status: int | None
    """What the provider answered; None: nothing."""
    detail: str
    """Why it is not ANSWERED, in a line."""
    usage: Usage | None
    """None: the provider did not say."""
    measured: bool
    """Whether `usage` is all there is; what was not sent, or what the provider refused, cost nothing."""
    micro_dollars: int | None
    """None: not known."""
    tries: int
    """Requests sent to the provider; 0: none."""
    at: float
    """When it began, unix seconds."""
    first_byte_s: float | None
    seconds: float
    retry_after_s: float | None = None
    """What the provider asked to wait, and we did not."""
    breach: Breach | None = None
    """The cap that stopped it."""
    request: str = ""
    answer: str = ""

    def dump(self) -> str:
        """JSON of one object, in one line."""
        return json.dumps(asdict(self), default=lambda value: value.value)

    @property
    def spend(self) -> Spend:
        """The delta to put on record."""
        used = self.usage or Usage()
        return Spend(
            1 if self.tries else 0, used.input, used.cached, used.cache_written, used.output,
            self.micro_dollars or 0, int(not self.measured), int(self.micro_dollars is None),
        )  # fmt: skip
