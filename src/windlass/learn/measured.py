"""What was measured of the main branch by itself in a run, from the measurements on record. Pure."""

from collections.abc import Iterable, Mapping

from windlass.events import Event
from windlass.learn.model import Measured


def measured(log: Iterable[Event]) -> tuple[Measured, ...]:
    """Each measurement, in the order of their ends."""
    return tuple(
        Measured(
            str(event.data.get("every")), str(event.data.get("part")), str(event.data.get("commit")),
            str(event.data.get("said")), _texts(event.data.get("why")), _figures(event.data.get("figures")),
            event.at,
        )
        for event in log
        if event.kind == "night.measured"
    )  # fmt: skip


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _figures(value: object) -> Mapping[str, float | None]:
    return value if isinstance(value, dict) else {}
