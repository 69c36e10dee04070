"""An ACP agent for tests that behaves as its first argument says, in ways that no decent one does."""

import json
import sys
import time

HOW = sys.argv[1]
LOADED = "loaded"


def write(**message: object) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def ask(method: str, **params: object) -> dict[str, object]:
    """A request to the client, and its answer."""
    write(id=f"q-{method}", method=method, params=params)
    return json.loads(sys.stdin.readline())


def prompted(number: int, session: str) -> None:
    said = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "hm"}}
    if session == LOADED:
        write(id=number, error={"code": -32603, "message": "Internal error"})
        return
    if HOW == "exits":
        sys.stderr.write("boom")
        sys.exit(3)
    if HOW == "silent":
        time.sleep(600)
    if HOW == "chatters":
        while True:
            write(method="session/update", params={"sessionId": "s", "update": said})
            time.sleep(0.02)
    if HOW == "garbage":
        for line in (
            "no json",
            "[1]",
            '{"id": []}',
            '{"id": 99, "error": 3}',
            '{"id": true, "result": 1}',
            "\xff",
        ):
            print(line, flush=True)
        write(id={"a": 1}, method="session/request_permission")
        write(method="session/update", params=7)
        write(id=12345, result={})
        sys.stderr.write("x" * 2_000_000)
        said["content"]["text"] = "x" * 200_000
        write(method="session/update", params={"sessionId": "s", "update": said})
    if HOW == "asks":
        codes = [
            ask(method, sessionId="s", path="/etc/passwd", command="id").get("error", {}).get("code")
            for method in ("fs/read_text_file", "fs/write_text_file", "terminal/create", "x/y", "_mine/z")
        ]
        codes.append(ask("session/request_permission", toolCall=3)["result"]["outcome"]["outcome"])
        said["content"]["text"] = json.dumps(codes)
        write(method="session/update", params={"sessionId": "s", "update": said})
    write(id=number, result={"stopReason": "refusal" if HOW == "refuses" else "end_turn"})


def main() -> None:
    session = ""
    for line in sys.stdin:
        message = json.loads(line)
        method, number = message.get("method"), message.get("id")
        if method == "initialize":
            can = {"loadSession": HOW in ("lies", "forgets")}
            write(id=number, result={"protocolVersion": 1, "agentCapabilities": can})
        elif method == "session/new" and HOW == "locked":
            write(id=number, error={"code": -32000, "message": "Authentication required"})
        elif method == "session/new":
            session = "s"
            write(id=number, result={"sessionId": "s"})
        elif method == "session/load" and HOW == "forgets":
            session = LOADED
            write(id=number, result={})
        elif method == "session/load":
            write(id=number, error={"code": -32603, "message": "Internal error"})
        elif method == "session/prompt":
            prompted(number, session)


main()
