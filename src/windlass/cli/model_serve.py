"""`windlass model …`: a model that follows a script, to try an agent without a key and without a network."""

import json
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

import click

from windlass.cli.interrupting import interruptible
from windlass.cli.render import emit, note, output_options
from windlass.scripted import Answered, read_script, serving

ENDPOINTS: Final = {"openai": "/v1", "anthropic": "", "gemini": ""}
"""What an agent of each protocol calls its base address, behind ours."""


@click.command(help="Serve a model that follows a script, on loopback, for any agent.")
@click.option(
    "--script", "path", required=True, type=click.Path(path_type=Path), help="Steps and faults: TOML or JSON."
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port; default: a free one.")
@click.option(
    "--log", "log_path", type=click.Path(path_type=Path), help="Write a line of JSON for each request."
)
@output_options
def serve(*, path: Path, port: int, log_path: Path | None, as_json: bool, fields: str | None) -> None:
    script = read_script(path)
    with ExitStack() as stack:
        watch = None
        if log_path is not None:
            log = stack.enter_context(log_file(log_path))
            watch = _Log(log).note
        url = stack.enter_context(serving(script, port=port, watch=watch))
        told = {
            "url": url, "port": int(url.rpartition(":")[2]), "listening": not script.refuses,
            "model": script.model, "steps": len(script.steps),
            **{name: url + path for name, path in ENDPOINTS.items()},
        }  # fmt: skip
        emit(told, as_json=as_json, fields=fields, lines=lambda: _lines(told))
        sys.stdout.flush()
        try:
            with interruptible():
                threading.Event().wait()
        except KeyboardInterrupt:
            note("The scripted model has ended.")


def log_file(path: Path) -> TextIO:
    """Open a file to which whole lines are added."""
    try:
        return path.open("a", buffering=1)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}.") from error


def _lines(told: dict[str, Any]) -> list[str]:
    steps = "1 step" if told["steps"] == 1 else f"{told['steps']} steps"
    return [
        f"The scripted model {told['model']!r} ({steps}) answers at {told['url']}",
        f"Base addresses: OpenAI {told['openai']}, Anthropic {told['anthropic']}, Gemini {told['gemini']}",
        "Any key will do, unless the script names one. Ctrl-C ends it.",
    ]


class _Log:
    """One line for each request, without its headers."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def note(self, seen: Answered) -> None:
        line = {
            "protocol": seen.protocol, "path": seen.path, "step": seen.step, "status": seen.status,
            "outcome": seen.outcome, "tool": seen.tool, "offered": list(seen.offered),
        }  # fmt: skip
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
