"""File a task by hand, for agents that claim it themselves: graded by the gate, the first of its chain."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from windlass import backlog, dispatch, history, policy
from windlass.app.client import Client, patiently
from windlass.app.wiring import Plant, scope_of
from windlass.dispatch import Place, Spec
from windlass.history import Act
from windlass.kernel import Invalid
from windlass.store import Transaction
from windlass.workspace import bad_name

PATHS_MAX: Final = 1_000
TITLE_MAX: Final = 200
TEXT_MAX: Final = 100_000
SIZE: Final = 3
"""Points of a job that nobody sized: one place."""
PATIENCE_S: Final = 30.0
"""How long a server that does not answer is asked again."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done. `paths`: the only files it may change, or folders with a slash at their end.

    `size`: the job's size in points, None where nobody said; `risky`: somebody knows that the risk is high,
    whatever the gate says. For an errand (see errand.py): `key` names it, so that it is filed once; `by`
    ordered it; `after`: which of the orders given with it have to be done before, counted from 0.
    `acceptance`: tests and commands that show that it is done.
    """

    title: str
    lane: str
    paths: tuple[str, ...]
    text: str = ""
    kind: str = "change"
    needs: tuple[int, ...] = ()
    skills: tuple[str, ...] = ()
    wsjf: float = 2.0
    size: int | None = None
    risky: bool = False
    key: str = ""
    by: str = ""
    after: tuple[int, ...] = ()
    acceptance: tuple[str, ...] = ()

    def file_at(self, server: str, token: str, *, repository: str | None, authority: Path | None) -> "Filed":
        """File it at a server, in the named repository or its only one; asked again, it is done once."""
        told: dict[str, Any] = {
            "title": self.title, "lane": self.lane, "paths": self.paths, "text": self.text,
            "kind": self.kind, "needs": self.needs, "skills": self.skills, "wsjf": self.wsjf,
            "high_risk": self.risky, "acceptance": self.acceptance,
        }  # fmt: skip
        path = "/v1/tasks" + (f"?repository={quote(repository)}" if repository else "")
        key = f"file-{uuid.uuid4().hex}"
        client = Client(server, token, authority=authority)
        try:
            ask = partial(client.call, "POST", path, told, key=key)
            answer = patiently(ask, threading.Event(), patience_s=PATIENCE_S)
        finally:
            client.close()
        return Filed(int(answer["id"]), str(answer["risk"]), tuple(answer["reasons"]))

    def filer(self, plant: Plant, by: str) -> "Callable[[Transaction], Filed]":
        """See `filer`."""
        return filer(plant, self, by)


@dataclass(frozen=True, slots=True)
class Filed:
    """The task, its risk, and why."""

    task: int
    risk: str
    reasons: tuple[str, ...] = field(default=())


def filer(plant: Plant, order: Order, by: str) -> Callable[[Transaction], Filed]:
    """Check an order and look at main; what comes back files the task, in a transaction of the caller's.

    Whoever claims its lane over MCP or HTTP gets it when its needs are met. `by`: who is on record for it.
    """
    check(order)
    playbook = plant.playbooks.fitting("", order.kind)
    spec = Spec(
        order.lane, order.paths, instructions=playbook.told(order.text, order.acceptance),
        source=Spec.ORDERED, playbook=playbook.name, acceptance=backlog.check_acceptance(order.acceptance),
        also=playbook.also,
    )  # fmt: skip
    base = plant.main_now()
    risk, reasons = grade(order, scope_of(plant.config))

    def file(tx: Transaction) -> Filed:
        now, number = tx.now(), plant.repository.id
        made = dispatch.add_task(
            tx, repository_id=number, item_id=None, lane=dispatch.lane_id(tx, number, order.lane),
            kind=order.kind, title=order.title,
            spec=spec, wsjf=order.wsjf, base=base, now=now, needs=order.needs,
            attempts_max=plant.config.dispatch.attempts_max, place=Place.first(risk),
            touches=tuple(pattern(path) for path in order.paths), skills=order.skills,
        )  # fmt: skip
        dispatch.grounds.look(tx, number, now)  # so that it can be claimed where no server runs
        act = Act("task file", by, f"task {made}: {order.title}", number)
        history.final(tx, act, f"take it away with `windlass task cancel {made}`")
        return Filed(made, risk, reasons)

    return file


def grade(order: Order, scope: policy.Scope) -> tuple[str, tuple[str, ...]]:
    """The gate's own grade of the risk; a person may raise it and not lower it."""
    found = policy.assess(
        policy.Work(
            category=order.kind, source=Spec.ORDERED, rule="", paths=order.paths, fixable=False,
            severity="", wsjf=order.wsjf, size=order.size or SIZE,
        ),
        scope,
    )  # fmt: skip
    said = ("a person says so",) if order.risky else ()
    risk = "high" if order.risky else found.risk.value
    return risk, (*said, *found.reasons)


def check(order: Order, *, anywhere: bool = False) -> None:
    """Raise Invalid for an order that cannot be filed; `anywhere`: one without paths may be."""
    if not order.title.strip() or len(order.title) > TITLE_MAX or "\n" in order.title:
        raise Invalid(f"a title is one line of at most {TITLE_MAX} characters")
    if len(order.text) > TEXT_MAX:
        raise Invalid(f"the text has {len(order.text)} characters, more than {TEXT_MAX}")
    if (not order.paths and not anywhere) or len(order.paths) > PATHS_MAX:
        raise Invalid(
            f"a task names the files it may change: one to {PATHS_MAX}",
            hint="--path src/cart.py --path tests/ (a slash at the end: the whole folder)",
        )
    for path in order.paths:
        for name in path.removesuffix("/").split("/"):
            if wrong := bad_name(name):
                raise Invalid(f"path {path!r}: {wrong}", hint="write it from the top of the repository")


def pattern(path: str) -> str:
    """The path as a pattern that means only itself, and what lies below it."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
