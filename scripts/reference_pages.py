"""What the programs that write docs/reference share: which pages are stale, and how they are asked."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
Pages = Mapping[str, Callable[[], str]]
"""By file name, what makes its text."""


def stale(pages: Pages) -> list[str]:
    """Pages whose text is not what their source gives."""
    return [name for name, page in pages.items() if not _same(REFERENCE / name, page())]


def main(pages: Pages, program: str, about: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=program, description=about.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    asked = parser.parse_args(arguments)
    old = stale(pages)
    for name in old:
        if not asked.check:
            (REFERENCE / name).write_text(pages[name](), encoding="utf-8")
        print(f"docs/reference/{name} {'is stale' if asked.check else 'written'}")
    return 1 if old and asked.check else 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
