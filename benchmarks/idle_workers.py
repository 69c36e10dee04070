"""What an idle worker costs: memory of one worker process, and of the server per connected worker.

    .venv/bin/python benchmarks/idle_workers.py [--workers 8] [--slots 1]

Starts a server (SQLite, its own home) and so many real `windlass worker` processes that find nothing to do,
and reads the proportional set size (PSS) of each from /proc after they have settled.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.journeys.fleet import Fleet, Program, free_port, until
from tests.journeys.plant import Plant

SETTLE_S = 20.0


def memory_mb(program: Program) -> float:
    """Proportional set size: shared pages are counted by the share of those who use them."""
    text = Path(f"/proc/{program.pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:"))) / 1024


def cpu_s(program: Program) -> float:
    words = Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--slots", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wl-idle-") as folder:
        fleet = Fleet(Plant(Path(folder) / "plant").make(parts=0), "sqlite:///")
        try:
            port = free_port()
            server = fleet.up(fleet.server("server", port=port))
            token = fleet.token("farm", home="server")
            time.sleep(5)
            alone = memory_mb(server)
            url, slots = f"http://127.0.0.1:{port}", ("--slots", str(asked.slots))
            workers = [fleet.worker(f"w{n}", url, token, *slots).start() for n in range(asked.workers)]
            until(lambda: all("works for" in one.said for one in workers), 120, "the workers")
            time.sleep(SETTLE_S / 2)
            before, began = [cpu_s(server), *(cpu_s(one) for one in workers)], time.monotonic()
            time.sleep(SETTLE_S)
            after = [cpu_s(server), *map(cpu_s, workers)]
            used = [now - then for now, then in zip(after, before, strict=True)]
            took = time.monotonic() - began
            sizes = sorted(memory_mb(one) for one in workers)
            grown = memory_mb(server) - alone
            print(f"one idle worker process: {sizes[len(sizes) // 2]:.1f} MB (PSS, median of {len(sizes)})")
            print(f"the server without workers: {alone:.1f} MB; {grown / len(sizes):.2f} MB more for each")
            print(f"processor: worker {100 * sum(used[1:]) / len(sizes) / took:.2f} % of a core,")
            print(f"  server {100 * used[0] / took:.2f} % with {len(sizes)} idle workers")
        finally:
            fleet.close()


if __name__ == "__main__":
    main()
