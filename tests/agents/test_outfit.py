"""A preset in a box: its words, its files, its memory."""

from pathlib import Path

import pytest
from tests.agents.test_preset import GOOD, parse
from tests.support.talk import Box

from windlass.agents.outfit import fill, fit_out
from windlass.kernel import Denied, Invalid

URL = "http://127.0.0.1:8701"


def box(tmp_path: Path, **more: str) -> Box:
    (tmp_path / "tree").mkdir()
    return Box(tmp_path / "tree", {"model": f"{URL}/", "state": str(tmp_path / "state"), **more})


def test_words_are_filled_in_and_what_was_filled_in_is_not_looked_at_again(tmp_path: Path) -> None:
    made = fit_out(parse(GOOD), box(tmp_path).tools(), "m/1")
    assert made.command("do {model} now") == ["mine", "--url", URL, "do {model} now"]
    assert made.env() == {"HOME": f"{tmp_path}/state/mine"}
    assert fill("{state}{unknown}{}", {"state": "{model}"}) == "{model}{unknown}{}"


def test_files_are_written_where_the_agent_looks(tmp_path: Path) -> None:
    made = fit_out(parse(GOOD), box(tmp_path).tools(), "m/1")
    made.settle()
    assert not made.asks
    file = tmp_path / "state/mine/c.json"
    assert file.read_text() == '{"a": {}, "model": "m/1"}'
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_for_mcp_stands_for_the_one_without(tmp_path: Path) -> None:
    text = GOOD + "\n[[files]]\npath = '{state}/mine/c.json'\nmcp = true\ntext = '{mcp_url}/mcp'\n"
    made = fit_out(parse(text), box(tmp_path, mcp="http://127.0.0.1:2").tools(), "m")
    made.settle()
    assert made.asks
    assert (tmp_path / "state/mine/c.json").read_text() == "http://127.0.0.1:2/mcp"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(Invalid, match="cannot be written"):
        fit_out(parse(GOOD), box(tmp_path).tools(), "m").settle()


def test_a_session_is_remembered_and_only_a_plain_word(tmp_path: Path) -> None:
    made = fit_out(parse(GOOD), box(tmp_path).tools(), "m")
    assert made.session() == ""
    for bad in ("", "-x", "a b", "../x", "x" * 300):
        made.keep(bad)
        assert made.session() == ""
    made.keep("ses_1")
    assert made.session() == "ses_1"


@pytest.mark.parametrize("model", ["", "-m", 'a"b', "a b", "x" * 300])
def test_a_name_of_a_model_is_a_plain_word(tmp_path: Path, model: str) -> None:
    with pytest.raises(Invalid, match="no name of a model"):
        fit_out(parse(GOOD), box(tmp_path).tools(), model)


def test_a_box_without_a_model_is_no_place_for_an_agent(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="no model and no state"):
        fit_out(parse(GOOD), Box(tmp_path).tools(), "m")
    with pytest.raises(Invalid, match="'state' holds characters"):
        fit_out(parse(GOOD), box(tmp_path, state='/a"b').tools(), "m")
