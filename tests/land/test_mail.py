"""Applied by the real `git am` in test_controller; here the frame."""

from email import message_from_bytes
from email.header import decode_header, make_header

from hypothesis import given
from hypothesis import strategies as st

from windlass.land.mail import mail
from windlass.workspace import Author

DIFF = b"diff --git a/x b/x\n"


def test_the_frame_is_what_git_am_expects():
    made = mail("c" * 40, Author("W", "w@localhost"), 0.0, "Title\n\nWindlass-Task: 1\n", DIFF)
    first, rest = made.split(b"\n", 1)
    assert first == b"From " + b"c" * 40 + b" Mon Sep 17 00:00:00 2001"
    read = message_from_bytes(rest)
    assert read["From"] == "W <w@localhost>"
    assert read["Date"] == "Thu, 01 Jan 1970 00:00:00 +0000"
    assert read.get_payload() == "Windlass-Task: 1\n---\n\ndiff --git a/x b/x\n-- \nwindlass\n"


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=72))
def test_every_title_comes_back_from_its_header(title):
    made = mail("c" * 40, Author("W", "w@localhost"), 0.0, f"{title}\n\nWindlass-Task: 1\n", DIFF)
    subject = message_from_bytes(made.split(b"\n", 1)[1])["Subject"]
    assert str(make_header(decode_header(subject))).replace("\n ", " ") == f"[PATCH] {title}"
