"""A coding agent with nothing of its own: it does the commands that its model returns, in its folder.

With the scripted model it is an agent for tests and demos that needs no installation, no key and no network.
It asks over OpenAI chat completions. `--task` works on one task and prints its events as lines of JSON,
`--acp` speaks ACP over its standard input and output.
"""

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

STEPS_MAX: Final = 100
ANSWER_MAX: Final = 16 << 20
"""Bytes of one answer of the model."""
OUTPUT_MAX: Final = 20_000
"""Bytes of a command's output that the model is told."""
MODEL_S: Final = 600.0
COMMAND_S: Final = 600.0
TOOL: Final = {
    "type": "function",
    "function": {
        "name": "shell",
        "description": "Run a command line.",
        "parameters": {
            "type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"],
        },
    },
}  # fmt: skip
_SESSION: Final = re.compile(r"[0-9a-f]{32}")


class ModelFailed(Exception):
    """The model did not answer; the words say why."""


class Session:
    """What was said so far, kept in a file after every step, so that another process can go on."""

    def __init__(self, folder: Path, name: str = "") -> None:
        self.name = name or uuid.uuid4().hex
        self._path = folder / f"{self.name}.json"
        self.messages: list[dict[str, Any]] = json.loads(self._path.read_bytes()) if name else []
        done = {message.get("tool_call_id") for message in self.messages}
        calls = [call for message in self.messages for call in message.get("tool_calls") or []]
        for call in calls:
            if call["id"] not in done:
                self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": "interrupted"})

    def add(self, *messages: dict[str, Any]) -> None:
        self.messages += messages
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self.messages))
        fresh.replace(self._path)

    @staticmethod
    def known(folder: Path, name: str) -> bool:
        return _SESSION.fullmatch(name) is not None and (folder / f"{name}.json").is_file()


class Worker:
    """The loop between the model and the shell. `tell` hears of it, `may` is asked before each command."""

    def __init__(
        self, url: str, model: str, tell: Callable[[str, dict[str, Any]], None], may: Callable[[str], bool]
    ) -> None:
        self._url, self._model, self._tell, self._may = url, model, tell, may
        self._child: subprocess.Popen[bytes] | None = None
        self.cancelled = threading.Event()

    def work(self, session: Session, task: str, folder: str) -> None:
        """Go on until the model asks for nothing more, or until cancelled. Raises ModelFailed."""
        session.add({"role": "user", "content": task})
        for _ in range(STEPS_MAX):
            said = self._ask(session.messages)
            session.add(said)
            calls = said.get("tool_calls") or []
            if not calls:
                self._tell("said", {"text": said.get("content") or ""})
            if not calls or self.cancelled.is_set():
                return
            for call in calls:
                session.add({"role": "tool", "tool_call_id": call["id"], "content": self._do(call, folder)})
        raise ModelFailed(f"the model asks for more than {STEPS_MAX} steps")

    def cancel(self) -> None:
        self.cancelled.set()
        if (child := self._child) is not None:
            _kill(child)

    def _do(self, call: dict[str, Any], folder: str) -> str:
        try:
            line = str(json.loads(call["function"]["arguments"])["command"])
        except (ValueError, KeyError, TypeError):
            return "the arguments are not a command"
        if not self._may(line):
            return "the user refused this command"
        self._tell("acted", {"text": line})
        return self._run(line, folder)

    def _run(self, line: str, folder: str) -> str:
        with subprocess.Popen(
            ["/bin/sh", "-c", line], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        ) as child:  # fmt: skip
            self._child = child
            if self.cancelled.is_set():
                _kill(child)
            try:
                output = child.communicate(timeout=COMMAND_S)[0]
            except subprocess.TimeoutExpired:
                _kill(child)
                output = child.communicate()[0] + b"\nkilled: it took too long"
            self._child = None
        return f"exit code {child.returncode}\n{output[-OUTPUT_MAX:].decode('utf-8', 'replace')}"

    def _ask(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        parts = urlsplit(self._url)
        body = json.dumps({"model": self._model, "messages": messages, "tools": [TOOL]})
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=MODEL_S)
        try:
            path = f"{parts.path.rstrip('/')}/v1/chat/completions"
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read(ANSWER_MAX)
        except (OSError, http.client.HTTPException) as error:
            refused = "connection refused" if isinstance(error, ConnectionRefusedError) else "stream ended"
            raise ModelFailed(f"{refused}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise ModelFailed(f"status {answer.status}: {data[:500].decode('utf-8', 'replace')}")
        return self._said(data)

    def _said(self, data: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(data)
            said: dict[str, Any] = answer["choices"][0]["message"]
            usage = answer.get("usage") or {}
            spent = {"input": usage.get("prompt_tokens", 0), "output": usage.get("completion_tokens", 0)}
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise ModelFailed(f"invalid response of the model: {data[:200]!r}") from error
        self._tell("spent", spent)
        return said


def _kill(child: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _print(event: str, more: dict[str, Any]) -> None:
    print(json.dumps({"event": event, **more}), flush=True)


def work_once(args: argparse.Namespace) -> int:
    """One task, told in windlass's own lines."""
    known = Session.known(args.state, args.session)
    session = Session(args.state, args.session if known else "")
    _print("began", {"text": session.name})
    try:
        Worker(args.model_url, args.model, _print, lambda _line: True).work(session, args.task, os.getcwd())
    except ModelFailed as error:
        _print("failed", {"text": str(error)})
        return 1
    _print("ended", {})
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="windlass-scripted-agent", description=__doc__)
    parser.add_argument("--model-url", required=True, help="what comes before /v1")
    parser.add_argument("--model", required=True)
    parser.add_argument("--state", required=True, type=Path, help="where sessions are kept")
    parser.add_argument("--session", default="", help="go on with this one")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--task", help="work on this and end")
    mode.add_argument("--acp", action="store_true", help="speak ACP over standard input and output")
    return parser.parse_args()
