"""Start a service, ask it all that its contracts let one ask, end it; and see how it bears load and death."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any, Final

from windlass.papers.forked import Answer, each
from windlass.papers.kinds import kind_of
from windlass.papers.live import asking, drift, load, sockets
from windlass.papers.live.service import NotReady, NotStarted, Service
from windlass.papers.live.target import Ask, Target, Unanswered
from windlass.papers.references import Shelf
from windlass.papers.text import Paper, Unreadable, read
from windlass.papers.told import Fault, Told
from windlass.papers.walk import Tree

EACH_S: Final = 90.0
"""For one contract, or for one drift."""
ALL_S: Final = 180.0
"""For all of them; load has a time of its own."""
FAULTS_MAX: Final = 1_000
UNREAD: Final = "unread: "
"""How a note begins that says what could not be looked at."""
HTTP, SOCKETS, DRIFT, SMOKE = "HTTP", "WebSockets", "drift", "smoke"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one service; see `Service` for how it starts. `openapi`, `asyncapi`: paths of its
    contracts in the tree; `served`: where it tells its own, empty for nowhere. Without `openapi` what it
    serves is the contract. `load_s`: for so long `clients` ask it at once and it is killed once, instead of
    all else.
    """

    argv: Sequence[str]
    ready: str = ""
    wait_s: float = 30.0
    openapi: str = ""
    asyncapi: str = ""
    served: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    leave_out: Sequence[str] = ()
    load_s: float = 0.0
    clients: int = 8

    @property
    def contract(self) -> str:
        """Which paper faults of the service as a whole are told of."""
        return self.openapi or self.asyncapi or self.served.lstrip("/")


def look(tree: Tree, told: Mapping[str, Any]) -> Told:
    """What was seen of one service."""
    asked = Asked(**{name: value for name, value in told.items() if name != "kind"})
    service = Service(asked.argv, asked.ready, asked.wait_s, asked.headers)
    try:
        up_s = service.start()
    except NotStarted as error:
        return Told(1, [Fault(asked.contract, "not-started", "", 0, str(error))])
    except NotReady as error:
        return Told(1, unread=[str(error)])
    else:
        one = _Look(asked, service, Shelf(tree))
        return one.under_load() if asked.load_s else one.held(up_s)
    finally:
        service.stop()


@dataclass
class _Look:
    asked: Asked
    service: Service
    shelf: Shelf

    def held(self, up_s: float) -> Told:
        """It against its contracts, each in a process of its own, as what they say may keep one busy."""
        asked = self.asked
        both = bool(asked.openapi and asked.served)
        steps = [HTTP] * bool(asked.openapi or asked.served) + [SOCKETS] * bool(asked.asyncapi)
        answers = self._each([*steps, *[DRIFT] * both], time.monotonic() + ALL_S)
        faults, unread, notes = _sorted(answers)
        if self.service.ended:
            how = f"while it was asked: {self.service.how}"
            faults.append(Fault(asked.contract, "service-ended", "", 0, how))
        return Told(len(steps), faults, unread, notes, {"start_s": round(up_s, 3)})

    def under_load(self) -> Told:
        """It, asked by several at once, killed in the middle of it, and asked again."""
        asked = self.asked
        answers = list(self._each([SMOKE], time.monotonic() + EACH_S))
        smoke, left = _asks(answers), [one for one in answers if not isinstance(one.value, list)]
        if not smoke:
            return Told(1, unread=[*(one.problem for one in left), "no safe request is known to load it"])
        return load.run(self.service, smoke, asked.contract, seconds=asked.load_s, clients=asked.clients)

    def _each(self, steps: Sequence[str], until: float) -> Iterable[Answer]:
        return each(steps, self._step, each_s=EACH_S, until=until)

    def _step(self, step: str) -> list[Any]:
        """One step, as plain values: notes are texts, faults and requests are lists."""
        target = Target(self.service.port, self.asked.headers, time.monotonic() + 0.9 * EACH_S)
        made: dict[str, Callable[[], Iterable[Fault | str]]] = {
            HTTP: lambda: asking.http(target, self.shelf, *self._openapi, self.asked.leave_out),
            SOCKETS: lambda: sockets.sockets(target, self.shelf, *self._asyncapi, self.asked.leave_out),
            DRIFT: lambda: drift.drift(self.shelf, *self._openapi, self._served(target)[0]),
        }
        try:
            if step == SMOKE:
                asks = asking.smoke(self.shelf, *self._openapi, self.asked.leave_out)
                return [[one.method, one.target, dict(one.headers)] for one in asks]
            return list(islice(map(_plain, made[step]()), FAULTS_MAX))
        except Unreadable as error:
            return [f"{UNREAD}{step}: {error}"]

    @cached_property
    def _openapi(self) -> tuple[Paper, str]:
        """The contract for HTTP, and which standard it follows."""
        if self.asked.openapi:
            return _known(self._paper(self.asked.openapi), "openapi", "swagger")
        return self._served(Target(self.service.port, self.asked.headers))

    @cached_property
    def _asyncapi(self) -> tuple[Paper, str]:
        return _known(self._paper(self.asked.asyncapi), "asyncapi")

    def _paper(self, path: str) -> Paper:
        try:
            return self.shelf.get(path)
        except Unreadable as error:
            raise Unreadable(f"{path}: {error}", error.line) from error

    def _served(self, target: Target) -> tuple[Paper, str]:
        """The contract that the service tells of itself, and which standard it follows. Raises Unreadable."""
        where = self.asked.served
        try:
            answer = target.ask(Ask("GET", where, {"Accept": "application/json, */*;q=0.5"}))
        except Unanswered as error:
            raise Unreadable(f"{where}: {error}") from error
        if answer.status != 200:
            raise Unreadable(f"{where} is answered with {answer.status}, not with a contract")
        try:
            form = "json" if answer.body.lstrip()[:1] == b"{" else "yaml"
            paper = replace(read(f"served.{form}", answer.body), path=where.lstrip("/"))
        except Unreadable as error:
            raise Unreadable(f"{where}: {error}") from error
        return _known(paper, "openapi", "swagger")


def _known(paper: Paper, *standards: str) -> tuple[Paper, str]:
    kind = kind_of(paper.value)
    if not kind.startswith(standards):
        raise Unreadable(f"{paper.path} is no {' or '.join(standards)} of a version that is known here")
    return paper, kind


def _plain(one: Fault | str) -> Any:
    return one if isinstance(one, str) else [one.path, one.rule, one.at, one.line, one.text, one.grave]


def _sorted(answers: Iterable[Answer]) -> tuple[list[Fault], list[str], list[str]]:
    """Faults, what could not be looked at, and notes."""
    faults: dict[tuple[str, int], Fault] = {}
    unread, notes = list[str](), list[str]()
    for answer in answers:
        if answer.problem:
            unread.append(f"{answer.item}: {answer.problem}")
            continue
        if len(answer.value) >= FAULTS_MAX:
            unread.append(f"{answer.item}: more than {FAULTS_MAX} faults, the rest is not told")
        for one in answer.value:
            if isinstance(one, str):
                (unread if one.startswith(UNREAD) else notes).append(one.removeprefix(UNREAD))
            else:
                faults.setdefault((Fault(*one).key, one[3]), Fault(*one))
    return list(faults.values()), unread, notes


def _asks(answers: Sequence[Answer]) -> list[Ask]:
    asks = (one for answer in answers if isinstance(answer.value, list) for one in answer.value)
    return [Ask(*one) for one in asks if isinstance(one, list)]
