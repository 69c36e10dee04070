"""Turns over ACP: the scripted agent in good and bad days of its model, and agents that do not behave."""

import json
import logging
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.support.talk import Box
from tests.support.task import TASK

from windlass.agents.acp import work_acp
from windlass.agents.library import preset_named
from windlass.agents.model import Bounds, Terms
from windlass.agents.outfit import fit_out
from windlass.agents.preset import Preset, parse_preset
from windlass.dispatch import Ending, RunnerOutcome
from windlass.scripted import Fault, FaultKind, Run, Script, serving

LONG = 60.0
KINDS = frozenset({"execute"})
STUB = Path(__file__).parent / "acp_stub.py"
FIX = Script((Run("echo 1 > a"),), final="It is done.")


def box(folder: Path, url: str = "http://127.0.0.1:1") -> Box:
    tree = folder / "tree"
    if not tree.exists():
        tree.mkdir()
        commit = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x"
        assert Box(tree).run(("/bin/sh", "-c", f"git init -q && {commit}"), timeout_s=LONG).exit_code == 0
    places = {"model": url, "state": str(folder / "state")}
    return Box(tree, places, path=f"/usr/bin:/bin:{Path(sys.executable).parent}")


def work(made: Box, chosen: Preset, *, kinds: frozenset[str] = KINDS, **bounds: float) -> RunnerOutcome:
    terms = Terms("m", Bounds(**{"idle_s": LONG, "wall_s": LONG, "acts_max": 9, **bounds}), kinds)  # type: ignore[arg-type]  # by name
    outcome = work_acp(fit_out(chosen, made.tools(), "m"), terms, TASK)
    return outcome


def scripted(folder: Path, script: Script, **more: object) -> RunnerOutcome:
    with serving(script) as url:
        return work(box(folder, url), preset_named("scripted-acp"), **more)  # type: ignore[arg-type]  # passed on


def stub(how: str) -> Preset:
    return parse_preset(
        "stub",
        {
            "about": how, "protocol": "acp", "program": "stub", "install": {"from": "windlass"},
            "speaks": "openai-chat", "command": [sys.executable, str(STUB), how],
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "kind", "detail"),
    [
        (FIX, Ending.CHANGED, "changed: It is done."),
        (Script((), final="I fixed it."), Ending.NOTHING, "nothing: I fixed it."),
        (Script((), final="CANNOT: no"), Ending.CANNOT, "cannot: no"),
    ],
)
def test_a_turn_that_ends_well(tmp_path: Path, script: Script, kind: Ending, detail: str) -> None:
    outcome = scripted(tmp_path, script)
    assert (outcome.kind, outcome.detail) == (kind, detail)


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Fault(FaultKind.STATUS, status=401), "auth"),
        (Fault(FaultKind.STATUS, status=429), "rate-limited"),
        (Fault(FaultKind.STATUS, status=500), "server-error"),
        (Fault(FaultKind.REFUSED), "unreachable"),
        (Fault(FaultKind.CUT), "cut"),
        (Fault(FaultKind.GARBAGE), "cut"),
    ],
)
def test_each_fault_of_the_model_has_its_word(tmp_path: Path, fault: Fault, word: str) -> None:
    outcome = scripted(tmp_path, Script((), faults=(fault,)))
    assert outcome.kind is Ending.FAILED
    assert outcome.detail.split(":")[0] == word, outcome


def test_a_model_that_is_too_slow_makes_the_agent_idle(tmp_path: Path) -> None:
    slow = Script((), faults=(Fault(FaultKind.SLOW, after_s=600),))
    assert scripted(tmp_path, slow, idle_s=2.0).detail == "idle: no sign of life for 2 s"


def test_what_is_refused_is_not_done_and_told(tmp_path: Path) -> None:
    outcome = scripted(tmp_path, FIX, kinds=frozenset())
    assert (outcome.kind, outcome.detail) == (Ending.NOTHING, "nothing: refused execute: echo 1 > a")
    assert not (tmp_path / "tree/a").exists()


def test_one_that_is_ended_takes_its_commands_with_it(tmp_path: Path) -> None:
    hang = Script((Run("echo $$ > pid; exec sleep 600"),))
    outcome = scripted(tmp_path, hang, idle_s=3.0)
    said = "idle: no sign of life for 3 s; told to stop, it ended its prompt: cancelled"
    assert outcome.detail == said
    pid = int((tmp_path / "tree/pid").read_text())
    until = time.monotonic() + LONG
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_one_that_was_killed_goes_on_in_its_session(tmp_path: Path) -> None:
    hang, made = Script((Run("touch begun; exec sleep 600"), Run("echo 1 > a"))), box(tmp_path)
    with serving(hang) as url:
        made.places = {**made.places, "model": url}
        killer = threading.Thread(target=_kill_when, args=(made, tmp_path / "tree/begun"))
        killer.start()
        first = work(made, preset_named("scripted-acp"))
        killer.join()
        assert first.detail == "crashed: it ended with -9"
        second = work(made, preset_named("scripted-acp"))
    assert second.detail == "changed: Done.", second
    (kept,) = (tmp_path / "state/scripted").glob("*.json")
    said = [one["content"] for one in json.loads(kept.read_text()) if one["role"] == "user"]
    assert len(said) == 2
    assert said[1].startswith("You worked on this task before")


def _kill_when(made: Box, begun: Path) -> None:
    """Kill the agent once its first command is under way."""
    until = time.monotonic() + LONG
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(made.talks[-1].pid, 9)


@pytest.mark.parametrize(
    ("how", "kind", "detail"),
    [
        ("exits", Ending.FAILED, "crashed: it ended with 3: boom"),
        ("locked", Ending.FAILED, "auth: Authentication required"),
        ("refuses", Ending.CANNOT, "cannot: the agent stopped: refusal"),
        ("decent", Ending.NOTHING, "nothing"),
    ],
)
def test_agents_end_in_many_ways(tmp_path: Path, how: str, kind: Ending, detail: str) -> None:
    outcome = work(box(tmp_path), stub(how))
    assert (outcome.kind, outcome.detail) == (kind, detail)


def test_strange_messages_are_passed_over_and_nothing_is_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        outcome = work(box(tmp_path), stub("garbage"))
    assert outcome.detail.startswith("nothing: xxx")
    assert caplog.records == []


def test_whatever_it_asks_but_permission_is_declined(tmp_path: Path) -> None:
    outcome = work(box(tmp_path), stub("asks"))
    assert outcome.detail == "nothing: refused other: "


def test_a_silent_one_is_ended_and_a_chatterbox_too(tmp_path: Path) -> None:
    assert work(box(tmp_path), stub("silent"), idle_s=1.0).detail.startswith("idle:")
    assert work(box(tmp_path), stub("chatters"), wall_s=1.5).detail.startswith("wall:")


@pytest.mark.parametrize("how", ["lies", "forgets"])
def test_one_that_only_says_it_can_load_gets_a_fresh_session(tmp_path: Path, how: str) -> None:
    made = box(tmp_path)
    assert work(made, stub(how)).kind is Ending.NOTHING
    assert (tmp_path / "state/stub.session").read_text() == "s"
    assert work(made, stub(how)).kind is Ending.NOTHING


def test_one_that_is_not_there_was_not_started(tmp_path: Path) -> None:
    gone = parse_preset("gone", {
        "about": "x", "protocol": "acp", "program": "gone", "install": {"from": "windlass"},
        "speaks": "openai-chat", "command": ["not-there"],
    })  # fmt: skip
    assert work(box(tmp_path), gone).detail == "not-started: it could not be started: not-there: not found"
