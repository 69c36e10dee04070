"""Pull requests of people go through the same gates, land as the tree that was tested, and are told so."""

from dataclasses import replace

import pytest

from windlass import backlog, dispatch
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.forge import Unreachable
from windlass.land import LandingState, Mode
from windlass.sandbox import open_launcher
from windlass.sandbox.probe import Unconfined

LABEL = ["auto-merge"]


@pytest.fixture
def queue(house):
    """The house, whose windlass may land."""
    house.opens(queue="auto-merge")
    house.plant.site = replace(house.plant.site, launcher=open_launcher())
    return house


def offered(house, files=None, *, commits=1, **given):
    """Somebody's pull request, of so many commits."""
    path = house.hub.path.with_name("somebody")
    if not path.exists():
        house.plant.git("clone", "-q", str(house.hub.path), str(path))
    house.plant.git("-C", str(path), "checkout", "-q", "origin/main")
    for number in range(commits):
        for name, text in (files or {"theirs.txt": b"theirs\n"}).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(text + b"x" * number)
        house.plant.git("-C", str(path), "add", "-A")
        house.plant.git("-C", str(path), "commit", "-qm", f"theirs {number}")
    commit = house.plant.git("-C", str(path), "rev-parse", "HEAD")
    house.plant.git("-C", str(path), "push", "-q", "origin", f"+{commit}:refs/pull/x/head")
    branch, about = given.pop("branch", "feature"), {"author": "ada", "labels": list(LABEL), **given}
    return house.hub.add(branch, commit, **about)


def tasks(house):
    number = house.plant.site.repository.id
    return [
        one for one in house.plant.database.read(lambda tx: dispatch.tasks(tx, number)) if one.kind == "pull"
    ]


def queued(house, task):
    """As its workflows do when it is judged green."""
    work = house.plant.database.read(lambda tx: dispatch.submission(tx, task.id, task.fence))
    dispatch.packs.bring(house.plant.site, work)
    return house.plant.queue(task.id, task.fence, Mode.LAND)


def states(house, request):
    return [one["state"] for one in house.hub.statuses.get(request.sha, [])]


def test_a_labelled_one_lands_as_the_tree_that_was_tested(queue):
    request = offered(queue, commits=3, title="Add @theirs, fixes #1")
    queue.tick()
    queue.tick()
    (task,) = tasks(queue)
    assert (task.status, task.title) == (TaskStatus.REVIEW_NEEDED, "Add @theirs, fixes #1")
    assert states(queue, request) == ["pending"]
    done = queue.plant.run(queued(queue, task))
    assert (done.state, queue.git("rev-parse", "main")) == (LandingState.LANDED, done.commit)
    assert queue.git("rev-parse", "main^{tree}") == queue.plant.gate.judged[-1]
    assert queue.git("show", "main:theirs.txt") == "theirs\nxx"
    queue.tick()
    queue.tick()
    assert (request.closed, states(queue, request)) == (True, ["pending", "success"])
    assert request.comments == [f"It landed on `main` as {done.commit}."]
    assert "windlass" not in request.labels
    assert queue.plant.item_of(task.id).state is ItemState.CLOSED


def test_one_of_a_fork_whose_author_may_write_is_taken_too(queue):
    request = offered(queue, fork=True)
    queue.tick()
    assert (len(tasks(queue)), states(queue, request)) == (1, ["pending"])


@pytest.mark.parametrize(
    "given",
    [{"labels": []}, {"draft": True}, {"labels": ["auto-merge", "do-not-merge"]}, {"closed": True},
     {"labels": ["auto-merge", "emergency-pause"]}],
)  # fmt: skip
def test_what_nobody_wants_or_something_speaks_against_is_not_taken(queue, given):
    request = offered(queue, **given)
    queue.tick()
    assert (tasks(queue), states(queue, request), request.comments) == ([], [], [])


@pytest.mark.parametrize("author", ["mallory", "", "../../x", "ada/../.."])
def test_whose_author_may_not_write_is_told_so_once(queue, author):
    request = offered(queue, author=author)
    queue.tick()
    queue.tick()
    assert (tasks(queue), states(queue, request), len(request.comments)) == ([], ["failure"], 1)
    assert "may not write" in request.comments[0]
    assert request.labels == []


def test_a_red_one_is_out_loudly_and_may_come_back_by_its_label(queue):
    request = offered(queue, {"bad.txt": b"bad\n"})
    queue.tick()
    queue.plant.gate.bad.add("bad.txt")
    (task,) = tasks(queue)
    assert queue.plant.run(queued(queue, task)).state is LandingState.EJECTED
    queue.tick()
    queue.tick()
    assert (states(queue, request), request.labels) == (["pending", "failure"], [])
    assert "    test_x fails" in request.comments[0]
    assert (len(request.comments), len(tasks(queue)), request.closed) == (1, 1, False)
    assert queue.plant.item_of(task.id).state is ItemState.DECLINED
    request.labels += LABEL
    queue.plant.gate.bad.clear()
    queue.tick()
    again = tasks(queue)[-1]
    assert (len(tasks(queue)), again.status) == (2, TaskStatus.REVIEW_NEEDED)
    assert queue.plant.run(queued(queue, again)).state is LandingState.LANDED


def test_one_whose_label_cannot_be_taken_away_does_not_go_round_for_ever(queue):
    request = offered(queue, author="mallory")
    refused = (403, {}, b'{"message": "Must have admin rights"}')

    def refuse(call):
        if call.startswith("POST") and call.endswith("/comments"):
            queue.hub.answers.append(refused)

    queue.hub.heard = refuse
    queue.tick()
    queue.tick()
    assert (len(request.comments), request.labels) == (1, LABEL)


@pytest.mark.parametrize("how", ["closed", "unlabelled", "draft", "pushed"])
def test_what_its_people_take_back_does_not_land(queue, how):
    request = offered(queue)
    old = request.sha
    queue.tick()
    (task,) = tasks(queue)
    number = queued(queue, task)
    if how == "closed":
        request.closed = True
    elif how == "unlabelled":
        request.labels.clear()
    elif how == "draft":
        request.draft = True
    else:
        offered(queue, {"other.txt": b"o\n"}, closed=True)
        queue.git("update-ref", "refs/heads/feature", queue.hub.requests[2].sha)
        queue.hub.push(request, queue.hub.requests[2].sha)
    queue.tick()
    assert queue.plant.task(task.id).status is TaskStatus.CANCELLED
    assert queue.plant.run(number).state is LandingState.EJECTED
    assert queue.git("rev-list", "--count", "main") == "1"
    assert [one["state"] for one in queue.hub.statuses[old]] == ["pending", "failure"]


def test_what_waits_for_a_person_is_said_once_and_has_no_second_pull_request(queue):
    queue.plant.with_scope(max_lines=0)
    request = offered(queue)
    queue.tick()
    (task,) = tasks(queue)
    held = queue.plant.run(queued(queue, task))
    assert held.state is LandingState.BLOCKED
    queue.tick()
    queue.tick()
    assert (len(request.comments), len(queue.hub.requests)) == (1, 1)
    assert "max_lines" in request.comments[0]


def test_the_label_of_the_autonomy_counts_only_where_the_pull_request_has_it(queue):
    queue.plant.with_scope(label="approved")
    offered(queue, {"one.txt": b"1\n"})
    offered(queue, {"two.txt": b"2\n"}, labels=["auto-merge", "approved", "emergency"], branch="two")
    queue.tick()
    items = queue.plant.database.read(lambda tx: backlog.items(tx, queue.plant.site.repository.id))
    assert sorted(one.labels for one in items) == [(), ("approved",)]


def test_hostile_trees_are_refused_at_the_door(queue):
    path = queue.hub.path.with_name("somebody")
    queue.plant.git("clone", "-q", str(queue.hub.path), str(path))
    (path / "link").symlink_to("/etc/passwd")
    queue.plant.git("-C", str(path), "add", "-A")
    queue.plant.git("-C", str(path), "commit", "-qm", "x")
    commit = queue.plant.git("-C", str(path), "rev-parse", "HEAD")
    queue.plant.git("-C", str(path), "push", "-q", "origin", f"+{commit}:refs/pull/x/head")
    request = queue.hub.add("evil", commit, author="ada", labels=list(LABEL))
    queue.tick()
    assert (tasks(queue), states(queue, request)) == ([], ["failure"])
    assert "bad-link" in request.comments[0]
    assert not queue.plant.site.mirror.exists(commit)


def test_without_a_sandbox_a_queue_or_leave_to_land_nobody_is_asked(queue):
    offered(queue)
    site = queue.plant.site
    for bare in (replace(site, launcher=Unconfined()), replace(site, land=False)):
        queue.plant.site = bare
        queue.tick()
    queue.plant.site = site
    queue.opens(queue="")
    queue.tick()
    assert queue.hub.calls == []


def test_one_that_moves_or_cannot_be_fetched_keeps_nobody_else_out(queue):
    moving, gone, fine = (offered(queue, {name: b"x"}, branch=name, fork=True) for name in ("a", "b", "c"))
    moving.sha = "1" * 40
    queue.git("update-ref", "-d", f"refs/pull/{gone.number}/head")
    with pytest.raises(Unreachable, match=f"pull request {gone.number} could not be fetched"):
        queue.tick()
    assert [states(queue, one) for one in (moving, gone, fine)] == [[], [], ["pending"]]


def test_a_lost_answer_on_the_way_takes_it_once(queue):
    request = offered(queue)
    queue.hub.lost = ["POST /repos/acme/shop/statuses"]
    with pytest.raises(Unreachable):
        queue.tick()
    queue.hub.lost = []
    queue.tick()
    assert (len(tasks(queue)), request.comments) == (1, [])
