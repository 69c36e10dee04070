"""Acceptance checks are text of strangers: one line, words, bounded."""

import pytest

from windlass.backlog import check_acceptance
from windlass.backlog.acceptance import CHECKS_MAX, TEXT_MAX
from windlass.kernel import Invalid


def test_checks_are_kept_in_order_and_once() -> None:
    checks = (" pytest tests/test_a.py::test_b ", "make check", "make check")
    assert check_acceptance(checks) == ("pytest tests/test_a.py::test_b", "make check")
    assert check_acceptance(()) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("two\nlines", "control characters"),
        ("a\0b", "control characters"),
        ("\u202egnp.exe", "control characters"),
        ("echo 'open", "cannot be split"),
        ("x" * (TEXT_MAX + 1), "more than 500 characters"),
    ],
)
def test_what_cannot_be_a_check_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        check_acceptance(("make good", text))


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        check_acceptance([f"echo {number}" for number in range(CHECKS_MAX)] + ["'", "a\tb"])
    assert str(refused.value).count(";") == 2
