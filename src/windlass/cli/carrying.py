"""Have tasks done: by a run of ours, or by the server that looks after the repository already."""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from windlass import dispatch, events
from windlass.app import Bounds, Daemon, Ended, Plant, Wish, Yard
from windlass.app import run as run_plant
from windlass.cli.board import concerns
from windlass.cli.interrupting import interruptible
from windlass.cli.opening import opened
from windlass.cli.progress import Shower
from windlass.cli.render import note
from windlass.cli.run import started
from windlass.cli.standing import Turn, stand_of_task
from windlass.events import Event
from windlass.kernel import Conflict
from windlass.mcp import serve_lease
from windlass.store import Transaction

LOOK_EVERY_S: Final = 0.5
STILL_S: Final = 60.0
"""How long nothing may move: the server is away, as while it starts again, or all that is left waits."""


def carry(
    wish: Wish, tasks: Sequence[int], until: float | None, make: Callable[[Plant], Shower]
) -> Ended:  # fmt: skip
    """See these tasks to their ends, which may be to wait for a person; how it ended. `make`: a shower."""
    with opened(None if wish.repo is None else str(wish.repo)) as plant:
        if server := Yard(plant).server:
            return follow(plant, tasks, until, make(plant).show, server=server)
    showers: list[Shower] = []

    def begin(daemon: Daemon, at: Plant) -> None:
        showers.append(make(at))
        started(daemon, at, showers[0])

    bounds = Bounds(until=until, only=tuple(tasks))
    return run_plant(
        wish, bounds, os.environ, listen=lambda found: showers[0].show(found), on_start=begin,
        serve=serve_lease,
    ).ended  # fmt: skip


def check_free(plant: Plant) -> None:
    """Conflict, with what to do, while a process works in this home that takes no orders."""
    owner = plant.home.owner()
    if owner is not None and not Yard(plant).server:
        raise Conflict(
            f"another windlass works here and takes no orders for {plant.repository.name!r}: {owner}",
            hint="wait for it (windlass wait run) or stop it, and order again; `windlass serve` takes orders",
        )


def follow(
    plant: Plant, tasks: Sequence[int], until: float | None, show: Callable[[Sequence[Event]], None], *,
    server: str,
) -> Ended:  # fmt: skip
    """Tell what the server does with these tasks, until none of them goes on by itself."""
    note(f"The server at {server} does it, by its own settings; Ctrl-C leaves it to the server.")
    yard, moved_at = Yard(plant), time.monotonic()
    place = plant.database.read(events.end)
    try:
        with interruptible():
            while going := plant.database.read(partial(_going, tasks=tasks)):
                if until is not None and time.time() >= until:
                    return Ended.TIME
                moved_at = time.monotonic() if yard.server and any(going) else moved_at
                if time.monotonic() - moved_at > STILL_S:
                    note("Nothing moves: the server is away, or what is left waits for other tasks.")
                    return Ended.IDLE
                time.sleep(LOOK_EVERY_S)
                found, place = plant.database.read(partial(events.after, cursor=place))
                show([one for one in found if concerns(plant, tasks, one)])
    except KeyboardInterrupt:
        return Ended.STOPPED
    return Ended.IDLE


def _going(tx: Transaction, tasks: Sequence[int]) -> list[bool]:
    """The tasks that go on by themselves; False for one that first waits for another."""
    going = [one for one in tasks if stand_of_task(tx, one).turn is Turn.GOING]
    return [dispatch.task(tx, one).unmet == 0 for one in going]
