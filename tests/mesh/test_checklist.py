"""Twelve points: what a yes can be held against."""

import pytest

from windlass.mesh.checklist import POINTS, Facts, is_documentation, is_manifest, is_test, judged, open_points
from windlass.mesh.model import ClaimState

V, R, U = ClaimState.VERIFIED, ClaimState.REFUTED, ClaimState.UNKNOWN
PLAIN = Facts(("src/a.py",), limited=True, answered=False, retried=False)


def test_there_are_twelve_points_with_names_of_their_own() -> None:
    assert [point.item for point in POINTS] == list(range(1, 13))
    assert len({point.name for point in POINTS}) == 12


@pytest.mark.parametrize(
    ("item", "facts", "state"),
    [
        (1, PLAIN, U), (1, Facts((), True, False, False, gate=True), V),
        (1, Facts((), True, False, False, gate=False), R), (2, PLAIN, V),
        (2, Facts((), False, False, False), U), (3, PLAIN, V),
        (3, Facts(("requirements-dev.txt",), True, False, False), U), (4, PLAIN, U),
        (4, Facts((), True, False, False, checks={"lint": True}), V), (5, PLAIN, U), (9, PLAIN, R),
        (9, Facts(("tests/test_a.py",), True, False, False), V), (10, PLAIN, U),
        (10, Facts(("docs/a.md",), True, False, False), V), (12, PLAIN, U),
        (12, Facts((), True, False, True), R), (12, Facts((), True, True, True), U),
    ],
)  # fmt: skip
def test_a_yes_is_proved_or_refuted_by_facts(item: int, facts: Facts, state: ClaimState) -> None:
    assert list(judged([{"item": item, "state": "yes"}], facts).values()) == [state]


@pytest.mark.parametrize("state", ["no", "not_applicable"])
def test_an_honest_no_is_never_refuted(state: str) -> None:
    answers = [{"item": point.item, "state": state} for point in POINTS]
    assert set(judged(answers, PLAIN).values()) == {U}


def test_what_is_left_out_or_denied_stays_open() -> None:
    said = {1: "yes", 2: "no", 3: "not_applicable"}
    answers = [{"item": item, "state": state} for item, state in said.items()]
    assert open_points(answers)[0] == "scope_kept"
    assert len(open_points(answers)) == 10


def test_paths_say_what_they_are() -> None:
    assert all(map(is_test, ["tests/x.py", "a/test_b.py", "src/b_test.go", "ui/c.spec.ts"]))
    assert not any(map(is_test, ["src/contest.py", "src/a.py", "latest.md"]))
    assert all(map(is_documentation, ["README.md", "docs/a.txt"]))
    assert not is_documentation("src/docs.py")
    assert [*map(is_manifest, ["web/package.json", "uv.lock", "src/a.py"])] == [True, True, False]
