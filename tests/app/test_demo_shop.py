from windlass.app.demo_shop import HISTORY


def test_history_goes_forward_and_every_file_is_written_once():
    assert [c.at for c in HISTORY] == sorted(c.at for c in HISTORY)
    names = [name for commit in HISTORY for name in commit.files]
    assert len(names) == len(set(names)) == 18


def test_every_kind_of_note_is_planted_and_one_word_in_a_text_is_not_a_note():
    text = "\n".join(content for commit in HISTORY for content in commit.files.values())
    for marker in ("# TODO", "# FIXME", "# HACK", "# XXX", "# BUG"):
        assert marker in text
    assert '"TODO list' in text
