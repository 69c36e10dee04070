"""Lines to models: whatever an attempt of this process asks of a provider goes through the one meter.

A runner names its provider. Its attempts then have a door in their boxes that adds the key, counts, and puts
every call on record for exactly that lease; the key itself never gets inside.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from windlass import dispatch, meter
from windlass.app.config_providers import ProviderSetting, provider_of
from windlass.app.home import Home
from windlass.app.private import read_private
from windlass.app.transcripts import Transcripts
from windlass.app.wiring import Plant, runners_of
from windlass.dispatch import Job
from windlass.kernel import NotFound
from windlass.meter import Account, Caps, DurableLedger, Exchange, Line, Scope, Tally, parse_prices
from windlass.sandbox import Door

MODEL_PORT: Final = 8701
"""Where a box has its model, on a loopback of its own."""
Key = Callable[[], str] | None
Record = Callable[[Exchange], None]
Ledger = DurableLedger | Tally


@dataclass(frozen=True, slots=True)
class Supply:
    """A provider that runners use, and how its key is had; None: it needs none."""

    setting: ProviderSetting
    key: Key

    def line(self, ledger: Ledger, record: Record, caps: Mapping[Scope, Caps]) -> Line:
        """The line of one lease."""
        it = self.setting
        return Line(
            provider_of(it), ledger, key=self.key, caps=caps, prices=parse_prices(dict(it.prices)),
            models=frozenset(it.models), record=record,
        )  # fmt: skip

    def check_prices(self) -> None:
        """Raises Invalid when what its models cost cannot be told, so that no budget of money would hold."""
        nobody = Tally(Account(0, 0, 0, ""))
        self.line(nobody, lambda _: None, {Scope.TASK: Caps(micro_dollars=1)}).check()


class Lines:
    """The lines of one process. Its meter is opened when the first plant needs one."""

    def __init__(self, stack: ExitStack, transcripts: Transcripts, env: Mapping[str, str]) -> None:
        self._stack, self._transcripts, self._env = stack, transcripts, env
        self._meter: meter.Meter | None = None

    def kit(self, plant: Plant) -> dispatch.box.Kit:
        """What the boxes of a plant's attempts offer. Raises NotFound when a key is missing."""
        config = plant.config
        used = {spec.provider for spec in runners_of(config).values()}
        settings = [one for one in config.models.provider if one.name in used]
        supplies = {one.name: Supply(one, key_of(one, self._env)) for one in settings}
        if not supplies:
            return dispatch.box.Kit()
        if plant.budget.limits(dispatch.budgets.Counter.MONEY):
            for supply in supplies.values():
                supply.check_prices()
        if self._meter is None:
            self._meter = self._stack.enter_context(meter.Meter())
        opened, transcripts = self._meter, self._transcripts
        named = {name: spec.provider for name, spec in runners_of(config).items() if spec.provider}

        def doors(job: Job) -> Mapping[str, Door]:
            if job.runner not in named:
                return {}
            account = Account(plant.repository.id, job.lease.task_id, job.lease.fence, job.runner)
            ledger, supply = DurableLedger(plant.database, account), supplies[named[job.runner]]
            line = supply.line(ledger, transcripts.of(account), job.allowance.caps)
            return {"model": Door(MODEL_PORT, partial(opened.open, line))}

        return dispatch.box.Kit(doors)


@contextmanager
def open_lines(home: Home, env: Mapping[str, str]) -> Iterator[Lines]:
    """For as long as a process works: in the end every call is on record."""
    with ExitStack() as stack:
        yield Lines(stack, Transcripts(home.transcripts), env)


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
