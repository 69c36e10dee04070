"""Lines outward: whatever an attempt of this process asks of a provider goes through the one meter, and what
it wants of the internet through the one egress; what it asks about its task reaches the tools of its lease.

A runner names its provider. Its attempts then have a door in their boxes that adds the key, counts, and puts
every call on record for exactly that lease; the key itself never gets inside.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Final, Protocol

from windlass import dispatch, identity, meter
from windlass.app.beside import mesh_beside
from windlass.app.config_providers import ProviderSetting, provider_of
from windlass.app.home import Home
from windlass.app.library import library_of
from windlass.app.private import read_private
from windlass.app.seat import Seat, holder_of
from windlass.app.transcripts import Transcripts
from windlass.app.wiring import Plant
from windlass.dispatch import Job, RunnerSpec
from windlass.egress import Egress, Outcome, Policy, parse_rule
from windlass.egress import Open as Out
from windlass.events import Subject, append
from windlass.identity import Principal
from windlass.kernel import Invalid, NotFound
from windlass.mesh import Sop
from windlass.meter import Account, Caps, DurableLedger, Exchange, Line, Scope, Tally, parse_prices
from windlass.sandbox import Door
from windlass.store import Transaction

MODEL_PORT: Final = 8701
"""Where a box has its model, on a loopback of its own."""
EGRESS_PORT: Final = 3128
"""Where a box has its proxy."""
MCP_PORT: Final = 8702
"""Where a box has the tools of its lease."""
REFUSED_MAX: Final = 20
TOLD_MAX: Final = 300
Doors = Callable[[Job], Mapping[str, Door]]
Key = Callable[[], str] | None
Record = Callable[[Exchange], None]
Ledger = DurableLedger | Tally


class Closes(Protocol):
    def close(self) -> None: ...


class Serve(Protocol):
    """Serve the holder of a lease on a listening socket, until it is closed; a room above this one can."""

    def __call__(
        self, tools: Seat, door: identity.Door, holder: Principal, library: Callable[[str], Sop],
        listener: socket.socket,
    ) -> Closes: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class Supply:
    """A provider that runners use, and how its key is had; None: it needs none."""

    setting: ProviderSetting
    key: Key

    def line(self, spec: RunnerSpec, ledger: Ledger, record: Record, caps: Mapping[Scope, Caps]) -> Line:
        """The line of one lease of a runner."""
        it = self.setting
        return Line(
            provider_of(it), ledger, key=self.key, caps=caps, prices=parse_prices(dict(it.prices)),
            models=frozenset((spec.model,) if spec.model else it.models), record=record,
            requests_max=spec.requests_max, window_s=spec.window_s,
        )  # fmt: skip

    def check(self, name: str, spec: RunnerSpec, *, money: bool) -> None:
        """Raises Invalid when a runner would be refused its own model, or when `money` is limited and what
        its models cost cannot be told.
        """
        if spec.model and self.setting.models and spec.model not in self.setting.models:
            raise Invalid(
                f"profile {name!r} names model {spec.model!r}, which {self.setting.name!r} does not offer",
                hint=f"it offers: {', '.join(self.setting.models)}",
            )
        caps, nobody = Caps(micro_dollars=1 if money else None), Tally(Account(0, 0, 0, ""))
        self.line(spec, nobody, lambda _: None, {Scope.TASK: caps}).check()


class Lines:
    """The lines of one process. Its meter and its egress are opened when the first plant needs them."""

    def __init__(
        self, stack: ExitStack, transcripts: Transcripts, env: Mapping[str, str], serve: Serve | None
    ) -> None:
        self._stack, self._transcripts, self._env, self._serve = stack, transcripts, env, serve
        self._meter: meter.Meter | None = None
        self._egress: Egress | None = None

    def kit(self, plant: Plant) -> dispatch.box.Kit:
        """What the boxes of a plant's attempts offer. Raises NotFound when a key is missing."""
        models, hosts, tools = self._models(plant), self._hosts(plant), self._tools(plant)
        return dispatch.box.Kit(lambda job: {**models(job), **hosts(job), **tools(job)})

    def _tools(self, plant: Plant) -> Doors:
        """The door to the tools of the job's own lease."""
        serve = self._serve
        if serve is None:
            return dispatch.box.no_doors
        seat, door = Seat(cache(partial(mesh_beside, plant))), identity.Door(plant.database)
        library = library_of(plant)

        def doors(job: Job) -> Mapping[str, Door]:
            holder = holder_of(job, plant.repository.id)
            return {"mcp": Door(MCP_PORT, partial(serve, seat, door, holder, library), inside=True)}

        return doors

    def _hosts(self, plant: Plant) -> Doors:
        """The door to the hosts that the owner named; none without any."""
        rules = tuple(parse_rule(text) for text in plant.config.sandbox.egress)
        if not rules:
            return dispatch.box.no_doors
        if self._egress is None:
            self._egress = self._stack.enter_context(Egress())
        opened = self._egress

        def served(job: Job, listener: socket.socket) -> "_Out":
            return _Out(opened.open(Policy(rules), listener), plant, job)

        return lambda job: {"egress": Door(EGRESS_PORT, partial(served, job))}

    def _models(self, plant: Plant) -> Doors:
        specs = {name: spec for name, spec in plant.runners.items() if spec.provider}
        used = {spec.provider for spec in specs.values()}
        settings = [one for one in plant.config.models.provider if one.name in used]
        supplies = {one.name: Supply(one, key_of(one, self._env)) for one in settings}
        if not supplies:
            return dispatch.box.no_doors
        own = dict(plant.budget.task_of)
        everybody = replace(plant.budget, task_of=()).limits(dispatch.budgets.Counter.MONEY)
        for name, spec in specs.items():
            supplies[spec.provider].check(name, spec, money=everybody or name in own)
        if self._meter is None:
            self._meter = self._stack.enter_context(meter.Meter())
        opened, transcripts = self._meter, self._transcripts

        def doors(job: Job) -> Mapping[str, Door]:
            if job.runner not in specs:
                return {}
            spec = specs[job.runner]
            account = Account(plant.repository.id, job.lease.task_id, job.lease.fence, job.runner)
            ledger, supply = DurableLedger(plant.database, account), supplies[spec.provider]
            line = supply.line(spec, ledger, transcripts.of(account), job.allowance.caps)
            return {"model": Door(MODEL_PORT, partial(opened.open, line), fault=line.latest.fault)}

        return doors


class _Out:
    """A lease's way out; what was tried there is told when it closes."""

    def __init__(self, out: Out, plant: Plant, job: Job) -> None:
        self._out, self._plant, self._job = out, plant, job

    def close(self) -> None:
        self._out.close()
        counts, tried = self._out.counts, self._out.passages
        if not tried:
            return
        about = Subject(self._plant.repository.id, None, self._job.lease.task_id, self._job.lease.fence)
        refused = list(dict.fromkeys(f"{one.target}: {one.why}"[:TOLD_MAX] for one in tried if one.why))

        def tell(tx: Transaction) -> None:
            append(
                tx, "egress.used", tx.now(), about=about,
                counts={kind.value: counts.get(kind, 0) for kind in Outcome}, refused=refused[:REFUSED_MAX],
            )  # fmt: skip

        self._plant.database.write(tell)


@contextmanager
def open_lines(home: Home, env: Mapping[str, str], serve: Serve | None = None) -> Iterator[Lines]:
    """For as long as a process works: in the end every call is on record. `serve`: see `Serve`; without it
    boxes have no tools.
    """
    with ExitStack() as stack:
        yield Lines(stack, Transcripts(home.transcripts), env, serve)


def key_of(setting: ProviderSetting, env: Mapping[str, str]) -> Key:
    """How a provider's key is had, asked for at every call, so that it can be changed meanwhile.

    Raises what says why when it cannot be had now.
    """
    kind, _, place = setting.key.partition(":")
    if not kind:
        return None

    def read() -> str:
        if kind == "file":
            return read_private(Path(place), "key")
        if not (found := env.get(place, "").strip()):
            raise NotFound(f"variable {place!r} holds no key for provider {setting.name!r}")
        return found

    read()
    return read
