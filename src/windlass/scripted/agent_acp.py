"""The scripted agent as an ACP agent: one line of JSON-RPC for each message (agentclientprotocol.com)."""

import argparse
import json
import queue
import sys
import threading
from typing import Any, Final

from windlass.scripted.agent import ModelFailed, Session, Worker, arguments, work_once

PROTOCOL: Final = 1
OPTIONS: Final = (
    {"optionId": "yes", "name": "Allow once", "kind": "allow_once"},
    {"optionId": "no", "name": "Reject once", "kind": "reject_once"},
)
_NO_METHOD, _BAD, _FAILED = -32601, -32602, -32603


class _Refused(Exception):
    """An answer of the protocol."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Agent:
    """Reads requests in one thread and works on prompts in others."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._writing = threading.Lock()
        self._sessions: dict[str, tuple[Session, str]] = {}
        self._workers: dict[str, Worker] = {}
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._asked = 0

    def serve(self) -> None:
        """Until its input ends."""
        for line in sys.stdin:
            message = json.loads(line)
            if "method" not in message:
                if (waiting := self._answers.get(message.get("id"))) is not None:
                    waiting.put(message)
            elif message["method"] == "session/cancel":
                self._cancel(message["params"]["sessionId"])
            elif "id" in message:
                threading.Thread(target=self._answer, args=(message,), daemon=True).start()

    def _answer(self, message: dict[str, Any]) -> None:
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            reply["result"] = self._result(message["method"], message.get("params") or {})
        except _Refused as refused:
            reply["error"] = {"code": refused.code, "message": str(refused)}
        except ModelFailed as error:
            reply["error"] = {"code": _FAILED, "message": "Internal error", "data": {"details": str(error)}}
        self._write(reply)

    def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "initialize":
            can = {"loadSession": True}
            return {"protocolVersion": PROTOCOL, "agentCapabilities": can, "authMethods": []}
        if method == "session/new":
            session = Session(self._args.state)
            session.add()
            self._sessions[session.name] = (session, params["cwd"])
            return {"sessionId": session.name}
        name = str(params.get("sessionId"))
        if method == "session/load":
            return self._load(name, params["cwd"])
        if method == "session/prompt":
            return self._prompt(name, params)
        raise _Refused(_NO_METHOD, "Method not found")

    def _load(self, name: str, cwd: str) -> dict[str, Any]:
        if not Session.known(self._args.state, name):
            raise _Refused(_BAD, "no such session")
        session = Session(self._args.state, name)
        self._sessions[name] = (session, cwd)
        for message in session.messages:
            if message["role"] == "assistant" and message.get("content"):
                self._say(name, message["content"])
        return {}

    def _prompt(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        if name not in self._sessions:
            raise _Refused(_BAD, "no such session")
        session, cwd = self._sessions[name]
        used = {"inputTokens": 0, "outputTokens": 0}

        def tell(event: str, more: dict[str, Any]) -> None:
            if event == "said":
                self._say(name, more["text"])
            elif event == "spent":
                used["inputTokens"] += more["input"]
                used["outputTokens"] += more["output"]

        worker = Worker(self._args.model_url, self._args.model, tell, lambda line: self._may(name, line))
        self._workers[name] = worker
        text = "\n".join(block.get("text", "") for block in params["prompt"])
        worker.work(session, text, cwd)
        stop = "cancelled" if worker.cancelled.is_set() else "end_turn"
        return {"stopReason": stop, "usage": {**used, "totalTokens": sum(used.values())}}

    def _cancel(self, name: str) -> None:
        if name in self._workers:
            self._workers[name].cancel()
        for waiting in self._answers.values():
            waiting.put({})

    def _may(self, name: str, line: str) -> bool:
        self._asked += 1
        number = self._asked
        call = {"toolCallId": f"call-{number}", "title": line, "kind": "execute"}
        self._update(name, {"sessionUpdate": "tool_call", "status": "pending", **call})
        self._answers[number] = queue.Queue()
        asked = {"sessionId": name, "toolCall": call, "options": OPTIONS}
        self._write({"jsonrpc": "2.0", "id": number, "method": "session/request_permission", "params": asked})
        answer = self._answers[number].get()
        del self._answers[number]
        return bool(answer.get("result", {}).get("outcome", {}).get("optionId") == "yes")

    def _say(self, name: str, text: str) -> None:
        block = {"type": "text", "text": text}
        self._update(name, {"sessionUpdate": "agent_message_chunk", "content": block})

    def _update(self, name: str, update: dict[str, Any]) -> None:
        params = {"sessionId": name, "update": update}
        self._write({"jsonrpc": "2.0", "method": "session/update", "params": params})

    def _write(self, message: dict[str, Any]) -> None:
        with self._writing:
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()


def main() -> None:
    """The program `windlass-scripted-agent`."""
    args = arguments()
    if not args.acp:
        sys.exit(work_once(args))
    Agent(args).serve()
