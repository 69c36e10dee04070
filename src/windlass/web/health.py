"""What /health and /health/complete answer, as the contract has it."""

from typing import Any, Final

from windlass import __version__, app
from windlass.kernel import iso

UNKNOWN: Final = "unknown"
FIELDS: Final = (
    "autonomous_ready", "canary_deployment_ready", "quality_ratchet_status", "test_suite_reliability",
    "auto_merge_rate_7d",
)  # fmt: skip
"""The founding document's fields; the part of the same name says how each came about."""
OK, UNABLE = 200, 503


def live(health: app.vitals.Health) -> tuple[int, dict[str, Any]]:
    """For load balancers: 503 as soon as something fails without which nothing can be answered."""
    word = health.status.value
    return (UNABLE if word == "failing" else OK), {"status": word}


def complete(health: app.vitals.Health) -> dict[str, Any]:
    """Every part; always 200, since the answer was found."""
    values = {name: health.value(name) for name in FIELDS}
    return {
        "status": health.status.value,
        "node": health.node,
        "version": __version__,
        "at": iso(health.at),
        **{name: UNKNOWN if value is None else value for name, value in values.items()},
        "parts": [
            {"name": part.name, "status": part.status.value, "detail": part.detail}
            | ({} if part.seconds is None else {"seconds": round(part.seconds, 6)})
            for part in health.parts
        ],
    }
