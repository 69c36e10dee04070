from dataclasses import replace

import pytest

from windlass.land.queue import GUILT, REACH, Branch, Built, Lane, Means, Waiting, plan
from windlass.land.suspicion import Noise

MEANS = Means(slots=2, noise=Noise(flake=0.01, pair=0.0005), build_s=60.0)
MAIN = Branch("m0", 0)


def waiting(*risks, lane=Lane.NORMAL):
    return [Waiting(at, at, risk, 0, lane) for at, risk in enumerate(risks)]


def built(*members, green=False, base=MAIN):
    return Built(base, members, green)


def planned(line, made=(), branch=MAIN, means=MEANS, landed=()):
    return plan(line, made, branch, means, landed=landed)


def test_an_empty_queue_wants_nothing():
    assert planned([]) == planned([], [built(1)])
    assert planned([]).build == planned([]).line == ()


def test_one_change_on_an_empty_queue_is_built_at_once_and_alone():
    assert planned(waiting(0.05)).build == ((0,),)


def test_the_largest_batch_that_is_green_on_the_branch_as_it_is_lands():
    made = [built(0, green=True), built(0, 1, green=True), built(0, 1, 2)]
    assert planned(waiting(0.1, 0.1, 0.1), made).land == made[1]


def test_what_was_green_on_another_commit_of_the_branch_never_lands():
    made = [built(0, 1, green=True)]
    todo = planned(waiting(0.1, 0.1), made, Branch("m1", 1))
    assert todo.land is None
    assert max(one.guilt for one in todo.line) < 0.01


def test_a_batch_of_which_somebody_has_left_never_lands():
    assert planned(waiting(0.1), [built(0, 7, green=True)]).land is None


def test_nobody_is_thrown_out_for_a_risk_or_for_company():
    line = waiting(0.9, 0.9)
    assert planned(line).eject == ()
    assert planned(line, [built(0, 1)] * 9).eject == ()


def test_who_is_red_alone_often_enough_is_thrown_out_with_the_evidence():
    once, thrice = (planned(waiting(0.05, 0.05), [built(0)] * times) for times in (1, 3))
    assert once.eject == ()
    assert [(one.id, len(one.red)) for one in thrice.eject] == [(0, 3)]
    assert thrice.eject[0].guilt >= GUILT
    assert [one.id for one in thrice.line] == [1]
    assert all(0 not in batch for batch in thrice.build)


def test_who_is_red_only_among_the_good_is_guilty():
    made = [built(0, 1), built(0, green=True), built(1), built(0, 1)]
    todo = planned(waiting(0.05, 0.05), made)
    assert [one.id for one in todo.eject] == [1]
    assert todo.land == made[1]


def test_what_has_landed_leaves_its_guilt_to_the_others():
    line = waiting(0.05, 0.05)[1:]
    alone = planned(line, [built(0, 1)], Branch("m1", 1), landed={0})
    assert alone.line[0].guilt > 0.8


def test_a_red_batch_says_nothing_once_somebody_has_left_it_otherwise():
    assert planned(waiting(0.05), [built(0, 5)]).line[0].guilt == pytest.approx(0.05)


def test_a_red_batch_that_was_green_again_was_a_flake():
    made = [built(0, 1), built(0, 1, green=True)]
    assert max(one.guilt for one in planned(waiting(0.05, 0.05), made).line) < 0.01


def test_changes_that_land_meanwhile_make_a_waiting_one_riskier():
    line = waiting(0.01)
    assert planned(line, branch=Branch("m9", 200)).line[0].guilt > planned(line).line[0].guilt + 0.05


def test_hotfixes_have_a_batch_of_their_own_and_the_first_place():
    line = waiting(*[0.05] * 6)
    line[5] = replace(line[5], lane=Lane.HOTFIX)
    todo = planned(line)
    assert todo.build[0] == (5,)
    assert 5 not in todo.build[1]
    assert todo.line[0].id == 5
    assert planned(line, means=replace(MEANS, slots=1)).build == ((5,),)


def test_bulk_waits_until_nobody_else_does():
    line = waiting(0.05, 0.05, 0.05)
    line[0] = replace(line[0], lane=Lane.BULK)
    assert all(0 not in batch for batch in planned(line).build)
    assert planned(line[:1]).build == ((0,),)
    assert planned(line).line[-1].id == 0


def test_nobody_is_overtaken_by_more_than_the_reach():
    line = [Waiting(0, 0, 0.9, 0), *(Waiting(at, at, 0.01, 0) for at in range(REACH - 5, REACH + 20))]
    assert max(max(batch) for batch in planned(line).build) < REACH


def test_positions_and_times_are_told_and_no_time_where_none_was_measured():
    line = waiting(*[0.3] * 20)
    todo = planned(line)
    assert [one.position for one in todo.line] == list(range(1, 21))
    times = [one.eta_s for one in todo.line]
    assert times == sorted(times)
    assert times[0] == 60
    assert all(one.eta_s is None for one in planned(line, means=replace(MEANS, build_s=None)).line)
