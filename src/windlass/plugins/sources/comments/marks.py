"""Find tagged comments in one text: a fast test per line, a lexer only for lines that stay undecided.

A tag counts when it stands in a comment (or docstring) and leads it or is followed by `:` or `(`. Lower case
counts only as a leading `todo:`. Strings, code and prose never count, nor does the macro `BUG();`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from windlass.plugins.sources.comments.languages import Language

TAGS = ("TODO", "FIXME", "HACK", "XXX", "BUG")
WORDS_MAX = 12
"""Words of a comment its identity rests on: they tell comments apart and survive edits behind them."""

TEXT_MAX = 400
LINES_MAX = 8
LINE_MAX = 2_000
"""Characters: a longer line is generated, not written."""

_TAG = re.compile(r"(?<![\w$@.\-/#])(?P<tag>TODO|FIXME|HACK|XXX|BUG|todo(?=:(?![A-Za-z0-9_])))(?![\w])")
_MARKERS = re.compile(
    r"[\s#/*;%!<>{(|\"'\-=~+.:@\\]*(?:(?i:rem|dnl|note)\b[\s:]*)?(?:[-*+•]\s+|\d+[.)]\s+|\[[ x]?\]\s*)?"
)
_FOLLOWED = re.compile(r"\s?:|\((?!\))")
_OWNER = re.compile(r"\s?\(([^()\n]{1,80})\)|\s?\[([^\[\]\n]{1,80})\]")
_OPENER = re.compile(r"/\*|//|#|--|;|%|<!--|\{-?|\(\*|!|\"{3}|'|\bREM\b")
_LEADING_NOISE = re.compile(r"^[\s:;,.\-–—>!]+")
_CLOSER = re.compile(r"\s*(?:\*+/|--+>|-\}|\*\)|#>|=#|\]\]|\|#|\"{3}|'{3}).*$|\s\}\s*$")
_PREFIX = re.compile(r"\s*(//+!?|#+|/\*+|\*+(?!/)|--+|;+|%+|\"|!+|'+|::|(?i:rem|dnl)\b)?\s*")
_STOP = re.compile(
    r"@\w|:\w+ |(?:TODO|FIXME|HACK|XXX|BUG|NOTE)\b|[-*+•]\s|\d+[.)]\s|(?:=|-|~|\*|#|/){3,}"
    r"|\"{3}|'{3}|\*/|=(?:end|cut)\b"
)
_ISSUE = re.compile(
    r"https?://[^\s)\]>\"',;]+/(?:issues?|pull|pulls|merge_requests|browse|bugs?|ticket|tickets)/[\w\-]+"
    r"|https?://[^\s)\]>\"',;]*show_bug\.cgi\?id=\d+"
    r"|(?<![\w&#])(?:[\w.\-]+/[\w.\-]+|GH|gh)?#\d{1,7}\b|\bGH-\d{1,7}\b"
)
_NAME = re.compile(r"@?[A-Za-z][\w.\-+]{0,38}(?:@[\w.\-]+)?")
_QUOTES = "`'\""


@dataclass(frozen=True, slots=True)
class Mark:
    """One tagged comment. `line` counts from 1; `owner` and `issue` are empty where the comment names none.
    """

    line: int
    tag: str
    text: str
    owner: str = ""
    issue: str = ""

    @property
    def anchor(self) -> str:
        return " ".join(self.text.split()[:WORDS_MAX])


Line = tuple[str, int, bytes, bool]
"""Path, number, bytes and whether it holds a tag."""


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    docstring: bool


class Text:
    """One file's text, lexed at most once, only when a line asks for it, and no further than it asks."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.lines = text.split("\n")
        self._starts: list[int] = []
        self._tokens: Iterator[re.Match[str]] | None = None
        self._spans: list[_Span] = []
        self._span_starts: list[int] = []

    def offset(self, line: int) -> int:
        if not self._starts:
            at = 0
            for one in self.lines:
                self._starts.append(at)
                at += len(one) + 1
        return self._starts[line - 1]

    def span(self, at: int) -> _Span | None:
        """The comment or docstring around a place, if any."""
        if self._tokens is None:
            self._tokens = self.language.pattern().finditer(self.text)
        while not (self._span_starts and self._span_starts[-1] > at):
            token = next(self._tokens, None)
            if token is None:
                break
            if (found := _span_of(self.text, self.language, token)) is not None:
                self._spans.append(found)
                self._span_starts.append(found.start)
        i = bisect_right(self._span_starts, at) - 1
        return self._spans[i] if i >= 0 and at < self._spans[i].end else None


def marks(text: str, language: Language, candidates: Iterable[int] | None = None) -> list[Mark]:
    """The tagged comments of a text; `candidates` are line numbers known to hold a tag, None looks at all
    lines."""
    body = Text(text, language)
    numbers = range(1, len(body.lines) + 1) if candidates is None else candidates
    found = []
    for number in numbers:
        if number <= len(body.lines) and (mark := _mark(body, number)):
            found.append(mark)
    return found


def marks_of_lines(lines: Sequence[Line], language: Language) -> list[Mark] | None:
    """The same from lines git named, each followed by its `LINES_MAX - 1` next ones.

    None when a line stays undecided without the rest of the text.
    """
    found = []
    for i, (_, number, raw, named) in enumerate(lines):
        line = _text(raw) if named else ""
        for match in () if len(line) > LINE_MAX else _TAG.finditer(line):
            counts = _plausible(line, match) and _decide(language, line, match)
            if counts is None:
                return None
            if counts:
                near = lines[i + 1 : i + LINES_MAX]
                behind = (_text(after) for _, n, after, _ in near if n < number + LINES_MAX)
                found.append(_read(number, line, behind, match))
                break
    return found


def _text(line: bytes) -> str:
    """A line as text, cut where it is too long to matter anyway."""
    return line.replace(b"\0", b"")[: 4 * (LINE_MAX + 1)].decode("utf-8", "replace")


def _mark(body: Text, number: int) -> Mark | None:
    line = body.lines[number - 1]
    if len(line) > LINE_MAX:
        return None
    for match in _TAG.finditer(line):
        if _plausible(line, match) and _in_comment(body, number, line, match):
            return _read(number, line, body.lines[number : number + LINES_MAX - 1], match)
    return None


def _plausible(line: str, match: re.Match[str]) -> bool:
    """Cheap reasons to say no, before any lexing: no marker in front of it, and nothing behind it."""
    after = line[match.end() : match.end() + 3]
    if match["tag"] == "BUG" and after.startswith("()"):
        return False
    if after[:1] in _QUOTES and after[:1]:
        return False
    return not (after[:1] in "-./" and after[1:2].isalnum())


def _decide(language: Language, line: str, match: re.Match[str]) -> bool | None:
    """Does the tag count, as far as its line tells? None: only the text around it can."""
    at = match.start()
    lead = language.leads()
    if lead is not None and (opened := lead.match(line)) and opened.end() <= at:
        return _counts(line[opened.end() : at], line, match)
    before = line[:at]
    if language.inline and (here := before.find(language.inline)) >= 0 and not _quoted(before[:here]):
        return _counts(before[here + len(language.inline) :], line, match)
    return None if _counts(_after_opener(before), line, match) else False


def _in_comment(body: Text, number: int, line: str, match: re.Match[str]) -> bool:
    at = match.start()
    decided = _decide(body.language, line, match)
    if decided is not None:
        return decided
    start = body.offset(number)
    span = body.span(start + at)
    if span is None:
        return False
    inside = body.text[max(span.start, start) : start + at]
    if span.docstring:
        return _leads(inside) and bool(_FOLLOWED.match(line, match.end()))
    return _counts(inside, line, match)


def _quoted(code: str) -> bool:
    return any(quote in code for quote in _QUOTES)


def _after_opener(before: str) -> str:
    """What stands between the last thing that may open a comment and the tag."""
    return _OPENER.split(before)[-1]


def _counts(inside: str, line: str, match: re.Match[str]) -> bool:
    """Does the tag lead what is before it in the comment, or is it followed by `:` or `(`?"""
    if _leads(inside):
        return match["tag"] != "BUG" or line[match.end() : match.end() + 2] != "()"
    if match["tag"] == "todo" or inside[-1:] in _QUOTES:
        return False
    return bool(_FOLLOWED.match(line, match.end()))


def _leads(inside: str) -> bool:
    opened = _MARKERS.match(inside)
    return opened is not None and opened.end() == len(inside)


def _span_of(text: str, language: Language, token: re.Match[str]) -> _Span | None:
    if token["c"] is not None:
        return _Span(token.start(), token.end(), docstring=False)
    if language.docstrings and token["doc"] is not None and _stands_alone(text, token.start()):
        return _Span(token.start(), token.end(), docstring=True)
    return None


def _stands_alone(text: str, at: int) -> bool:
    """A docstring follows a colon (class, def) or nothing but comments: other long strings are data."""
    while at > 0:
        begin = text.rfind("\n", 0, at - 1) + 1
        line = text[begin:at].strip()
        if line and not line.startswith("#"):
            return line.split("  #")[0].endswith(":")
        at = begin
    return True


def _read(number: int, line: str, behind: Iterable[str], match: re.Match[str]) -> Mark:
    """The mark that begins at `match`; `behind` are the next lines."""
    rest = line[match.end() :]
    owner = ""
    if named := _OWNER.match(rest):
        owner = named[1] or named[2]
        rest = rest[named.end() :]
    parts = [_LEADING_NOISE.sub("", _CLOSER.sub("", rest))]
    if not _CLOSER.search(rest):
        parts += _continued(line, behind, match.start())
    text = " ".join(" ".join(parts).split())[:TEXT_MAX]
    issue = _ISSUE.search(f"{owner} {text}")
    name = _NAME.fullmatch(owner.split(",")[0].strip())
    by = name[0].lstrip("@") if name else ""
    return Mark(number, match["tag"].upper(), text, by, issue[0] if issue else "")


def _continued(line: str, behind: Iterable[str], column: int) -> list[str]:
    """The wrapped lines of the same comment: the same marker in front, up to an empty line or the next
    thought."""
    opened = _PREFIX.match(line)
    marker = _marker(opened[1] if opened else None)
    if opened is not None and opened.end() < column and not _leads(line[:column]):
        return []
    taken: list[str] = []
    for following in behind:
        prefix = _PREFIX.match(following[:LINE_MAX])
        if prefix is None or not _same(marker, _marker(prefix[1])):
            break
        rest = following[prefix.end() : LINE_MAX]
        if not rest.strip() or _STOP.match(rest):
            break
        taken.append(_CLOSER.sub("", rest))
        if _CLOSER.search(rest):
            break
    return taken


def _marker(found: str | None) -> str:
    """`/**`, `/*` and `*` are one comment; `##` is `#`."""
    if found is None:
        return ""
    return "*" if found.startswith("/*") else found[:2] if found.startswith(("//", "--", "::")) else found[:1]


def _same(marker: str, other: str) -> bool:
    return marker == other or (marker == "*" and other == "")
