"""Slower or not: how often that is told rightly and wrongly, beside Apache Otava alone and a fixed threshold.

    python benchmarks/perf.py --otava PYTHON     # an interpreter that has apache-otava; else no such columns
    python benchmarks/perf.py --short

Three parts. `gate`: a change slower by a known share, with noise drawn for every run; windlass asks for
pairs until it knows or has had `--pairs`, Otava gets the same runs as one series (base, then change) and
says whether there is a change point that is slower by more than the tolerance, `once` compares one run of
each with the tolerance, `mean` the means of all of them. `trend`: a series over landings in which the level
shifts, given point by point, as landings come. `machine`: processes of this machine that count a known
amount longer, compared for real.

Noise of 5 % means: the logarithm of a run's seconds has a standard deviation of 0.05. `heavy`: one run in
ten takes longer by an exponential draw of mean five times the noise besides.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from windlass.ratchet.model import Point
from windlass.ratchet.trend import shifts
from windlass.verify.slowdown import Pair, slowdown, slower

TOLERANCE = 0.05
HISTORY, SINCE, NEAR = 40, 20, 3
"""Points before a shift, points after it, and how far from it a change point is still the shift."""
OTAVA = """
import json, sys
from otava.analysis import compute_change_points
for line in sys.stdin:
    series = json.loads(line)
    found, _ = compute_change_points(series, window_len=50, max_pvalue=0.001, min_magnitude=0.0)
    told = [[int(p.index), float(p.stats.mean_1), float(p.stats.mean_2)] for p in found]
    print(json.dumps(told), flush=True)
"""
COUNT = "import sys, time\nclock = getattr(time, sys.argv[2])\nt = clock()\n"
COUNT += "for n in range(int(sys.argv[1])): n * n\nprint(clock() - t)"
CLOCKS = {"wall": "perf_counter", "processor": "process_time"}
Found = list[tuple[int, float, float]]


class Otava:
    """The peer in an interpreter of its own: it wants other versions of numpy and scipy than windlass."""

    def __init__(self, python: str) -> None:
        self._child = subprocess.Popen(
            [python, "-c", OTAVA], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, series: Sequence[float]) -> Found:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(list(series)) + "\n")
        self._child.stdin.flush()
        return [(int(i), a, b) for i, a, b in json.loads(self._child.stdout.readline())]


def noisy(rng: random.Random, noise: float, *, heavy: bool) -> float:
    value = math.exp(rng.gauss(0, noise))
    return value * (1 + rng.expovariate(1 / (5 * noise))) if heavy and rng.random() < 0.1 else value


def paired(pairs: Sequence[Pair]) -> tuple[bool | None, int]:
    """What the gate answers, and with how many pairs."""
    for count in range(2, len(pairs) + 1, 2):
        if (answer := slower(pairs[:count], TOLERANCE)) is not None:
            return answer, count
    return None, len(pairs)


def otava_says(otava: Otava, pairs: Sequence[Pair]) -> bool:
    found = otava([base for base, _ in pairs] + [change for _, change in pairs])
    return any(b > a * (1 + TOLERANCE) and abs(at - len(pairs)) <= NEAR for at, a, b in found)


def gate(otava: Otava | None, trials: int, pairs_max: int, heavy: bool) -> Iterator[list[str]]:
    for noise in (0.01, 0.02, 0.05, 0.10, 0.20):
        for delta in (0.0, 0.02, 0.05, 0.08, 0.10, 0.15, 0.20, 0.30):
            rng = random.Random(f"{noise} {delta} {heavy}")
            said: list[tuple[bool | None, int]] = []
            others = {"otava": 0, "once": 0, "mean": 0}
            for _ in range(trials):
                runs = [
                    (noisy(rng, noise, heavy=heavy), (1 + delta) * noisy(rng, noise, heavy=heavy))
                    for _ in range(pairs_max)
                ]
                said.append(paired(runs))
                others["once"] += runs[0][1] > runs[0][0] * (1 + TOLERANCE)
                means = [statistics.fmean(arm) for arm in zip(*runs, strict=True)]
                others["mean"] += means[1] > means[0] * (1 + TOLERANCE)
                others["otava"] += otava_says(otava, runs) if otava else 0
            answers = [answer for answer, _ in said]
            yield [
                f"{noise:.0%}", f"{delta:+.0%}",
                *(f"{answers.count(one) / trials:.0%}" for one in (True, False, None)),
                f"{statistics.fmean(count for _, count in said):.0f}",
                f"{others['otava'] / trials:.0%}" if otava else "-",
                *(f"{others[name] / trials:.0%}" for name in ("once", "mean")),
            ]  # fmt: skip


def online(values: Sequence[float], find: Callable[[Sequence[float]], list[int]]) -> list[tuple[int, int]]:
    """Every change point when it is first told, as landings come: (where, after how many points)."""
    told: list[tuple[int, int]] = []
    for end in range(6, len(values) + 1):
        told += [(p, end) for p in find(values[:end]) if all(abs(p - old) > NEAR for old, _ in told)]
    return told


def ours(values: Sequence[float]) -> list[int]:
    found = shifts([Point(value, float(n)) for n, value in enumerate(values)])
    return [int(one.first.at) for one in found]


def trend(otava: Otava | None, trials: int, heavy: bool) -> Iterator[list[str]]:
    """Per peer: series of 60 in which something is told that is none; shifts found; after how many points."""
    finders: dict[str, Callable[[Sequence[float]], list[int]]] = {"windlass": ours}
    if otava:
        finders["otava"] = lambda values: [at for at, _, _ in otava(values)]
    for noise in (0.02, 0.05, 0.10):
        for delta in (0.0, 0.05, 0.10, 0.20):
            rng = random.Random(f"trend {noise} {delta} {heavy}")
            runs = [
                [
                    (1 + (delta if n >= HISTORY else 0.0)) * noisy(rng, noise, heavy=heavy)
                    for n in range(HISTORY + SINCE)
                ]
                for _ in range(trials)
            ]
            row = [f"{noise:.0%}", f"{delta:+.0%}"]
            for name in ("windlass", "otava"):
                row += (
                    _scored([online(values, finders[name]) for values in runs], delta)
                    if name in finders
                    else ["-"] * 3
                )
            yield row


def _scored(told: Sequence[Sequence[tuple[int, int]]], delta: float) -> list[str]:
    right = [
        [end - HISTORY for at, end in one if delta and end > HISTORY and abs(at - HISTORY) <= NEAR]
        for one in told
    ]
    wrong = sum(len(one) > len(ok) for one, ok in zip(told, right, strict=True))
    late = [ok[0] for ok in right if ok]
    hit = f"{len(late) / len(told):.0%}" if delta else "-"
    return [f"{wrong / len(told):.0%}", hit, f"{statistics.median(late):.0f}" if late else "-"]


def counted(loops: int, clock: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(loops), CLOCKS[clock]], capture_output=True, check=True, text=True
    )
    return float(done.stdout)


def machine(otava: Otava | None, trials: int, pairs_max: int, loops: int, clock: str) -> Iterator[list[str]]:
    """Real processes: the base counts `loops`, the change a share more; in blocks, as the gate runs them."""
    for delta in (0.0, 0.02, 0.10, 0.20):
        answers, counts, once, otavas, spread = [], [], 0, 0, []
        for _ in range(trials):
            runs: list[Pair] = []
            more = round(loops * (1 + delta))
            while len(runs) < pairs_max:
                b1, c1, c2, b2 = (counted(each, clock) for each in (loops, more, more, loops))
                runs += [(b1, c1), (b2, c2)]
            answer, count = paired(runs)
            answers.append(answer)
            counts.append(count)
            once += runs[0][1] > runs[0][0] * (1 + TOLERANCE)
            otavas += otava_says(otava, runs) if otava else 0
            spread.append(statistics.stdev(math.log(c / b) for b, c in runs))
        yield [
            f"{statistics.median(spread):.1%}", f"{delta:+.0%}",
            *(f"{answers.count(one)} of {trials}" for one in (True, False, None)),
            f"{statistics.fmean(counts):.0f}", f"{otavas} of {trials}" if otava else "-",
            f"{once} of {trials}", str(slowdown(runs)),
        ]  # fmt: skip


def table(title: str, header: Sequence[str], rows: Iterator[list[str]]) -> None:
    print(f"\n{title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--otava", help="an interpreter that has apache-otava")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--short", action="store_true", help="few trials: to see that it runs")
    parser.add_argument("--parts", nargs="+", default=["gate", "trend", "machine"])
    asked = parser.parse_args()
    trials = 10 if asked.short else asked.trials
    otava = Otava(asked.otava) if asked.otava else None
    began, series = time.monotonic(), trials // 4 or 1
    head = ("noise", "slower by", "slower", "not slower", "cannot resolve", "pairs", "Otava", "once", "mean")
    both = ("false", "found", "after")
    for heavy in (False, True):
        kind = "heavy" if heavy else "normal"
        if "gate" in asked.parts:
            table(f"gate, {kind} noise, {trials} trials", head, gate(otava, trials, asked.pairs, heavy))
        if "trend" in asked.parts:
            header = ("noise", "shift", *(f"windlass {w}" for w in both), *(f"Otava {w}" for w in both))
            table(
                f"trend, {kind} noise, {series} series",
                header,
                trend(otava, series, heavy),
            )
    if "machine" in asked.parts:
        head = ("spread of pairs", *head[1:8], "the last comparison, all pairs")
        loops, rounds = (200_000, 2) if asked.short else (1_000_000, 6)
        for clock in CLOCKS:
            rows = machine(otava, rounds, asked.pairs, loops, clock)
            table(f"machine, {clock} seconds, {rounds} comparisons", head, rows)
    print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
