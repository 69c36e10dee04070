"""After kill -9 the site looks as if nobody had died."""

from windlass.dispatch import TaskStatus, recover
from windlass.dispatch.recovery import PINS
from windlass.dispatch.state import STATE
from windlass.dispatch.worker import CONTROL
from windlass.workspace import Attempt


def crash(place, *, node: str) -> int:
    """Leave what a worker leaves that dies between pinning and submitting."""
    task_id = place.desk.file(base=place.base)
    _, lease = place.desk.take(node=node)
    site = place.site
    Attempt.create(site.mirror, site.folders.attempts, place.base, lease.branch)
    (site.folders.attempts / CONTROL / f"{task_id}.{lease.fence}").mkdir(parents=True)
    site.mirror.set_ref(lease.pin, place.base, expected=None)
    return task_id


def left(place) -> tuple[list[str], dict[str, str]]:
    root = place.site.folders.attempts
    found = [path.name for path in [*root.glob("*.*"), *(root / CONTROL).glob("*")] if path.name != ".trash"]
    return found, place.site.mirror.refs(PINS)


def server(place, name: str, beat: float) -> None:
    place.site.database.write(
        lambda tx: tx.execute(
            "INSERT INTO wl_node (id, host, pid, state, beat, started_at)"
            " VALUES (:id, 'h', 1, 'live', :beat, 1)",
            id=name, beat=beat,
        )
    )  # fmt: skip


def test_what_a_dead_node_left_is_removed_and_its_task_is_ready_again(lite_place, clock) -> None:
    task_id = crash(lite_place, node="dead")
    server(lite_place, "dead", clock())
    found = recover(lite_place.site, lite_place.site.clock())
    assert (found.released, found.attempts) == ((task_id,), (f"windlass/{task_id}/1",))
    assert left(lite_place) == ([], {})
    task = lite_place.desk.task(task_id)
    assert (task.status, task.attempt, task.fence) == (TaskStatus.PENDING, 0, 2)
    again = recover(lite_place.site, lite_place.site.clock())
    assert (again.released, again.attempts, again.pins) == ((), (), ())


def test_what_agents_keep_goes_with_their_tasks(lite_place) -> None:
    waits = lite_place.desk.file(base=lite_place.base)
    over = lite_place.desk.file(base=lite_place.base)
    lite_place.desk.cancel(over)
    top = lite_place.site.folders.attempts / STATE
    for task_id in (waits, over, 999):
        (top / f"{task_id}.abc" / "home").mkdir(parents=True)
    recover(lite_place.site, lite_place.site.clock())
    assert [one.name for one in top.glob("*.*") if one.name != ".trash"] == [f"{waits}.abc"]


def test_a_live_attempt_is_left_alone(lite_place) -> None:
    crash(lite_place, node="n1")
    recover(lite_place.site, lite_place.site.clock())
    names, pins = left(lite_place)
    assert (len(names), len(pins)) == (2, 1)


def test_a_pin_that_was_submitted_stays(lite_place) -> None:
    task_id = lite_place.desk.file(base=lite_place.base)
    _, lease = lite_place.desk.take()
    lite_place.site.mirror.set_ref(lease.pin, lite_place.base, expected=None)
    lite_place.desk.submit(lease, lite_place.base)
    assert recover(lite_place.site, lite_place.site.clock()).pins == ()
    assert left(lite_place)[1] == {f"{PINS}{task_id}/1": lite_place.base}


def test_on_postgresql_only_a_silent_node_is_dead(postgres, make_place, clock) -> None:
    place = make_place(postgres)
    task_id = crash(place, node="other")
    assert recover(place.site, clock()).released == ()  # nobody ever heard of it: unknown is not dead
    server(place, "other", clock() - 16)
    assert recover(place.site, clock()).released == (task_id,)


def test_a_worker_on_another_host_keeps_its_lease_when_the_server_starts_again(place) -> None:
    crash(place, node="runner-7")
    assert recover(place.site, place.site.clock()).released == ()
    assert place.site.mirror.refs(PINS) != {}
