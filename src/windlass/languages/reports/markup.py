"""Walk through XML that may be hostile: bounded, without entities, nothing outside of it is read. Pure."""

from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from windlass.languages.reports.model import REPORT_MAX, BadReport

DEPTH_MAX: Final = 40

Start = Callable[[str, Mapping[str, str]], object]


class _Walk:
    def __init__(self, start: Start, end: Callable[[str], object]) -> None:
        self.depth = 0
        self.started, self.ended = start, end

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise BadReport(f"elements are nested deeper than {DEPTH_MAX}")
        self.started(tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self.ended(tag)


def walk(
    report: bytes,
    start: Start,
    end: Callable[[str], object] = str,
    text: Callable[[str], object] = str,
    *,
    doctype: str = "",
) -> None:
    """Tell of every element as it begins and ends. `doctype`: the one that may be named; entities never."""
    if len(report) > REPORT_MAX:
        raise BadReport(f"larger than {REPORT_MAX} bytes")

    def declared(name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal or name != doctype:
            raise BadReport("it declares a document type or entities")

    def refused(*_: object) -> None:
        raise BadReport("it declares a document type or entities")

    steps, parser = _Walk(start, end), expat.ParserCreate()
    parser.StartElementHandler = steps.start
    parser.EndElementHandler = steps.end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = refused
    try:
        parser.Parse(report, True)
    except expat.ExpatError as error:
        raise BadReport(f"not XML: {error}") from error
    except (ValueError, LookupError) as error:
        raise error if isinstance(error, BadReport) else BadReport(f"not XML: {error}") from error
