"""The configured runners, opened once for a look: who takes an item, who works here, where tasks wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.backlog import Finding, Item
from windlass.dispatch.runner import RUNNERS, Offer, Outside, Runner, RunnerSpec
from windlass.kernel import Denied, Invalid, Ran, Tools, system_clock


@dataclass(frozen=True, slots=True)
class Staff:
    """Runners by name, in the configured order."""

    runners: Mapping[str, Runner | Outside]

    @property
    def here(self) -> tuple[str, ...]:
        """Those whose work is done by workers of this process, each in the lane of its own name."""
        return tuple(name for name, one in self.runners.items() if isinstance(one, Runner))

    def lane(self, name: str) -> str:
        """Where tasks for a runner wait."""
        one = self.runners[name]
        return name if isinstance(one, Runner) else one.lane

    def taker(self, item: Item, findings: Sequence[Finding]) -> str | None:
        """The first runner that accepts an item; None also without files, for then nothing may be changed."""
        paths = tuple(sorted({finding.path for finding in findings if finding.path}))
        if not paths:
            return None
        return self.accepting(Offer(item.source, item.rule, item.category, item.fixable, paths))

    def accepting(self, offer: Offer) -> str | None:
        """The first runner that takes such work."""
        return next((name for name, one in self.runners.items() if one.accepts(offer)), None)


def staff(runners: Mapping[str, RunnerSpec]) -> Staff:
    """Open the runners for a look; Invalid when an outside one shares its lane with one that works here."""
    tools = Tools(system_clock, _no_run, no_secret)
    made = Staff({name: RUNNERS.open(spec.kind, spec.settings, tools) for name, spec in runners.items()})
    for name in made.runners:
        if name not in made.here and made.lane(name) in made.here:
            raise Invalid(
                f"runner {name!r} files into lane {made.lane(name)!r}, where a runner of that name works",
                hint="give it a lane that only agents claim",
            )
    return made


def open_runner(runners: Mapping[str, RunnerSpec], name: str, tools: Tools) -> Runner:
    """One that works, with tools to work with."""
    spec = runners[name]
    made = RUNNERS.open(spec.kind, spec.settings, tools)
    if not isinstance(made, Runner):
        raise Invalid(f"runner {name!r} leaves its work to agents outside")
    return made


def no_secret(name: str) -> str:
    raise Denied(f"secret {name!r} is not granted to runners")


def _no_run(
    argv: Sequence[str], *, timeout_s: float, stdin: bytes = b"", env: object = None
) -> Ran:  # the shape of kernel.Run
    raise Denied(f"a runner may not run {argv[0]!r} before it has a task")
