"""Commands for real."""

from collections.abc import Callable

import pytest

from windlass.kernel import Invalid
from windlass.verify import Outcome, Reading


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["sh", "-c", "test -f a.py"], Outcome.PASSED), (["sh", "-c", "exit 3"], Outcome.FAILED),
        (["no-such-program"], Outcome.UNKNOWN), (["sh", "-c", "kill -9 $$"], Outcome.FAILED),
        (["pytest", "--version"], Outcome.PASSED), (["sh", "-c", "echo x > a.py"], Outcome.PASSED),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_answer(
    read: Callable[..., Reading], argv: list[str], expected: Outcome
) -> None:
    assert read("command", {"a.py": b""}, table={"argv": argv}).outcome is expected


def test_a_command_needs_words(read: Callable[..., Reading]) -> None:
    with pytest.raises(Invalid, match="needs argv"):
        read("command", {"a.py": b""})
