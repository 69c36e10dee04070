"""Who works here, who is outside, and whose an item is."""

import pytest

from windlass.dispatch import Runner, RunnerSpec, staff
from windlass.dispatch.staffing import open_runner
from windlass.kernel import Denied, Invalid, Tools

MECHANIC = RunnerSpec("mechanic", {})
TOOLS = Tools(lambda: 1.0, lambda *a, **k: None, str)


def agents(lane: str) -> RunnerSpec:
    return RunnerSpec("outside", {"lane": lane})


def test_runners_here_have_lanes_of_their_names_and_those_outside_the_one_they_say() -> None:
    hands = staff({"mechanic": MECHANIC, "todo": agents("backend"), "rest": agents("backend")})
    assert hands.here == ("mechanic",)
    assert [hands.lane(name) for name in hands.runners] == ["mechanic", "backend", "backend"]


def test_a_lane_of_both_is_refused_since_workers_here_would_claim_it() -> None:
    with pytest.raises(Invalid, match="'todo' files into lane 'mechanic'"):
        staff({"todo": agents("mechanic"), "mechanic": MECHANIC})


def test_only_runners_here_are_opened_for_work() -> None:
    runners = {"mechanic": MECHANIC, "todo": agents("backend")}
    assert isinstance(open_runner(runners, "mechanic", TOOLS), Runner)
    with pytest.raises(Invalid, match="'todo'"):
        open_runner(runners, "todo", TOOLS)


def test_before_there_is_a_task_nothing_runs_and_nothing_is_secret() -> None:
    made = staff({"fix": RunnerSpec("command", {"command": "fix-it"})}).runners["fix"]
    with pytest.raises(Denied, match="fix-it"):
        made.tools.run(("fix-it",), timeout_s=1.0)  # type: ignore[union-attr]
    with pytest.raises(Denied, match="key"):
        made.tools.secret("key")  # type: ignore[union-attr]
