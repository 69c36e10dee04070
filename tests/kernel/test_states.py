"""State machines as tables."""

from enum import Enum

import pytest

from windlass.kernel import Machine
from windlass.kernel.states import IllegalMove


class Light(Enum):
    RED = "red"
    GREEN = "green"


LIGHT = Machine("light", {Light.RED: frozenset({Light.GREEN}), Light.GREEN: frozenset()})


def test_an_illegal_move_names_both_states() -> None:
    LIGHT.check(Light.RED, Light.GREEN)
    with pytest.raises(IllegalMove, match="'green' to 'red'"):
        LIGHT.check(Light.GREEN, Light.RED)


def test_final_states_and_the_drawing() -> None:
    assert LIGHT.final(Light.GREEN)
    assert LIGHT.mermaid() == "stateDiagram-v2\n  red --> green"
