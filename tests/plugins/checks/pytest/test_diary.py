"""The diary of a run, kept in the sandbox."""

from collections.abc import Callable

import pytest

from windlass.verify import Outcome, Reading

FIRST = b"def test_first():\n    pass\n"
LAST = b"def test_last():\n    assert 0\n"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("import pytest; pytest.exit('done', returncode=0)", "early after tests/test_b.py::test_b: 1 of 3"),
        ("request.session.items.clear()", "early after tests/test_b.py::test_b: 1 of 3"),
        ("import os; os.killpg(0, 9)", "in tests/test_b.py::test_b: was killed by SIGKILL"),
        ("import os; os._exit(0)", "in tests/test_b.py::test_b: ended with exit code 0"),
    ],
)
def test_a_run_that_is_ended_from_within_tells_nothing_and_says_where(
    read: Callable[..., Reading], body: str, detail: str
) -> None:
    ends = f"def test_b(request):\n    {body}\n".encode()
    found = read("pytest", {"tests/test_a.py": FIRST, "tests/test_b.py": ends, "tests/test_c.py": LAST})
    assert found.outcome is Outcome.UNKNOWN, found
    assert detail in found.detail
