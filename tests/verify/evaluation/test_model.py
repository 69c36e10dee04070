import pytest

from windlass import verify
from windlass.kernel import Invalid
from windlass.verify.evaluation.model import Axis, Evaluation, Figure, Weights, parse_evaluation


def test_an_evaluation_survives_the_database() -> None:
    figures = (
        Figure(Axis.PERFORMANCE, "wall time", 0.4, 1.5, 1.0, "s", "ours", runs=(1.4, 1.6)),
        Figure(Axis.SECURITY, "dependencies", None, why="no index"),
    )
    one = Evaluation("t" * 40, "b" * 40, 12.5, 7, figures)
    assert parse_evaluation(one.dump()) == one
    assert one.figure("dependencies") is figures[1]
    assert one.figure("beauty") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"figures": [{"axis": "charm"}]}'])
def test_what_is_no_evaluation_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        parse_evaluation(text)


def test_the_usual_weights_are_those_of_the_founding_document() -> None:
    assert [Weights().of(axis) for axis in Axis] == [0.30, 0.25, 0.25, 0.20]
    assert verify.evaluation.Weights is Weights
