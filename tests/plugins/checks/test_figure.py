"""Numbers that commands print."""

from collections.abc import Callable

import pytest

from windlass.kernel import Invalid
from windlass.plugins.checks.figure import last_number
from windlass.verify import Outcome, Reading


@pytest.mark.parametrize(
    ("output", "value"),
    [
        (b"12\n", 12.0), (b"a\n 3.5 \n\n", 3.5), (b"97.5%", 97.5), (b"120 ms", 120.0), (b"-1e3\n", -1000.0),
        (b"", None), (b"total: 3", None), (b"3\ndone\n", None), (b"nan", None), (b"1e999", None),
        (b"\xff\xfe", None), (b"9" * 10_000, None),
    ],
)  # fmt: skip
def test_the_last_line_is_the_number_and_nothing_else(output: bytes, value: float | None) -> None:
    assert last_number(output) == value


def test_a_command_is_run_in_the_tree(read: Callable[..., Reading]) -> None:
    table = {"argv": ["sh", "-c", "wc -l < a.py"]}
    found = read("figure", {"a.py": b"x\ny\n"}, table=table)
    assert (found.outcome, found.metrics["value"]) == (Outcome.PASSED, 2.0)


@pytest.mark.parametrize(("script", "why"), [("echo 3; exit 1", "exit code 1"), ("echo three", "no number")])
def test_without_a_number_it_is_unknown(read: Callable[..., Reading], script: str, why: str) -> None:
    found = read("figure", {"a.py": b""}, table={"argv": ["sh", "-c", script]})
    assert found.outcome is Outcome.UNKNOWN
    assert why in found.detail


def test_a_figure_needs_words(read: Callable[..., Reading]) -> None:
    with pytest.raises(Invalid, match="needs argv"):
        read("figure", {"a.py": b""})
