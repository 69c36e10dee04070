"""The nouns of the operation log."""

from windlass.history.model import OPERATION, OperationState, as_it_is


def test_only_what_is_final_ends() -> None:
    assert [state for state in OperationState if OPERATION.final(state)] == [OperationState.FINAL]


def test_an_image_may_stay_as_it_is() -> None:
    image = {"a": 1}
    assert as_it_is(image) is image
