"""What a call costs, in whole micro-dollars, from a price table given as data. Pure.

    [prices."gpt-x"]
    input = "1.25"            # dollars for a million tokens
    cached = "0.125"          # of those, read from the provider's cache; without it: the same as input
    output = "10"
    [prices."claude-x-*"]     # a star at the end: every model that begins so; the longest beginning wins
    input = 3
    cache_written = "3.75"    # written to the cache; without it a call that writes has no known cost
    output = 15

Only tokens are priced. What a provider adds for tools that it runs itself is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from windlass.kernel import Invalid
from windlass.meter.model import Usage

MODELS_MAX: Final = 10_000
DOLLARS_MAX: Final = Decimal(1_000_000)
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars for a million tokens of each kind."""

    input: int
    output: int
    cached: int | None = None
    cache_written: int | None = None

    def cost(self, usage: Usage) -> int | None:
        """Micro-dollars, a part of one rounded up; None: this table cannot tell."""
        if usage.cache_written and self.cache_written is None:
            return None
        cached = self.input if self.cached is None else self.cached
        fresh = max(0, usage.input - usage.cached - usage.cache_written)
        pico = (
            fresh * self.input
            + usage.cached * cached
            + usage.cache_written * (self.cache_written or 0)
            + usage.output * self.output
        )
        return -(-pico // MILLION)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by the name of the model."""

    table: Mapping[str, Price] = field(default_factory=dict)

    def of(self, model: str) -> Price | None:
        """The price of a model; None: not known."""
        if (exact := self.table.get(model)) is not None:
            return exact
        begun = [name for name in self.table if name.endswith("*") and model.startswith(name[:-1])]
        return self.table[max(begun, key=len)] if begun else None


def parse_prices(tree: object) -> Prices:
    """Read a table of prices; amounts are texts or numbers, exact to a micro-dollar. All mistakes at once."""
    if not isinstance(tree, dict) or len(tree) > MODELS_MAX:
        raise Invalid(f"prices are a table of at most {MODELS_MAX} models")
    mistakes: list[str] = []
    table = {str(model): _price(str(model), row, mistakes) for model, row in tree.items()}
    if mistakes:
        raise Invalid(
            f"these prices cannot be used: {'; '.join(mistakes)}", hint="dollars for a million tokens"
        )
    return Prices(table)


def _price(model: str, row: object, mistakes: list[str]) -> Price:
    known = ("input", "output", "cached", "cache_written")
    if not isinstance(row, dict):
        mistakes.append(f"{model!r} is no table")
        row = dict.fromkeys(known[:2], 0)
    mistakes += [
        f"{model!r} has no field {key!r} (known: {', '.join(known)})" for key in row if key not in known
    ]
    mistakes += [f"{model!r} has no {key}" for key in known[:2] if key not in row]
    amounts = {key: _amount(f"{model!r}.{key}", row[key], mistakes) for key in known if key in row}
    return Price(
        amounts.get("input", 0), amounts.get("output", 0), amounts.get("cached"), amounts.get("cache_written")
    )


def _amount(where: str, value: object, mistakes: list[str]) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        micro = Decimal(str(value)) * MILLION
        if not 0 <= micro <= DOLLARS_MAX * MILLION or micro != micro.to_integral_value():
            raise InvalidOperation
    except ArithmeticError:
        mistakes.append(f"{where} is {value!r}, not an amount from 0 to {DOLLARS_MAX} with six places")
        return 0
    return int(micro)
