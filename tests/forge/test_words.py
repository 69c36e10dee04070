"""What a host says is shown to people, and kept."""

from windlass.forge import clean
from windlass.forge.words import SAID_MAX


def test_what_a_host_says_is_one_plain_bounded_line_without_logins():
    said = "\x1b[31mred\x1b[0m \x1b]0;title\x07a\u202eb\r\n\tc https://me:secret@host/x \x9b2J"
    assert clean(said) == "red a b c https://***@host/x"
    assert len(clean("x" * 10_000_000)) == SAID_MAX
