"""How a started program ended, in words."""

from windlass.verify.ended import Ended


def test_the_reason_comes_with_the_end_of_what_was_printed() -> None:
    ended = Ended(3, {}, b"", "one\n\ntwo\n", 1.0, False)
    assert ended.why("cargo test") == "cargo test: ended with exit code 3, without a usable report: one | two"
    assert Ended(None, {}, b"", "", 1.0, True, "did not end within 1 s").why() == "did not end within 1 s"
