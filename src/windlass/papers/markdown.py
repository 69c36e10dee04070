"""Read one Markdown file: its headings and anchors, where it points to, and what is wrong with it alone."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

LINKS_MAX: Final = 5_000
ANCHORS_MAX: Final = 10_000
HREF_MAX: Final = 1_000
FRONT_MAX: Final = 200
"""Lines that stand before a document and are none of it."""
_TAG: Final = re.compile(r"<(a|img|source|video|audio)\b([^<>]{0,2000})>", re.IGNORECASE)
_TARGET: Final = re.compile(r"""\b(?:src|href)\s*=\s*(?:"([^"]{0,1000})"|'([^']{0,1000})')""", re.IGNORECASE)
_ID: Final = re.compile(
    r"""<[a-z][a-z0-9]*\b[^<>]{0,1000}?\s(?:id|name)\s*=\s*["']?([^"'<>\s]{1,200})""", re.I
)
_HEADING: Final = re.compile(r"<h[1-6]\b[^<>]{0,500}>(.{0,500}?)</h[1-6]>", re.IGNORECASE | re.DOTALL)
_ANY_TAG: Final = re.compile(r"<[^<>]{0,1000}>")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"\{:?[^{}]{0,200}?#([\w.:-]{1,200})[^{}]{0,200}\}")
_LABEL: Final = re.compile(r"^\(([^()\s]{1,200})\)=\s*$", re.MULTILINE)
_MADE: Final = re.compile(r"^\s*(?:::: ?|--8<--|\{%|\{\{|<<<|\{\{#include|\.\. )", re.MULTILINE)
"""Lines by which other programs put more in."""
_CREDITS: Final = re.compile(
    r"<!-- ALL-CONTRIBUTORS-LIST:START.*?<!-- ALL-CONTRIBUTORS-LIST:END -->", re.DOTALL
)
"""A table that a bot writes, whose links point to nothing on purpose."""
_FENCE_END: Final = re.compile(r"^[\s>]*(`{3,}|~{3,})\s*$")


@dataclass(slots=True)
class Link:
    """Where something points to. `line` counts from 1."""

    line: int
    href: str
    what: str


@dataclass(slots=True)
class Page:
    """What one file holds. `labels`: anchors for all files. `made`: other programs put more into it.
    `faults`: rule, what it is about, line and why.
    """

    headings: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    faults: list[tuple[str, str, int, str]] = field(default_factory=list)
    made: bool = False

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def read(text: str) -> Page:
    """Read a text; the parser never fails, and may take long."""
    text = _without_front(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CREDITS.sub(lambda found: "\n" * found[0].count("\n"), text)
    parser = MarkdownIt("commonmark", {"store_labels": True}).enable("table")
    env: dict[str, Any] = {}
    tokens, lines = parser.parse(text, env), text.split("\n")
    page = Page(labels=_LABEL.findall(text)[:ANCHORS_MAX], made=_MADE.search(text) is not None)
    heading = False
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            page.faults += _fence(token, lines)
        elif token.type == "html_block":
            _html(page, token.content, line)
        elif token.type == "heading_open":
            heading = True
        elif token.type == "inline":
            if heading:
                title = _title(token)
                page.headings.append(_ATTRIBUTE.sub("", title).strip())
                page.ids += _ATTRIBUTE.findall(title)
                heading = False
            _inline(page, token, line)
    page.faults += _definitions(env)
    del page.links[LINKS_MAX:], page.ids[ANCHORS_MAX:], page.headings[ANCHORS_MAX:]
    return page


def _without_front(text: str) -> str:
    """The text with empty lines for what generators of sites read at its beginning."""
    if not text.startswith("---\n"):
        return text
    lines = text.split("\n")
    end = next((n for n, one in enumerate(lines[1:FRONT_MAX], 1) if one.rstrip() in ("---", "...")), 0)
    return "\n".join([""] * (end + 1) + lines[end + 1 :]) if end else text


def _fence(token: Token, lines: list[str]) -> Iterator[tuple[str, str, int, str]]:
    """A fence that ends only because what it is in ends."""
    start, end = token.map or (0, 0)
    last = _FENCE_END.match(lines[end - 1]) if end - 1 > start else None
    if last is None or last[1][0] != token.markup[0] or len(last[1]) < len(token.markup):
        about = lines[start].strip()[:80] if start < len(lines) else ""
        yield "open-fence", about, start + 1, f"the block {about!r} never ends"


def _definitions(env: dict[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    """Labels that are defined twice; notes are none, and what is defined for nothing is a remark."""
    for one in env.get("duplicate_refs", ()):
        label, href = str(one.get("label", "")), str(one.get("href", ""))
        place = one.get("map") or (0, 0)
        if not label.startswith("^") and href not in ("", "#", "<>"):
            name = label.lower()[:80]
            yield (
                "duplicate-definition",
                name,
                place[0] + 1,
                f"[{name}] is defined before, and that one counts",
            )


def _title(token: Token) -> str:
    """What a heading says, as it is shown."""
    return "".join(
        one.content
        if one.type in ("text", "code_inline", "text_special")
        else " "
        if "break" in one.type
        else ""
        for one in token.children or ()
    )


def _inline(page: Page, token: Token, line: int) -> None:
    for one in token.children or ():
        label = str(one.meta.get("label", "")) if one.meta else ""
        if one.type in ("softbreak", "hardbreak"):
            line += 1
        elif one.type == "link_open" and not label.startswith("^"):
            _point(page, line, str(one.attrs.get("href", "")), "link")
        elif one.type == "image":
            _point(page, line, str(one.attrs.get("src", "")), "image")
        elif one.type == "html_inline":
            _html(page, one.content, line)


def _html(page: Page, content: str, line: int) -> None:
    content = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), content)
    page.ids += _ID.findall(content)
    page.headings += [_ANY_TAG.sub("", one).strip() for one in _HEADING.findall(content)]
    for tag in _TAG.finditer(content):
        target = _TARGET.search(tag[2])
        if target is not None:
            what = "link" if tag[1].lower() == "a" else "image"
            _point(page, line + content.count("\n", 0, tag.start()), target[1] or target[2] or "", what)


def _point(page: Page, line: int, href: str, what: str) -> None:
    if href and len(href) <= HREF_MAX and len(page.links) < LINKS_MAX:
        page.links.append(Link(line, unquote(href), what))
