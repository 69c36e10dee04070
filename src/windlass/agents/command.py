"""One turn of an agent that is a command: start it, read its lines until it ends or has to be ended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.agents.listening import Heard
from windlass.agents.model import Bounds, Did, End, Event, Terms, Turn
from windlass.agents.outfit import Outfit
from windlass.agents.parsers import LINE_MAX, PARSERS, Parse
from windlass.agents.prompt import prompt
from windlass.agents.verdict import verdict
from windlass.dispatch import Assignment, RunnerOutcome
from windlass.kernel import Clock, Dialogue, Tools

STDERR_MAX: Final = 20_000
LINGER_S: Final = 30.0
"""How long a program may go on after it has said that its turn is over."""
LOOK_S: Final = 1.0
"""Between two looks at the clock, which may have gone on while this machine slept."""


@dataclass(frozen=True, slots=True)
class Start:
    """A program as it is to be started in the box. `tells_end`: it says so before it ends well."""

    argv: Sequence[str]
    env: Mapping[str, str]
    program: str
    stdin: bytes
    parse: Parse
    tells_end: bool
    began: Callable[[str], None]
    """Told the session as soon as it is known."""


def work_command(outfit: Outfit, terms: Terms, assignment: Assignment) -> RunnerOutcome:
    """Let an agent that is a command work on a task, in the session of an earlier attempt where it has one.

    A session that cannot be taken up again costs one start: the next is a fresh one.
    """
    outfit.settle()
    kept = outfit.session() if outfit.preset.resume else ""
    turn = run_turn(outfit.tools, _start(outfit, assignment, kept), terms.bounds)
    if kept and turn.end is End.CRASHED and not turn.acts and not turn.said:
        turn = run_turn(outfit.tools, _start(outfit, assignment, ""), terms.bounds)
    return verdict(turn, changed=outfit.changed(), fault=outfit.tools.fault())


def _start(outfit: Outfit, assignment: Assignment, session: str) -> Start:
    preset, task = outfit.preset, prompt(assignment, again=bool(session), asks=outfit.asks)
    return Start(
        outfit.command(task, session), outfit.env(), preset.program, outfit.stdin(task),
        PARSERS[preset.parser], preset.tells_end, outfit.keep if preset.resume else _forget,
    )  # fmt: skip


def _forget(_session: str) -> None:
    return


def run_turn(tools: Tools, start: Start, bounds: Bounds) -> Turn:
    """Let it work. An exit code is heeded only where nothing better tells how it ended."""
    heard = Heard()
    wall_s = bounds.wall_s + LINGER_S
    with tools.talk(start.argv, timeout_s=wall_s, env=start.env, program=start.program) as dialogue:
        if start.stdin:
            dialogue.send(start.stdin)
        dialogue.hang_up()
        stopped = _listen(dialogue, heard, start, bounds, tools.steady)
        ran = dialogue.end()
    stderr = ran.stderr.decode("utf-8", "replace")[-STDERR_MAX:]
    if stopped is not None:
        return heard.stopped(*stopped, stderr)
    if ran.exit_code in (126, 127) and not heard.events:
        return heard.turn(End.NOT_STARTED, f"{start.argv[0]!r} could not be started: {stderr.strip()[-500:]}")
    return heard.over(ran.exit_code, stderr, tells_end=start.tells_end)


def _listen(
    dialogue: Dialogue, heard: Heard, start: Start, bounds: Bounds, steady: Clock
) -> tuple[End, str] | None:
    """Take its lines in; why it has to be ended, or None when it ended by itself."""
    began = alive = steady()
    lines = Lines()
    while True:
        now = steady()
        if now - began >= bounds.wall_s:
            return End.WALL, f"it was not done after {bounds.wall_s:g} s"
        idle_s = LINGER_S if heard.ended else bounds.idle_s
        if now - alive >= idle_s:
            return None if heard.ended else (End.IDLE, f"no sign of life for {bounds.idle_s:g} s")
        if heard.acts > bounds.acts_max:
            return End.TURNS, f"it used tools more than {bounds.acts_max} times"
        data = dialogue.receive(min(LOOK_S, idle_s - (now - alive), began + bounds.wall_s - now))
        if data is None:
            continue
        for line in lines.feed(data):
            for event in start.parse(line):
                if _note(heard, event, start):
                    alive = steady()
        if not data:
            return None


def _note(heard: Heard, event: Event, start: Start) -> bool:
    fresh = event.did is Did.BEGAN and not heard.session
    life = heard.note(event)
    if fresh:
        start.began(heard.session)
    return life


class Lines:
    """Bytes as they come, line by line; a line longer than LINE_MAX is left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that are whole now; no data: what is left is the last one."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if not data:
            whole, self._rest = [self._rest], b""
        for line in whole:
            if not self._skip and line.strip():
                yield line
            self._skip = False
        if len(self._rest) > LINE_MAX:
            self._rest, self._skip = b"", True
