"""Errands: work that a person orders from the workers of this process, done at once and before all else.

Each order becomes an item, so that it is scored, listed and closed like any other work, and a task for one
runner. That a person orders it is the leave to begin; what it changes is verified and held against the
automation scope like everything else, and where the gate sees high risk its landing asks once more.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from windlass import backlog, dispatch, history, policy
from windlass.app.filing import Order, check, pattern
from windlass.app.wiring import Plant
from windlass.backlog import Item, ItemState
from windlass.dispatch import Offer, Site, Spec
from windlass.history import Act
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.sandbox import Level
from windlass.store import Transaction

ANYWHERE: Final = "*"
"""The path of an order that names none: the whole repository, within the automation scope."""
EVERYTHING: Final = "**"
"""What such an order touches: nothing else is at work meanwhile."""
FIRST: Final = 1_000.0
"""The WSJF its task is filed with; the item keeps the score of its kind."""
KEY_MAX: Final = 200


def file_errand(plant: Plant, site: Site, orders: Sequence[Order]) -> tuple[int, ...]:
    """File these orders, all or none; their tasks. See `errand`."""
    return plant.database.write(errand(plant, site, orders))


def errand(plant: Plant, site: Site, orders: Sequence[Order]) -> Callable[[Transaction], tuple[int, ...]]:
    """Check these orders and look at main; what comes back files them, in a transaction of the caller's.

    An order whose key is known already is not filed again. `lane` of an order names the runner; empty: the
    first one that takes such work.
    """
    for order in orders:
        check(order, anywhere=True)
        if not order.key or len(order.key) > KEY_MAX:
            raise Invalid(f"a key has 1 to {KEY_MAX} characters")
    runners = [runner_for(site, order) for order in orders]
    base = plant.main_now()

    def file(tx: Transaction) -> tuple[int, ...]:
        made: list[int] = []
        for order, runner in zip(orders, runners, strict=True):
            needs = (*order.needs, *(made[position] for position in order.after))
            made.append(_known(tx, site, order) or _file(tx, site, order, runner, base=base, needs=needs))
        dispatch.grounds.look(tx, site.repository.id, tx.now())
        return tuple(made)

    return file


def runner_for(site: Site, order: Order) -> str:
    """Who does an order: the one it names, else the first that takes such work here."""
    hands = dispatch.staff(site.runners)
    here = ", ".join(hands.here) or "none"
    if order.lane and order.lane not in hands.here:
        if order.lane in hands.runners:
            raise Invalid(
                f"runner {order.lane!r} leaves its work to agents that connect by themselves",
                hint=f"windlass task file --lane {hands.lane(order.lane)}; runners that work here: {here}",
            )
        raise NotFound(f"no runner {order.lane!r} is configured", hint=f"known: {here}")
    found = order.lane or hands.accepting(Offer(Spec.ORDERED, "", order.kind, False, _paths(order)))
    if found is None or found not in hands.here:
        raise Invalid(
            f"no runner that works here takes work of kind {order.kind!r}",
            hint=f"name one with --runner ({here}), or configure an agent under [dispatch] runners",
        )
    return found


def _paths(order: Order) -> tuple[str, ...]:
    return order.paths or (ANYWHERE,)


def _known(tx: Transaction, site: Site, order: Order) -> int | None:
    """The newest task of an order that was filed before."""
    found = [one for one in backlog.items(tx, site.repository.id) if one.key == _key(order)]
    if not found:
        return None
    task = next(one for one in reversed(dispatch.tasks(tx, site.repository.id)) if one.item_id == found[0].id)
    asked = order.title.strip(), _paths(order), backlog.check_acceptance(order.acceptance)
    if (found[0].title, task.spec.paths, task.spec.acceptance) != asked:
        raise Conflict(
            f"key {order.key!r} belongs to task {task.id}: {found[0].title}",
            hint="give another key, or repeat that order as it was",
        )
    return task.id


def _key(order: Order) -> str:
    return f"{Spec.ORDERED}/{order.key}"


def _file(tx: Transaction, site: Site, order: Order, runner: str, *, base: str, needs: Sequence[int]) -> int:
    now, number = tx.now(), site.repository.id
    item = _item(tx, site, order, runner)
    playbook = site.playbooks.fitting("", order.kind)
    made = dispatch.add_task(
        tx, repository_id=number, item_id=item.id, lane=dispatch.lane_id(tx, number, runner),
        kind=order.kind, title=item.title, wsjf=FIRST, base=base, now=now, needs=needs,
        attempts_max=site.attempts_max, skills=order.skills,
        touches=tuple(pattern(path) for path in order.paths) or (EVERYTHING,),
        spec=Spec(
            runner, _paths(order), instructions=playbook.told(order.text or order.title, item.acceptance),
            source=Spec.ORDERED, category=order.kind, trusted=site.launcher.level is Level.NONE,
            playbook=playbook.name, acceptance=item.acceptance, also=playbook.also,
        ),
    )  # fmt: skip
    act = Act("execute", order.by, f"task {made}: {item.title}", number)
    history.final(tx, act, f"take it away with `windlass task cancel {made}`")
    return made


def _item(tx: Transaction, site: Site, order: Order, runner: str) -> Item:
    """The order on the backlog, at work: a person let it through."""
    now = tx.now()
    draft = backlog.Draft(
        _key(order), order.title.strip(), Spec.ORDERED, category=order.kind, text=order.text,
        acceptance=order.acceptance,
    )  # fmt: skip
    item = backlog.add_item(tx, site.repository.id, draft, now, actor=order.by)
    if order.size is not None:
        item = backlog.set_score(tx, item.id, replace(item.score, size=order.size), now, by=order.by)
    found = policy.assess(
        policy.Work(
            category=order.kind, source=Spec.ORDERED, rule="", paths=order.paths, fixable=False, severity="",
            wsjf=backlog.wsjf(item.score, 0.0, boost=item.boost), size=item.size,
        ),
        site.scope,
    )  # fmt: skip
    backlog.route_item(tx, item.id, policy.route(found).value, found.reasons, now, files=None)
    for new in (ItemState.ROUTED, ItemState.ACTIVE):
        backlog.move_item(tx, item.id, new, now, reason=f"ordered of runner {runner}", actor=order.by)
    return item
