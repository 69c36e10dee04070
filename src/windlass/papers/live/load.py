"""Ask a service by several at once, kill it in the middle of that, start it anew, and ask again."""

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.papers.live.service import NotReady, NotStarted, Service
from windlass.papers.live.target import Ask, Target, Unanswered
from windlass.papers.told import Fault, Told

SHARE: Final = 0.001
"""Of the requests for one target: a larger share that fails, and more than `FEW`, is a fault. Our choice."""
FEW: Final = 2
LEAST: Final = 100
"""Answers below which no percentile is told."""
PAUSE_S: Final = 0.2
"""Before somebody whose request was not answered asks again."""
ASK_S: Final = 10.0


@dataclass
class _Seen:
    """What came of one target: seconds of each answer, and how others failed."""

    seconds: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)


def run(service: Service, smoke: Sequence[Ask], path: str, *, seconds: float, clients: int) -> Told:
    """Load for so many seconds; then load, and death in its midst. Faults are told of `path`."""
    before = _states(service, smoke)
    steady = [one for one in smoke if 0 < before[_name(one)] < 500]
    if not steady:
        return Told(1, unread=["no safe request is answered below 500, so nothing can be loaded"])
    seen, took = _loaded(service, steady, seconds, clients)
    faults, again = list(_failing(seen, path)), "ended by itself"
    if service.ended:
        faults.append(Fault(path, "ended-under-load", "", 0, service.how))
    else:
        again, broken = _killed(service, steady, before, path, clients)
        faults += broken
    times = sorted(second for one in seen.values() for second in one.seconds)
    measures = {"requests_per_s": round(len(times) / took, 1)} if times else {}
    if len(times) >= LEAST:
        measures |= {f"load_p{share}_ms": round(1000 * _at(times, share), 3) for share in (50, 95, 99)}
    told = ", ".join(f"{name} {value:g}" for name, value in measures.items())
    note = f"{len(times)} answers to {clients} clients in {took:.0f} s ({told}); {again}"
    left = [f"not loaded, as it fails without: {_name(one)}" for one in smoke if one not in steady]
    return Told(1, faults, (), [note, *left], measures)


def _loaded(
    service: Service, asks: Sequence[Ask], seconds: float, clients: int
) -> tuple[dict[str, _Seen], float]:
    """Everybody asks one thing after the other, in an order of their own, for so long."""
    began = time.monotonic()
    target = Target(service.port, service.headers, began + seconds)
    every = [{_name(one): _Seen() for one in asks} for _ in range(clients)]
    threads = [
        threading.Thread(target=_client, args=(target, asks, seen, random.Random(number)), daemon=True)  # noqa: S311
        for number, seen in enumerate(every)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(seconds + ASK_S + 1)
    return {name: _joined([seen[name] for seen in every]) for name in every[0]}, time.monotonic() - began


def _joined(every: Sequence[_Seen]) -> _Seen:
    made = _Seen()
    for one in every:
        made.seconds += one.seconds
        made.failed += one.failed
    return made


def _client(target: Target, asks: Sequence[Ask], seen: dict[str, _Seen], chance: random.Random) -> None:
    order = list(asks)
    while not target.late:
        chance.shuffle(order)
        for one in order:
            if target.late:
                return
            _once(target, one, seen[_name(one)])


def _once(target: Target, ask: Ask, seen: _Seen) -> None:
    try:
        answer = Target(target.port, target.headers).ask(ask, wait_s=ASK_S)
    except Unanswered as error:
        seen.failed[str(error)] += 1
        time.sleep(PAUSE_S)
        return
    if answer.status == 500:
        seen.failed["status 500"] += 1
    else:
        seen.seconds.append(answer.seconds)


def _failing(seen: dict[str, _Seen], path: str) -> list[Fault]:
    faults = []
    for name, one in sorted(seen.items()):
        count, whole = one.failed.total(), one.failed.total() + len(one.seconds)
        if count > max(FEW, SHARE * whole):
            most, _ = one.failed.most_common(1)[0]
            text = f"{count} of {whole} requests failed while several asked at once, most of them: {most}"
            faults.append(Fault(path, "fails-under-load", name, 0, text))
    return faults


def _killed(
    service: Service, asks: Sequence[Ask], before: dict[str, int], path: str, clients: int
) -> tuple[str, list[Fault]]:
    """Kill it while it is asked, start it again where it lies, and see whether it answers as it did."""
    busy = threading.Thread(target=_loaded, args=(service, asks, 2.0, clients), daemon=True)
    busy.start()
    time.sleep(1.0)
    service.kill()
    busy.join(2 * ASK_S)
    try:
        took = service.start()
    except (NotStarted, NotReady) as error:
        why = f"killed under load and started again: {error}"
        return "killed, and not up again", [Fault(path, "not-up-after-a-kill", "", 0, why)]
    after = _states(service, asks)
    since = "since the service was killed under load and started anew"
    return f"killed, and up again after {took:.2g} s", [
        Fault(
            path, "broken-after-a-kill", name, 0,
            f"answered {status or 'not at all'}, {since}; {before[name]} before",
        )
        for name, status in sorted(after.items()) if status == 0 or (status >= 500 > before[name])
    ]  # fmt: skip


def _states(service: Service, asks: Sequence[Ask]) -> dict[str, int]:
    """The status of every answer; 0: none came."""
    found: dict[str, int] = {}
    for one in asks:
        try:
            found[_name(one)] = Target(service.port, service.headers).ask(one, wait_s=ASK_S).status
        except Unanswered:
            found[_name(one)] = 0
    return found


def _name(ask: Ask) -> str:
    return f"{ask.method} {ask.target}"


def _at(times: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of sorted numbers."""
    return times[max(0, math.ceil(percent / 100 * len(times)) - 1)]
