"""Which files a task may change."""

import pytest

from windlass.dispatch.allowed import outside


@pytest.mark.parametrize(
    ("changed", "allowed", "wanted"),
    [
        (["a.py"], ["a.py"], ()), (["b.py", "a.py"], ["a.py"], ("b.py",)), ([], [], ()), (["a"], [], ("a",)),
        (["src/a.py"], ["src/"], ()), (["src/a.py"], ["src"], ("src/a.py",)), (["srcs/a"], ["src/"], ("srcs/a",)),  # noqa: E501
        (["etc/x"], ["/"], ("etc/x",)), (["a.pyc"], ["a.py"], ("a.pyc",)),
    ],
)  # fmt: skip
def test_only_its_own_paths(changed: list[str], allowed: list[str], wanted: tuple[str, ...]) -> None:
    assert outside(changed, allowed) == wanted
