from windlass import verify
from windlass.cli.trial_view import evaluation_row, figure_lines

ev = verify.evaluation


def test_unknown_is_shown_as_unknown() -> None:
    figures = (
        ev.Figure(ev.Axis.PERFORMANCE, "wall time", None, why="no tests"),
        ev.Figure(ev.Axis.VALUE, "size", 0.98, 2.0, None, "lines", "git"),
    )
    one = ev.Evaluation("t", "b", 0.0, 2, figures)
    text = "\n".join(figure_lines({"a": one}))
    assert "wall time  ?" in text.replace("   ", " ").replace("  ?", "  ?")
    assert "0.98 (2 lines)" in text
    row = evaluation_row(one)
    assert row["figures"][0]["unknown"] == "no tests"
    assert row["axes"]["performance"] is None
