"""Start a service of the project in the sandbox and hold what it answers against its contracts.

Found are operations that answer otherwise than the contract says or break, requests that it should refuse and
takes, WebSocket channels that refuse the handshake or send what is not declared, and where the contract that
the service tells of itself differs from the one in the tree. With `load_s` it is asked by several at once
instead, killed, started again and asked once more. What is found is looked for once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final, Literal

from windlass.kernel import Invalid, Tools
from windlass.verify import Check, Outcome, Reading, Scene

ONCE_MAX: Final = 5
"""Findings that are named which only one of two looks had."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`argv`: the program, with `{port}` for its port. `ready`: a path that is answered below 500 once it is
    up, within `wait_s` seconds. `openapi`, `asyncapi`: paths in the tree; `served`: where the service tells
    its own contract. `headers`: of every request. `env`: of the service. `leave_out`: `METHOD /path`, with
    `WS` for channels. `load_s`: seconds of load by `clients`; 0: the contracts instead.
    """

    argv: Sequence[str] = ()
    ready: str = ""
    wait_s: float = 30.0
    openapi: str = ""
    asyncapi: str = ""
    served: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    leave_out: Sequence[str] = ()
    load_s: float = 0.0
    clients: int = 8


def open(settings: Settings, tools: Tools) -> Check:
    if not settings.argv:
        raise Invalid("a service needs argv", hint='for example argv = ["python", "serve.py", "{port}"]')
    if not (settings.openapi or settings.asyncapi or settings.served):
        raise Invalid("a service needs a contract", hint='for example openapi = "contracts/openapi.yaml"')
    return Service(settings)


@dataclass(frozen=True, slots=True)
class Service:
    settings: Settings

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    @property
    def tiers(self) -> tuple[int, ...]:
        return (3,) if self.settings.load_s else (1,)

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        named = [path for path in (self.settings.openapi, self.settings.asyncapi) if path]
        gone = {f"{path}|missing-contract": 1 for path in named if path not in scene.files}
        if gone:
            why = dict.fromkeys(gone, "a service is held against it, and it is not in the tree")
            return Reading("service", Outcome.FAILED, counts=gone, why=why, detail="without a contract")
        if scene.problem:
            return Reading("service", Outcome.UNKNOWN, metrics=scene.outside, detail=scene.problem)
        first = self._look(scene)
        return confirmed(first, self._look(scene)) if first.outcome is Outcome.FAILED else first

    def _look(self, scene: Scene) -> Reading:
        options = {name: value for name, value in asdict(self.settings).items() if name != "env"}
        also = (self.settings.served.lstrip("/"),) if not self.settings.openapi else ()
        return scene.looked("service", options, copy=True, env=self.settings.env, also=also)


def confirmed(first: Reading, second: Reading) -> Reading:
    """What both looks found, each on a fresh copy. What one of them did not find is for a person: nobody can
    be refused for what comes and goes.
    """
    again = second.counts
    both = {key: min(count, again[key]) for key, count in first.counts.items() if key in again}
    once = sorted(first.counts.keys() ^ again.keys())
    seconds = first.seconds + second.seconds
    if not once:
        return replace(first, counts=both, seconds=seconds)
    told = f"found in one of two looks: {', '.join(once[:ONCE_MAX])}"
    metrics = {**first.metrics, "findings": float(sum(both.values())), "unread": float(len(once))}
    return Reading(
        first.check, Outcome.FAILED if both else Outcome.UNKNOWN, seconds, metrics, counts=both,
        detail=f"{told}; {second.detail if second.outcome is Outcome.UNKNOWN else first.detail}",
        why={**second.why, **first.why},
    )  # fmt: skip
