"""One feature for several workers: planned into parts, filed as one errand, found again by its key.

`draw` says what would be done and changes nothing; `begin` files it. From there on its tasks are like any
other: claimed under leases, done in the sandbox, verified, landed or proposed by whoever runs the repository.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Final

from windlass import backlog, dispatch, plan, trials
from windlass.app.errand import errand, runner_for
from windlass.app.filing import Order
from windlass.app.wiring import Plant
from windlass.dispatch import Offer, Site, Spec
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.store import Transaction
from windlass.trials import Pattern, Plan, Variant

comment, feature = plan.comment, plan.feature
AUTOMATIC_MAX: Final = 5
"""Instances at most where nobody says how many."""
PREFIX: Final = "parallel-"
"""How the keys of its orders begin: what is on the backlog says what belongs together."""
KEY_MAX: Final = 100
DEPTH: Final = 3
"""Rounds of a tree at most."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The plan of a feature: an order for each task, and how many go on at once. `trial`: how the only task
    is tried, where several agents try the whole.
    """

    feature: feature.Feature
    pattern: Pattern
    instances: int
    orders: tuple[Order, ...]
    trial: Plan | None = None


class Features:
    """The features of one repository. `site` needs no engine."""

    def __init__(self, plant: Plant, site: Site) -> None:
        self._plant, self._site = plant, site

    def draw(self, asked: comment.Asked, like: Order, agents: Sequence[str] = ()) -> Drawn:
        """What would be done, on main as it is; raises for what cannot be done.

        Every order is made from `like`: its kind, its checks, who asks, and the key that names the feature.
        `agents`: names of runners; none: whoever takes such work.
        """
        _check(asked, like)
        mirror = self._plant.mirror
        tree = mirror.tree_of(self._plant.main_now())
        found = feature.decompose(asked.feature, [entry.path for entry in mirror.files(tree)])
        pattern = Pattern(asked.strategy or Pattern.PARALLEL.value)
        like = replace(like, size=comment.COMPLEXITIES.get(asked.complexity))
        if pattern is Pattern.PARALLEL:
            return self._parts(asked.instances, found, like, agents)
        return self._tried(_Tried(pattern, asked.instances, found), like, agents)

    def begin(self, drawn: Drawn) -> tuple[int, ...]:
        """File what was drawn, all or nothing; its tasks. What is filed under its key stays as it is."""
        site, key = self._site, drawn.orders[0].key.removeprefix(PREFIX).rpartition("/")[0]
        file = errand(self._plant, site, drawn.orders)

        def work(tx: Transaction) -> tuple[int, ...]:
            if known := self._tasks(tx, key):
                _check_same(tx, known, drawn, key)
                return known
            made = file(tx)
            if drawn.trial is not None:
                (number,), by = made, drawn.orders[0].by
                dispatch.tries.put_aside(tx, number, by, tx.now())
                trials.open_trial(tx, site, dispatch.task(tx, number), drawn.trial, by=by)
            return made

        return self._plant.database.write(work)

    def resume(self, key: str = "") -> tuple[int, ...]:
        """The tasks of the feature with this key, or of the one that was filed last; NotFound without it."""

        def look(tx: Transaction) -> tuple[int, ...]:
            known = self._items(tx, key)
            return self._tasks(tx, key or known[-1].key.rpartition("/")[0]) if known else ()

        found = self._plant.database.read(look)
        if not found:
            what = f"no feature has the key {key!r}" if key else "no feature was filed here"
            raise NotFound(what, hint='begin one: windlass parallel "what is to be done"')
        return found

    def _parts(
        self, instances: int | None, found: feature.Feature, like: Order, agents: Sequence[str]
    ) -> Drawn:
        """A task for each part; agents that were named take turns."""
        turns = cycle(agents or ("",))
        bare = [
            replace(
                like, title=part.title, paths=part.paths, text=_told(found, part), after=part.after,
                key=f"{PREFIX}{like.key}/{number}", lane=next(turns),
            )
            for number, part in enumerate(found.parts, 1)
        ]  # fmt: skip
        orders = tuple(replace(order, lane=runner_for(self._site, order)) for order in bare)
        at_once = instances or min(AUTOMATIC_MAX, feature.width(found.parts))
        return Drawn(found, Pattern.PARALLEL, at_once, orders)

    def _tried(self, wanted: "_Tried", like: Order, agents: Sequence[str]) -> Drawn:
        """One task for the whole feature, and several who try it."""
        found = wanted.feature
        paths = tuple(dict.fromkeys(path for part in found.parts for path in part.paths))
        anywhere = any(not part.paths for part in found.parts)
        order = replace(
            like, title=found.title, paths=() if anywhere else paths, text=found.text,
            key=f"{PREFIX}{like.key}/1",
        )  # fmt: skip
        names = [
            runner_for(self._site, replace(order, lane=name))
            for name in agents or self._takers(order, wanted.pattern)
        ]
        rounds = 5 if wanted.pattern is Pattern.AB else 3
        depth = DEPTH if wanted.pattern is Pattern.TREE else 1
        trial = Plan(wanted.pattern, wanted.variants(names), like.acceptance, depth, rounds=rounds)
        at_once = 1 if wanted.pattern is Pattern.ROLE else len(trial.variants)
        return Drawn(found, wanted.pattern, at_once, (replace(order, lane=names[0]),), trial)

    def _takers(self, order: Order, pattern: Pattern) -> tuple[str, ...]:
        hands = dispatch.staff(self._site.runners)
        offer = Offer(Spec.ORDERED, "", order.kind, False, order.paths)
        found = [name for name in hands.here if hands.runners[name].accepts(offer)]
        most = 2 if pattern is Pattern.AB else AUTOMATIC_MAX
        return tuple(found[:most]) or ("",)  # for the empty name it is told why there is none

    def _tasks(self, tx: Transaction, key: str) -> tuple[int, ...]:
        """The newest task of each part of the feature with this key."""
        tasks = dispatch.tasks(tx, self._plant.repository.id)
        newest = {task.item_id: task.id for task in tasks if task.parent is None}
        return tuple(newest[item.id] for item in self._items(tx, key) if item.id in newest)

    def _items(self, tx: Transaction, key: str) -> list[backlog.Item]:
        prefix = f"{Spec.ORDERED}/{PREFIX}"
        found = [
            replace(one, key=one.key.removeprefix(prefix))
            for one in backlog.items(tx, self._plant.repository.id)
            if one.key.startswith(prefix)
        ]
        return [one for one in found if not key or one.key.rpartition("/")[0] == key]


@dataclass(frozen=True, slots=True)
class _Tried:
    """The whole of a feature, to be tried by several in one pattern."""

    pattern: Pattern
    instances: int | None
    feature: feature.Feature

    def variants(self, agents: Sequence[str]) -> tuple[Variant, ...]:
        """Who tries. Roles take the parts of the feature one after the other, where it has some."""
        roles = self.pattern is Pattern.ROLE
        parts = self.feature.parts if roles and len(self.feature.parts) > 1 else ()
        least = max(len(parts), len(agents), 1 if roles else 2)
        most = 2 if self.pattern is Pattern.AB else len(parts) or comment.INSTANCES_MAX
        count = self.instances or least
        if not least <= count <= most:
            raise Invalid(
                f"{count} instances do not fit {len(agents)} agents and {len(parts) or 1} parts",
                hint=f"pattern {self.pattern.value} takes {least} to {most} here",
            )
        told = [f"Your part, after those before it:\n\n{part.text}" for part in parts] or [""] * count
        names = islice(cycle(agents), count)
        return tuple(
            Variant(f"{name}{number}", name, text)
            for number, (name, text) in enumerate(zip(names, told, strict=True), 1)
        )


def _check(asked: comment.Asked, like: Order) -> None:
    if not 0 < len(like.key) <= KEY_MAX or "/" in like.key:
        raise Invalid(f"a key has 1 to {KEY_MAX} characters and no slash")
    most = comment.INSTANCES_MAX
    if asked.instances is not None and not 1 <= asked.instances <= most:
        raise Invalid(f"there are 1 to {most} instances, not {asked.instances}")


def _told(found: feature.Feature, part: feature.Part) -> str:
    """What the worker of one part is told: its own text, what is for all, and what others do."""
    others = [f"- {one.title}" for one in found.parts if one is not part]
    pieces = [
        part.text,
        f"This is one part of: {found.title}" if others else "",
        found.common if found.common.strip("# :") != found.title else "",
        "\n".join(["Others do these:", *others]) if others else "",
    ]
    return "\n\n".join(piece for piece in pieces if piece)


def _check_same(tx: Transaction, known: Sequence[int], drawn: Drawn, key: str) -> None:
    if [dispatch.task(tx, number).title for number in known] != [order.title for order in drawn.orders]:
        tasks = ", ".join(map(str, known))
        raise Conflict(
            f"key {key!r} belongs to another feature, with tasks {tasks}",
            hint=f"give another key, or go on with that one: windlass parallel --resume --key {key}",
        )
