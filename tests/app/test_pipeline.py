"""What a stage proves: a refusal counts for the reason that was planted, and for no other."""

import pytest
from tests.app.shop import Shop

from windlass.app.pipeline import Planted, Proof, _End, _landed, _planted, _refused
from windlass.dispatch import TaskStatus

STRAY = Planted("stray", "a.txt", "true", ("elsewhere.txt",))


@pytest.mark.parametrize(
    ("said", "proof"),
    [
        ("changed files outside its task: elsewhere.txt", Proof.PROVED),
        ("the sandbox failed", Proof.UNKNOWN), ("", Proof.UNKNOWN),
    ],
)  # fmt: skip
def test_a_refusal_has_to_name_what_was_planted(said: str, proof: Proof) -> None:
    assert _refused(STRAY, _End(TaskStatus.FAILED, said, None, 1.0)).proof is proof


def test_a_good_change_that_does_not_land_is_a_failure_with_its_reason() -> None:
    found = _landed(Planted("good", "a.txt", "true"), _End(TaskStatus.FAILED, "no tests", None, 1.0))
    assert (found.proof, "no tests" in found.seen) == (Proof.FAILED, True)


def test_a_good_change_that_waits_for_a_person_is_not_told_about() -> None:
    found = _landed(Planted("good", "a.txt", "true"), _End(TaskStatus.REVIEW_NEEDED, "a limit", None, 1.0))
    assert found.proof is Proof.UNKNOWN


def test_faults_are_planted_in_the_product_and_beside_tests(shop: Shop) -> None:
    plant = shop.open()
    plain = {one.name: one for one in _planted(plant)}
    assert plain["syntax"].path == "shop/part_0.py"
    assert plain["red-test"].absent
    shop.commit({"docs/conf.py": "", "checks/test_a.py": "", "setup.py": ""})
    full = {one.name: one for one in _planted(plant)}
    assert (full["syntax"].path, full["syntax"].absent) == ("shop/part_0.py", "")
    assert full["red-test"].path == "checks/test_windlass_pipeline.py"
