"""Acceptance checks: what shows that an item is done, in a stranger's words. Pure.

A check is a test (`tests/test_cart.py::test_total`, or a file of tests) or a command. Here its text is only
looked at: what it says runs in the sandbox, as words and never through a shell of ours.
"""

import shlex
from collections.abc import Iterable
from typing import Final

from windlass.kernel import Invalid

CHECKS_MAX: Final = 20
TEXT_MAX: Final = 500
"""Characters of one check."""


def check_acceptance(texts: Iterable[str]) -> tuple[str, ...]:
    """The checks without repetitions, or Invalid with everything that is wrong with them."""
    checks = tuple(dict.fromkeys(text.strip() for text in texts))
    problems = [f"{text[:60]!r} {wrong}" for text in checks if (wrong := _wrong(text))]
    if len(checks) > CHECKS_MAX:
        problems.append(f"{len(checks)} are more than {CHECKS_MAX}")
    if problems:
        raise Invalid(
            f"acceptance checks: {'; '.join(problems)}",
            hint="give one test (tests/test_x.py::test_y) or one command each",
        )
    return checks


def _wrong(text: str) -> str:
    if len(text) > TEXT_MAX:
        return f"has more than {TEXT_MAX} characters"
    if not text.isprintable():
        return "holds control characters or line ends"
    try:
        return "" if shlex.split(text) else "is empty"
    except ValueError as error:
        return f"cannot be split into words: {error}"
