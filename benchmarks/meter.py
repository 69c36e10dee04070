"""What the meter adds to a call of a model: the same calls to the scripted model, direct and through it.

    python benchmarks/meter.py                    # 2,000 calls of each kind
    python benchmarks/meter.py --calls 300

The scripted model, the meter and this client are three processes on loopback. Each call is made direct,
through a meter that counts in memory and one that counts in SQLite (synchronous=FULL, in --folder),
turn by turn, on connections that stay open. `first byte` is the time to the first part of a stream's body,
`whole` to its last. The model answers at once, so all that is seen is overhead; a real one takes seconds.
Processor time is that of the process in the column's name alone; in brackets the model's own.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from windlass.meter import Account, DurableLedger, Line, Meter, Protocol, Provider, Tally
from windlass.store import migrate, open_database

TEXT = "The test passes now, and here is why. " * 50
MESSAGES = [{"role": "user", "content": "word " * 4_000}]
AT_ONCE = 50


def serve(url: str, folder: str) -> None:
    """The child: a meter before `url`; counts in SQLite if there is a folder."""
    account = Account(1, 1, 1, "bench")
    ledger: Tally | DurableLedger = Tally(account)
    if folder:
        database = open_database(f"sqlite:///{folder}/meter.db")
        migrate(database)
        ledger = DurableLedger(database, account)
    with Meter() as meter:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        port = listener.getsockname()[1]
        provider = Provider("bench", url, frozenset(Protocol))
        meter.open(Line(provider, ledger, key=lambda: "sk-bench-0123456789"), listener)
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
        threading.Event().wait()


@contextmanager
def child(*words: str) -> Iterator[tuple[str, int]]:
    """A process that says its address as JSON, and its number."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            line = made.stdout.readline()
            assert line, f"{words} ended"
            text += line
        try:
            yield json.loads(text)["url"], made.pid
        finally:
            made.terminate()


def once(client: httpx.Client, url: str, *, stream: bool) -> tuple[float, float]:
    """Milliseconds to the first part of the body, and to its end."""
    body = {"model": "bench", "messages": MESSAGES, "stream": stream}
    began = time.perf_counter()
    with client.stream("POST", f"{url}/v1/chat/completions", json=body) as answer:
        assert answer.status_code == 200, answer.read()
        first = 0.0
        for _ in answer.iter_raw():
            first = first or time.perf_counter() - began
    return first * 1_000, (time.perf_counter() - began) * 1_000


def cpu_ms(pid: int) -> float:
    """Processor time of a process so far, all threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000 / os.sysconf("SC_CLK_TCK")


def in_turn(urls: dict[str, str], calls: int) -> list[str]:
    rows = []
    for stream in (False, True):
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in urls}
        with httpx.Client(trust_env=False, timeout=60) as client:
            for _ in range(calls):
                for name, url in urls.items():
                    times[name].append(once(client, url, stream=stream))
        for part, index in (("first byte", 0), ("whole", 1)):
            if stream or index:
                kind = f"stream, {part}" if stream else "no stream"
                rows.append(row(kind, {name: [one[index] for one in found] for name, found in times.items()}))
    return rows


def row(kind: str, times: dict[str, list[float]]) -> str:
    cuts = {name: statistics.quantiles(found, n=100) for name, found in times.items()}
    base = cuts["direct"]
    cells = [f"{one[49]:.2f} / {one[98]:.2f}" for one in cuts.values()]
    added = [f"{one[49] - base[49]:+.2f}" for name, one in cuts.items() if name != "direct"]
    return f"| {kind} | {' | '.join(cells + added)} |"


async def at_once(url: str, calls: int) -> float:
    """Calls a second, AT_ONCE of them at work."""
    left = iter(range(calls))

    async def caller(client: httpx.AsyncClient) -> None:
        for _ in left:
            body = {"model": "bench", "messages": MESSAGES, "stream": True}
            answer = await client.post(f"{url}/v1/chat/completions", json=body)
            assert answer.status_code == 200, answer.text

    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        began = time.perf_counter()
        await asyncio.gather(*(caller(client) for _ in range(AT_ONCE)))
        return calls / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument(
        "--folder", default=None, help="where the database lies; default: the temporary folder"
    )
    parser.add_argument("--serve", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(*given.serve)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=given.folder))
        script = Path(folder, "script.json")
        script.write_text(json.dumps({"final": TEXT}))
        windlass = str(Path(sys.executable).with_name("windlass"))
        model = (windlass, "model", "serve", "--script", str(script), "--json")
        started = {"direct": stack.enter_context(child(*model))}
        for name, place in (("in memory", ""), ("SQLite", folder)):
            words = (sys.executable, __file__, "--serve", started["direct"][0], place)
            started[name] = stack.enter_context(child(*words))
        urls = {name: one[0] for name, one in started.items()}
        for url in urls.values():
            asyncio.run(at_once(url, 100))
        names = " | ".join(urls)
        print(f"| p50 / p99 ms | {names} | added, in memory | added, SQLite |")
        print(f"|{'---|' * 6}")
        before = {name: cpu_ms(one[1]) for name, one in started.items()}
        print("\n".join(in_turn(urls, given.calls)))
        used = [(cpu_ms(one[1]) - before[name]) / (2 * given.calls) for name, one in started.items()]
        print(f"| processor time of a call | ({used[0] / 3:.2f}) | {used[1]:.2f} | {used[2]:.2f} | | |")
        rates = [f"{asyncio.run(at_once(url, given.calls)):.0f}" for url in urls.values()]
        print(f"| streams a second, {AT_ONCE} at once | {' | '.join(rates)} | | |")


if __name__ == "__main__":
    main()
