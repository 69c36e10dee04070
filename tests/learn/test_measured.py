"""What a server measured by itself is told as it was recorded."""

from windlass.events import Event, Subject
from windlass.learn.measured import measured
from windlass.learn.render import _measured

DATA = {
    "every": "night", "part": "recall", "commit": "c" * 40, "said": "failed", "why": ["a.py:1 + to -"],
    "figures": {"recall": 0.9, "share": None}, "final": True,
}  # fmt: skip


def test_each_measurement_is_a_row_with_its_figures() -> None:
    kinds = ("night.began", "night.measured")
    log = [Event(n, 5.0, "windlass", kind, Subject(1), DATA) for n, kind in enumerate(kinds)]
    (row,) = measured(log)
    assert (row.every, row.part, row.said, row.why) == ("night", "recall", "failed", ("a.py:1 + to -",))
    assert _measured(row) == [
        f"✗ failed recall of {'c' * 12}, every night (1970-01-01T00:00:05.000Z): recall 0.9", "a.py:1 + to -",
    ]  # fmt: skip
    (unknown,) = measured([Event(1, 5.0, "windlass", "night.measured", Subject(1), {"said": "unknown"})])
    assert _measured(unknown)[0].startswith("? unknown")
