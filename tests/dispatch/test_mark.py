"""What a running attempt is known by."""

from pathlib import Path

from windlass.dispatch.mark import entry


def test_every_attempt_has_its_own_mark() -> None:
    top = Path("/h/attempts")
    assert entry(top, "7.1") == "WINDLASS_TASK=/h/attempts/control/7.1/task.json"
    assert entry(top, "7.1") not in (entry(top, "7.11"), entry(top, "17.1"), entry(top, "7.2"))
