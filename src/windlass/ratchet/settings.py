"""The room's slice of the configuration: the shipped metrics, changed and joined by the owner's. Pure."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from windlass.kernel import Invalid
from windlass.ratchet.model import NAME, SHIPPED, Better, Metric

METRICS_MAX: Final = 50
NUMBER_MAX: Final = 1e300
KEYS: Final = tuple(one.name for one in fields(Metric))
_NUMBERS: Final = ("start", "target", "step", "every_s", "threshold", "tolerance")
_NEVER_NEGATIVE: Final = ("step", "every_s", "threshold", "tolerance")


def parse_metrics(table: Mapping[str, Any]) -> tuple[Metric, ...]:
    """The metrics in force: those shipped, each as the table's entry of that name changes it, and new ones.

    Raises Invalid for what is no metric.
    """
    found = {one.name: one for one in SHIPPED}
    for entry in table.get("metric", ()):
        name = entry.get("name")
        found[str(name)] = parse_metric(entry, found.get(str(name)))
    if len(found) > METRICS_MAX:
        raise Invalid(f"[ratchet] has more than {METRICS_MAX} metrics", hint="take some out")
    return tuple(found.values())


def parse_metric(entry: Mapping[str, Any], base: Metric | None = None) -> Metric:
    """One metric; a `base` gives what the entry leaves out. Raises Invalid that names the key."""
    name = entry.get("name")
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise Invalid(f"{name!r} is no name of a metric", hint="small letters, digits and _, e.g. api_p95")
    if wrong := sorted(set(entry) - {*KEYS}):
        raise Invalid(f"metric {name!r} has unknown keys {wrong}", hint=f"known: {', '.join(KEYS)}")
    given = {key: value for key, value in entry.items() if value is not None}
    for key in _NUMBERS:
        _check_number(name, key, given.get(key))
    if given.get("needed", 1) not in range(1, 101):
        raise Invalid(f"metric {name!r}: needed must be a whole number from 1 to 100")
    for key in ("command", "unit"):
        if not isinstance(given.get(key, ""), str):
            raise Invalid(f"metric {name!r}: {key} must be a text")
    if isinstance(given.get("better"), str):
        given["better"] = _better(name, given["better"])
    if base is None and not {"better", "command"} <= set(given):
        raise Invalid(f"metric {name!r} needs better and command", hint='better = "down", command = "..."')
    return Metric(**given) if base is None else replace(base, **given)


def _check_number(name: str, key: str, value: object) -> None:
    sound = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < NUMBER_MAX
    if value is None or (sound and not (key in _NEVER_NEGATIVE and float(str(value)) < 0)):
        return
    raise Invalid(f"metric {name!r}: {key} must be a number", hint="negative only for start, target")


def _better(name: str, word: str) -> Better:
    try:
        return Better(word)
    except ValueError as error:
        raise Invalid(f"metric {name!r}: better is 'up' or 'down', not {word!r}") from error

