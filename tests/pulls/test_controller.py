"""What windlass offers is a pull request, opened once, and over when the rows or people say so."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from windlass import backlog, policy
from windlass.backlog import ItemState
from windlass.forge import Unreachable
from windlass.land import LandingState
from windlass.pulls.situation import RETRY_S

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


def test_a_proposal_becomes_one_pull_request_and_its_merge_is_the_decision(house):
    done = house.done(FIX, title="Fix @everyone, closes #7 <img src=x>")
    assert done.state is LandingState.PROPOSED
    house.tick()
    house.tick()
    (request,) = house.hub.requests.values()
    assert (request.head, request.base, request.sha) == (f"windlass/{done.task_id}", "main", done.commit)
    assert request.labels == ["windlass"]
    assert "\n    Fix @everyone, closes #7 <img src=x>\n" in request.body
    assert f"    tree {done.tree}" in request.body
    assert "a.txt" in request.body
    (told,) = house.told(done, "pull.opened")
    assert (told["number"], told["commit"], told["landing"]) == (1, done.commit, done.id)
    house.git("update-ref", "refs/heads/main", done.commit)  # a person presses the button
    house.tick()
    assert house.plant.item_of(done.task_id).state is ItemState.CLOSED
    assert house.told(done, "pull.closed")[0]["reason"] == "pull request 1 was merged"
    assert request.comments == []
    before = len(house.hub.calls)
    house.tick()
    assert len(house.hub.calls) == before


def test_one_that_a_person_closes_is_declined(house):
    done = house.done(FIX)
    house.tick()
    house.hub.requests[1].closed = True
    house.tick()
    item = house.plant.item_of(done.task_id)
    assert (item.state, item.reason) == (ItemState.DECLINED, "pull request 1 was closed")


def test_one_that_is_declined_here_is_closed_there_with_the_reason(house):
    done = house.done(FIX)
    house.tick()
    item = house.plant.item_of(done.task_id)

    def decline(tx):
        backlog.move_item(tx, item.id, ItemState.DECLINED, tx.now(), reason="we keep `it` as it is")

    house.plant.database.write(decline)
    house.tick()
    request = house.hub.requests[1]
    assert (request.closed, request.comments) == (True, ["Its item is declined: we keep `it` as it is"])
    assert house.branches() == ["main"]
    house.tick()
    assert len(request.comments) == 1


def waiting(house, files=FIX):
    house.plant.with_scope(max_lines=0)
    done = house.done(files, "land")
    assert done.state is LandingState.BLOCKED
    return done


def answer(house, landing, choice):
    house.plant.database.write(
        lambda tx: policy.answer(
            tx, policy.decision(tx, landing.decision).id, choice, "ada", house.plant.clock()
        )
    )


def test_what_waits_for_a_person_is_shown_and_over_when_it_landed(house):
    held = waiting(house)
    house.tick()
    request = house.hub.requests[1]
    assert request.head == f"windlass/review/{held.id}"
    assert "max_lines: 2 lines, at most 0" in request.body
    assert "windlass decide answer 1 land" in request.body
    answer(house, held, "land")
    house.tick()
    assert not request.closed
    done = house.plant.run(held.id)
    assert (done.state, house.git("rev-parse", "main")) == (LandingState.LANDED, done.commit)
    house.tick()
    assert (request.closed, request.comments) == (True, [f"It landed on `main` as {done.commit}."])
    assert house.branches() == ["main"]


def test_what_a_person_declines_is_closed_with_the_reason(house):
    held = waiting(house)
    house.tick()
    answer(house, held, "decline")
    assert house.plant.run(held.id).state is LandingState.EJECTED
    house.tick()
    assert house.hub.requests[1].comments == ["It will not land: declined by ada"]
    assert house.hub.requests[1].closed


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", "secrets/key", ".github/actions/a.yml"])
def test_what_the_host_would_run_is_not_pushed_before_a_person_allows_it(house, path):
    waiting(house, {path: b"x"})
    house.tick()
    assert (house.hub.requests, house.branches()) == ({}, ["main"])


@pytest.mark.parametrize(
    "lost", ["GET /repos/acme/shop/pulls?", "POST /repos/acme/shop/pulls", "POST /repos/acme/shop/issues"]
)
def test_what_was_pushed_or_opened_before_the_answer_was_lost_is_found_again(house, lost):
    """For the host that is a process killed after the push, after the opening, before its record."""
    done, held = house.done(FIX), waiting(house, {"b.txt": b"B\n"})
    house.hub.lost = [lost]
    for _ in range(2):
        with pytest.raises(Unreachable):
            house.tick()
    house.hub.lost = []
    house.tick()
    house.tick()
    heads = [one.head for one in house.hub.requests.values()]
    assert heads == [f"windlass/{done.task_id}", f"windlass/review/{held.id}"]
    assert [len(house.told(one, "pull.opened")) for one in (done, held)] == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("point", ["GET", "POST"])
def test_who_is_killed_between_the_push_and_the_record_opens_one(house, tmp_path, point):
    done = house.done(FIX)
    script = [
        sys.executable, "-m", "tests.pulls.dying", house.plant.database.url,
        str(tmp_path / "home"), str(house.plant.user), str(house.hub.path), house.hub.root,
    ]  # fmt: skip
    child = subprocess.Popen(script, cwd=Path(__file__).parents[2])

    def kill(call):
        if call.startswith(f"{point} /repos/acme/shop/pulls"):
            child.kill()

    house.hub.heard = kill
    assert child.wait(60) == -9
    house.hub.heard = lambda _: None
    assert house.git("rev-parse", f"windlass/{done.task_id}") == done.commit
    assert (len(house.hub.requests), house.told(done, "pull.opened")) == (int(point == "POST"), [])
    house.tick()
    assert [one.head for one in house.hub.requests.values()] == [f"windlass/{done.task_id}"]
    assert len(house.told(done, "pull.opened")) == 1


def test_a_refusal_is_told_and_tried_again_an_hour_later(house):
    done = house.done(FIX)
    house.hub.answers += [(403, {}, b'{"message": "Resource not accessible"}')]
    house.tick()
    house.tick()
    (told,) = house.told(done, "pull.refused")
    assert "Resource not accessible" in told["reason"]
    assert house.hub.requests == {}
    house.plant.clock.advance(RETRY_S + 1)
    house.tick()
    assert len(house.hub.requests) == 1


def test_where_the_host_does_not_answer_nothing_is_claimed(house):
    done = house.done(FIX)
    house.hub.answers += [(502, {}, b"")]
    with pytest.raises(Unreachable):
        house.tick()
    assert house.told(done, "pull.opened") == house.told(done, "pull.refused") == []
    house.tick()
    house.hub.answers += [(200, {}, b"[]"), (404, {}, b'{"message": "Not Found"}')]
    house.tick()  # a list without it, and nobody who shows it, is no closing
    assert house.told(done, "pull.closed") == []
    assert house.plant.item_of(done.task_id).state is ItemState.PROPOSED


def test_a_branch_of_that_name_that_is_not_ours_stays(house):
    held = waiting(house)
    name = f"refs/heads/windlass/review/{held.id}"
    house.git("update-ref", name, "main")
    house.tick()
    (told,) = house.told(held, "pull.refused")
    assert "No commits between" in told["reason"]
    assert house.git("rev-parse", name) == house.git("rev-parse", "main")


def test_in_a_pause_and_without_pull_requests_nobody_is_asked(house):
    house.done(FIX)
    house.opens(pull_requests=False, proposals=True)
    house.tick()
    house.opens()
    site = house.plant.site
    house.plant.database.write(
        lambda tx: policy.pauses.pause(tx, site.repository.id, tx.now(), by="ada", reason="wait")
    )
    house.tick()
    assert house.hub.calls == []
    house.plant.site = replace(site, forge=None)
    house.tick()
