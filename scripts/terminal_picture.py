#!/usr/bin/env python3
"""Run the demo in a real terminal and draw what it showed: docs/images/first-turn.svg.

    .venv/bin/python scripts/terminal_picture.py

The demo runs in a fresh home, which is drawn as `~`. Progress is drawn whole; of the report behind it only
the first lines are, and the last line says so. Fonts are those of the machine the picture is looked at on.
"""

import os
import pty
import re
import struct
import sys
import tempfile
import termios
from fcntl import ioctl
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "first-turn.svg"
COMMAND = ("windlass", "run", "--demo", "--land")
COLUMNS, ROWS = 100, 50
REPORT_LINES = 3
"""Lines of the report that are drawn; `windlass report` prints all of them."""
FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def shown(home: Path) -> str:
    """Everything the command wrote to its terminal."""
    program = Path(sys.executable).parent / COMMAND[0]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
    env = {**kept, "HOME": str(home), "TERM": "xterm-256color", "XDG_DATA_HOME": str(home / ".local/share")}
    env.pop("NO_COLOR", None)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(home)
        os.execve(program, [str(program), *COMMAND[1:]], env)  # noqa: S606, our own program
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    written = b"".join(iter(lambda: part(terminal), b""))
    _, status = os.waitpid(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"the demo ended with {code}:\n{written.decode('utf-8', 'replace')}")
    return written.decode("utf-8").replace(str(home), "~")


def part(terminal: int) -> bytes:
    """What is next, empty at the end: Linux reports a closed terminal as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def cut(lines: list[str]) -> list[str]:
    """Progress, and the first lines of the report."""
    head = next(number for number, line in enumerate(lines) if re.match(r"run \d+ of ", line))
    rest = len(lines) - head - REPORT_LINES
    return [*lines[: head + REPORT_LINES], f"… and {rest} more lines of the report"]


def draw(lines: list[str]) -> str:
    """The lines as SVG, without anything that would be fetched."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text("$ " + " ".join(COMMAND), style="bold"))
    for line in lines:
        console.print(Text.from_ansi(line, overflow="fold"), highlight=False)
    layout = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    layout = re.sub(r"<!--.*?-->\s*", "", layout, flags=re.DOTALL)
    layout = re.sub(r"font-family: [^;]+;", f"font-family: {FONTS};", layout)
    return console.export_svg(title=" ".join(COMMAND), code_format=layout, unique_id="first-turn")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="windlass-picture-") as folder:
        lines = shown(Path(folder).resolve()).replace("\r\n", "\n").rstrip("\n").split("\n")
    picture = draw(cut(lines))
    if "url(http" in picture or "@import" in picture:
        raise SystemExit("the picture would fetch something")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {len(picture)} bytes, {len(lines)} lines were shown")
    return 0


if __name__ == "__main__":
    sys.exit(main())
