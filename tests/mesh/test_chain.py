"""Who follows whom in a guardian chain."""

import pytest

from windlass.mesh.chain import guardians, may_judge, needs_commit, next_role

USUAL = ("qa", "docs")


@pytest.mark.parametrize(
    ("role", "roles", "follows"),
    [
        ("implementation", USUAL, "qa"), ("qa", USUAL, "docs"), ("docs", USUAL, None),
        ("implementation", (), None), ("audit", USUAL, None), ("qa", ("qa", "audit", "docs"), "audit"),
    ],
)  # fmt: skip
def test_each_role_is_followed_by_the_next(role: str, roles: tuple[str, ...], follows: str | None) -> None:
    assert next_role(role, roles) == follows


def test_a_kind_of_work_may_have_guardians_of_its_own() -> None:
    assert guardians("fix", USUAL, {}) == USUAL
    assert guardians("fix", USUAL, {"fix": ()}) == ()
    assert guardians("migration", USUAL, {"migration": ("qa", "audit")}) == ("qa", "audit")


@pytest.mark.parametrize(
    ("role", "judges"), [("", False), ("implementation", False), ("qa", True), ("audit", True)]
)
def test_only_guardians_judge_and_only_they_may_bring_nothing(role: str, judges: bool) -> None:
    assert (may_judge(role), needs_commit(role)) == (judges, not judges)
