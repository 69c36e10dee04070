"""The report of a bug."""

from windlass.cli.bug import write


def test_the_report_holds_the_traceback_and_the_version() -> None:
    try:
        raise ZeroDivisionError("by design")
    except ZeroDivisionError as error:
        report = write(error)
    text = report.read_text()
    report.unlink()
    assert "by design" in text
    assert text.startswith("windlass ")
