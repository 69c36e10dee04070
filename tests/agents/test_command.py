"""Turns of agents that are commands: small shell programs in their place, each ending in its own way."""

from pathlib import Path

import pytest
from tests.support.talk import Box
from tests.support.task import TASK

from windlass.agents.command import Lines, work_command
from windlass.agents.model import Bounds, Terms
from windlass.agents.outfit import fit_out
from windlass.agents.parsers import LINE_MAX
from windlass.agents.preset import parse_preset
from windlass.dispatch import Ending, RunnerOutcome

LONG = 60.0
BASE = {
    "about": "a shell", "protocol": "command", "program": "sh", "install": {"from": "windlass"},
    "speaks": "openai-chat", "parser": "lines",
}  # fmt: skip
SAY = 'say() { printf \'{"event": "%s", "text": "%s"}\\n\' "$1" "$2"; }\n'


def box(folder: Path) -> Box:
    tree = folder / "tree"
    if not tree.exists():
        tree.mkdir()
        commit = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x"
        assert Box(tree).run(("/bin/sh", "-c", f"git init -q && {commit}"), timeout_s=LONG).exit_code == 0
    return Box(tree, {"model": "http://127.0.0.1:1", "state": str(folder / "state")})


def work(
    folder: Path,
    script: str,
    *,
    idle_s: float = LONG,
    wall_s: float = LONG,
    acts_max: int = 9,
    **more: object,
) -> RunnerOutcome:
    preset = parse_preset("sh", {**BASE, "command": ["/bin/sh", "-c", SAY + script, "sh", "{task}"], **more})
    terms = Terms("m", Bounds(idle_s, wall_s, acts_max))
    made = box(folder)
    outcome = work_command(fit_out(preset, made.tools(), "m"), terms, TASK)
    assert all(talk.end() for talk in made.talks)
    return outcome


@pytest.mark.parametrize(
    ("script", "kind", "detail"),
    [
        ("echo 1 > a; say said 'It is done.'; say ended", Ending.CHANGED, "changed: It is done."),
        ("say said 'I fixed it.'; say ended", Ending.NOTHING, "nothing: I fixed it."),
        ("say said 'CANNOT: no'; say ended; exit 3", Ending.CANNOT, "cannot: no"),
        ("say failed 'status 401'; exit 0", Ending.FAILED, "auth: status 401"),
        ("echo 1 > a; exit 3", Ending.FAILED, "crashed: it ended with 3"),
        ("echo boom >&2; kill -9 $$", Ending.FAILED, "crashed: it ended with -9: boom"),
        ("", Ending.FAILED, "crashed: it ended with 0"),
        ("exec not-there", Ending.FAILED, "not-started: "),
    ],
)
def test_each_way_to_end_has_its_word(tmp_path: Path, script: str, kind: Ending, detail: str) -> None:
    outcome = work(tmp_path, script)
    assert outcome.kind is kind
    assert outcome.detail.startswith(detail)


def test_of_an_agent_that_never_says_so_the_tree_tells(tmp_path: Path) -> None:
    assert work(tmp_path, "exit 1", tells_end=False).detail == "crashed: it ended with 1"
    assert work(tmp_path, "echo 1 > a; exit 1", tells_end=False).kind is Ending.CHANGED


def test_one_that_shows_no_life_is_ended(tmp_path: Path) -> None:
    outcome = work(tmp_path, "say began x; while :; do say failed 'status 500'; sleep 0.05; done", idle_s=0.5)
    assert outcome.detail.startswith("server-error: no sign of life for 0.5 s; the last error: status 500")
    assert work(tmp_path, "sleep 600", idle_s=0.3).detail.startswith("idle: no sign of life")


def test_one_that_never_gets_done_is_ended(tmp_path: Path) -> None:
    outcome = work(tmp_path, "while :; do say said x; sleep 0.05; done", wall_s=0.5)
    assert (outcome.kind, outcome.detail) == (Ending.FAILED, "wall: it was not done after 0.5 s")


def test_one_that_uses_tools_for_ever_is_ended(tmp_path: Path) -> None:
    outcome = work(tmp_path, "while :; do say acted x; sleep 0.05; done", acts_max=3)
    assert (outcome.kind, outcome.detail) == (Ending.FAILED, "turns: it used tools more than 3 times")


def test_it_gets_its_task_as_a_word_or_on_its_input_which_then_ends(tmp_path: Path) -> None:
    told = "nothing: Task 1: Fix it"
    assert work(tmp_path, 'say said "$(echo "$1" | head -1)"; say ended').detail == told
    assert work(tmp_path, 'say said "$(cat | head -1)"; say ended', stdin="{task}").detail == told


def test_a_session_is_taken_up_again_and_a_lost_one_costs_one_start(tmp_path: Path) -> None:
    resume = ["/bin/sh", "-c", SAY + 'say said "again $1"; say ended', "sh", "{session}"]
    assert work(tmp_path, "say began s1; say said first; say ended", resume=resume).detail == "nothing: first"
    assert work(tmp_path, "exit 1", resume=resume).detail == "nothing: again s1"
    lost = ["/bin/sh", "-c", "exit 1"]
    assert work(tmp_path, "say said fresh; say ended", resume=lost).detail == "nothing: fresh"


def test_lines_come_whole_and_huge_ones_not_at_all() -> None:
    lines = Lines()
    assert list(lines.feed(b"a\nb")) == [b"a"]
    assert list(lines.feed(b"c\n\n d\n")) == [b"bc", b" d"]
    assert list(lines.feed(b"x" * (LINE_MAX + 1))) == []
    assert list(lines.feed(b"x\nnext\nlast")) == [b"next"]
    assert list(lines.feed(b"")) == [b"last"]
