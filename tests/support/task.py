"""One assignment for tests of runners."""

from windlass.dispatch import Assignment, FindingRef

TASK = Assignment(
    task=1, fence=2, attempt=1, title="Fix it", instructions="add() is wrong", source="comments",
    category="bug", rules=("BUG",), paths=("calc.py",),
    findings=(FindingRef("calc.py", 2, "BUG", "wrong sign"),), feedback="last time: no", base="0" * 40,
    branch="windlass/1/1",
)  # fmt: skip
