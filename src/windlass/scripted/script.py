"""A script: what the model does at each step, and how it fails. Data, in TOML or JSON.

final = "The test passes now."
[[steps]]
run = "sed -i s/0/1/ shop.py"
[[steps]]
tool = "renew_lease"
args = {minutes = 5}
[[faults]]
kind = "status"
status = 429
retry_after_s = 1
step = 0
times = 2
[[cases]]
when = "was refused"
steps = ["git checkout ."]
"""

import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final

from windlass.kernel import Invalid, NotFound

SCRIPT_MAX: Final = 1 << 20
"""Bytes of one script."""
STEPS_MAX: Final = 1_000
FAULTS_MAX: Final = 100
CASES_MAX: Final = 100
DELAY_MAX_S: Final = 3_600.0
TIMES_MAX: Final = 1_000_000
STATUS: Final = range(400, 600)


@dataclass(frozen=True, slots=True)
class Run:
    """A step: run this line in whatever shell tool the agent offers."""

    command: str


@dataclass(frozen=True, slots=True)
class Call:
    """A step: call the one offered tool whose name ends in `tool`, whatever prefix the agent gave it."""

    tool: str
    args: Mapping[str, object]


class FaultKind(Enum):
    """How the endpoint fails."""

    STATUS = "status"
    """Answers with an HTTP status from 400 on."""
    REFUSED = "refused"
    """Nothing listens on the port, from the start."""
    DROP = "drop"
    """The connection is closed before a byte of an answer."""
    SLOW = "slow"
    """The answer begins only after `after_s`."""
    STALL = "stall"
    """Half of the answer comes, the rest after `after_s`."""
    CUT = "cut"
    """Half of the answer comes, then the connection is closed."""
    GARBAGE = "garbage"
    """Status 200, and a body that is no answer in any protocol."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail. `step`: at this step alone, None: at each. `times`: for so many requests of the
    server's life (the only thing it remembers), None: for all.
    """

    kind: FaultKind
    step: int | None = None
    status: int = 500
    retry_after_s: int | None = None
    after_s: float = 0.0
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What the model does instead where a request says `when`, in whatever place of it."""

    when: str
    steps: tuple[Run | Call, ...] = ()
    final: str = "Done."


@dataclass(frozen=True, slots=True)
class Script:
    """What the model does. Step n is taken when the request holds n results of tools; after the last step,
    and whenever no tool is offered (titles, summaries), it answers with a text.
    """

    steps: tuple[Run | Call, ...] = ()
    final: str = "Done."
    """The answer after the last step."""
    plain: str | None = None
    """The answer to a request without tools; None: the same as `final`."""
    model: str = "scripted"
    """The name under which the model is listed."""
    key: str | None = None
    """The key that a caller must show; None: nobody is asked."""
    faults: tuple[Fault, ...] = field(default=())
    cases: tuple[Case, ...] = ()
    """The first one whose words a request holds has the steps for it."""

    def at(self, texts: Collection[str]) -> "Script":
        """What is done for a request with these texts."""
        for case in self.cases:
            if any(case.when in text for text in texts):
                return replace(self, steps=case.steps, final=case.final)
        return self

    @property
    def refuses(self) -> bool:
        return any(fault.kind is FaultKind.REFUSED for fault in self.faults)


def read_script(path: Path) -> Script:
    """Read a file ending in `.json`, else TOML. Raises NotFound or Invalid."""
    try:
        with path.open("rb") as file:
            data = file.read(SCRIPT_MAX + 1)
    except OSError as error:
        raise NotFound(f"script {str(path)!r} cannot be read: {error.strerror}") from error
    if len(data) > SCRIPT_MAX:
        raise Invalid(f"script {str(path)!r} is larger than {SCRIPT_MAX} bytes")
    try:
        text = data.decode()
        tree: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise Invalid(f"script {str(path)!r} is no {kind}: {error}") from error
    return parse_script(tree, name=str(path))


def parse_script(tree: object, *, name: str = "script") -> Script:
    """Turn parsed TOML or JSON into a script; every mistake is reported at once, as Invalid."""
    reading = _Reading()
    script = _script(reading, tree)
    if reading.mistakes:
        raise Invalid(
            f"{name!r} is no script: {'; '.join(reading.mistakes)}",
            hint="a script has steps ({run} or {tool, args}), final, plain, model, key, faults and cases",
        )
    return script


class _Reading:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def table(self, where: str, value: object, known: set[str]) -> Mapping[str, object]:
        if not isinstance(value, dict):
            self.mistakes.append(f"{where} is {_word(value)}, not a table")
            return {}
        for key in sorted(set(value) - known):
            self.mistakes.append(f"{where} has no field {key!r} (known: {', '.join(sorted(known))})")
        return value

    def rows(self, where: str, value: object, most: int) -> list[object]:
        if not isinstance(value, list):
            self.mistakes.append(f"{where} is {_word(value)}, not a list")
            return []
        if len(value) > most:
            self.mistakes.append(f"{where} has {len(value)} entries, more than {most}")
        return value[:most]

    def text(self, where: str, value: object, *, empty: bool = False) -> str:
        if isinstance(value, str) and (value or empty):
            return value
        self.mistakes.append(f"{where} is {_word(value)}, not a text")
        return ""

    def number(self, where: str, value: object, test: Callable[[float], bool], rule: str) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and test(value):
            return value
        self.mistakes.append(f"{where} is {value!r}, not {rule}")
        return 0


def _script(reading: _Reading, tree: object) -> Script:
    table = reading.table("it", tree, {"steps", "final", "plain", "model", "key", "faults", "cases"})
    steps = _steps(reading, "", table)
    cases = tuple(
        _case(reading, f"case {number}", row)
        for number, row in enumerate(reading.rows("cases", table.get("cases", []), CASES_MAX))
    )
    most = max(len(one) for one in (steps, *(case.steps for case in cases)))
    faults = tuple(
        _fault(reading, f"fault {number}", row, most)
        for number, row in enumerate(reading.rows("faults", table.get("faults", []), FAULTS_MAX))
    )
    plain, key = table.get("plain"), table.get("key")
    return Script(
        steps,
        reading.text("final", table.get("final", "Done."), empty=True),
        None if plain is None else reading.text("plain", plain, empty=True),
        reading.text("model", table.get("model", "scripted")),
        None if key is None else reading.text("key", key),
        faults,
        cases,
    )


def _case(reading: _Reading, where: str, row: object) -> Case:
    table = reading.table(where, row, {"when", "steps", "final"})
    return Case(
        reading.text(f"{where}.when", table.get("when")),
        _steps(reading, f"{where}, ", table),
        reading.text(f"{where}.final", table.get("final", "Done."), empty=True),
    )


def _steps(reading: _Reading, where: str, table: Mapping[str, object]) -> tuple[Run | Call, ...]:
    rows = reading.rows(f"{where}steps", table.get("steps", []), STEPS_MAX)
    return tuple(_step(reading, f"{where}step {number}", row) for number, row in enumerate(rows))


def _step(reading: _Reading, where: str, row: object) -> Run | Call:
    if isinstance(row, str):
        return Run(reading.text(where, row))
    table = reading.table(where, row, {"run", "tool", "args"})
    if "run" in table:
        if table.keys() & {"tool", "args"}:
            reading.mistakes.append(f"{where} has run and tool; it is one or the other")
        return Run(reading.text(f"{where}.run", table["run"]))
    args = table.get("args", {})
    if not isinstance(args, dict):
        reading.mistakes.append(f"{where}.args is {_word(args)}, not a table")
        args = {}
    return Call(reading.text(f"{where}.tool", table.get("tool")), args)


def _fault(reading: _Reading, where: str, row: object, steps: int) -> Fault:
    known = {"kind", "step", "status", "retry_after_s", "after_s", "times"}
    table = reading.table(where, row, known)
    try:
        kind = FaultKind(table.get("kind"))
    except ValueError:
        names = ", ".join(kind.value for kind in FaultKind)
        reading.mistakes.append(f"{where}.kind is {table.get('kind')!r}, not one of {names}")
        kind = FaultKind.STATUS
    if kind is FaultKind.REFUSED and table.keys() & {"step", "times"}:
        reading.mistakes.append(f"{where}: nothing listens from the start, so it has no step and no times")

    def whole(field_name: str, low: int, high: int) -> int | None:
        if (value := table.get(field_name)) is None:
            return None
        rule = f"a whole number from {low} to {high}"
        good = isinstance(value, int) and low <= value <= high
        return int(reading.number(f"{where}.{field_name}", value, lambda _: good, rule))

    delay = reading.number(
        f"{where}.after_s", table.get("after_s", 0.0), lambda n: 0 <= n <= DELAY_MAX_S,
        f"seconds from 0 to {DELAY_MAX_S:.0f}",
    )  # fmt: skip
    return Fault(
        kind, whole("step", 0, steps), whole("status", STATUS.start, STATUS.stop - 1) or 500,
        whole("retry_after_s", 0, int(DELAY_MAX_S)), float(delay), whole("times", 1, TIMES_MAX),
    )  # fmt: skip


def _word(value: object) -> str:
    return "missing or empty" if value in (None, "") else f"a {type(value).__name__}"
