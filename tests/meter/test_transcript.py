"""Texts of a call: bounded, and no secret at the edge."""

from windlass.meter.redact import MARK, Redactor
from windlass.meter.transcript import Capture

SECRET = "s3cr3t-" + "x" * 40


def test_a_short_text_is_kept_whole() -> None:
    capture = Capture(100)
    for part in (b"ab", b"", b"c\xff"):
        capture.add(part)
    assert capture.text(Redactor()) == "abc\ufffd"


def test_a_long_text_is_cut_and_says_so() -> None:
    capture = Capture(10)
    for _ in range(10_000):
        capture.add(b"ab")
    assert capture.text(Redactor()) == "ababababab… [cut; 20000 bytes in all]"


def test_a_secret_across_the_edge_is_gone_whole() -> None:
    for before in range(70, 130):
        capture = Capture(100)
        capture.add(b"." * before + SECRET.encode() + b"." * 100)
        text = capture.text(Redactor([SECRET]))
        assert "s3cr3t" not in text
        assert text.startswith("." * before + MARK if before <= 92 else "." * 92)
