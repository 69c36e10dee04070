"""A look at papers as a reading."""

import pytest

from windlass.papers.told import Fault, Told, written
from windlass.verify.ended import Ended
from windlass.verify.looked import looked
from windlass.verify.model import Outcome

FAULT = Fault("a.md", "open-fence", "```", 3, "it never ends")


@pytest.mark.parametrize(
    ("told", "outcome", "unread"),
    [
        (Told(1), Outcome.PASSED, 0.0),
        (Told(1, [FAULT]), Outcome.FAILED, 0.0),
        (Told(1, [FAULT], ["b.md: late"]), Outcome.FAILED, 1.0),
        (Told(1, [], ["b.md: late"]), Outcome.UNKNOWN, 1.0),
    ],
)
def test_what_was_not_read_has_not_passed(told: Told, outcome: Outcome, unread: float) -> None:
    found = looked("documents", Ended(0, {"papers.json": written(told)}, b"", "", 1.0, False), {"a.md"}, {})
    assert (found.check, found.outcome, found.metrics["unread"]) == ("documents", outcome, unread)
    assert found.counts == told.counts


def test_without_a_report_it_is_unknown() -> None:
    for ended in (
        Ended(0, {}, b"", "", 1.0, False), Ended(0, {"papers.json": b"{}"}, b"", "", 1.0, False),
        Ended(1, {"papers.json": written(Told(1))}, b"", "broke", 1.0, False),
    ):  # fmt: skip
        found = looked("contracts", ended, {"a.md"}, {"outside": 1.0})
        assert (found.outcome, found.metrics) == (Outcome.UNKNOWN, {"outside": 1.0})
        assert found.detail.startswith("contracts: it left no report")
