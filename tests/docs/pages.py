"""The pages of the documentation, and what stands in their blocks."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("changes/*.md"),
    ]
)
START = re.compile(r"^(?:\./start\.sh|\./vp|make) ?")
PROGRAMS = ("windlass", "wl")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Call:
    """One call of windlass that a page mentions: its words behind the program's name."""

    page: str
    words: tuple[str, ...]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def scripts(path: Path) -> list[str]:
    """The blocks of a page that are there to be run, in order."""
    return [text for language, text in _BLOCK.findall(path.read_text()) if language == "sh"]


def links(path: Path) -> list[str]:
    """Targets inside the repository."""
    bare = _BLOCK.sub("", path.read_text())
    return [
        target for target in _LINK.findall(bare) if "://" not in target and not target.startswith("mailto:")
    ]


def calls(path: Path) -> Iterator[Call]:
    """Every call of windlass on a page: in blocks, in indented lines and between backticks."""
    text = path.read_text()
    lines = [line.strip() for _, block in _BLOCK.findall(text) for line in block.splitlines()]
    lines += [line.strip() for line in text.splitlines() if line.startswith("    ")]
    lines += _SPAN.findall(_BLOCK.sub("", text))
    for line in lines:
        yield from _calls(named(path), line)


def _calls(page: str, line: str) -> Iterator[Call]:
    line = re.sub(r"^(?:! |\$ )", "", line.partition("  #")[0])
    for part in re.split(r" && | \| |; ", line):
        program, _, rest = part.strip().partition(" ")
        if program in PROGRAMS and not rest.startswith((".", "…")):
            words = rest.replace("[OPTION...]", "").replace("…", "").split(">")[0]
            yield Call(page, tuple(shlex.split(words)))


def anchors(path: Path) -> set[str]:
    """The names of a page's headings, as links spell them."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
