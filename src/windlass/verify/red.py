"""What a failure on the base means: red, red for a name that only the change brings, or nothing. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from windlass.plan import Demand, Playbook
from windlass.verify.judge import Ruling
from windlass.verify.model import Base, Outcome, Shown
from windlass.verify.testcode import holds_tests
from windlass.verify.vanished import Vanished

LISTED_MAX: Final = 5
_NAME: Final = re.compile(r"cannot import name '([\w.]+)' from (?:partially initialized module )?'([\w.]+)'")
_MODULE: Final = re.compile(r"No module named '([\w.]+)'")
_ATTRIBUTE: Final = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_SYNTAX: Final = re.compile(r"(SyntaxError|IndentationError|TabError)\b")
_RUNNERS: Final = (("pytest",), ("python", "-m", "pytest"), ("python3", "-m", "pytest"))


def named_tests(words: Sequence[str]) -> tuple[str, ...]:
    """The tests that a check names (`path::name` or `path`); none where it is another command."""
    for runner in _RUNNERS:
        if tuple(words[: len(runner)]) == runner and len(words) > len(runner):
            words = words[len(runner) :]
            break
    return tuple(words) if all(holds_tests(word.partition("::")[0]) for word in words) else ()


def of(case: str, cases: Mapping[str, str]) -> list[str]:
    """The reported cases that a test's name stands for: itself, its parameters, what is inside of it."""
    return [one for one in cases if one == case or one.startswith((f"{case}[", f"{case}::"))]


def on_base(case: str, cases: Mapping[str, str], whys: Mapping[str, str], new: Vanished) -> tuple[Base, str]:
    """What a case of the change did on the base's code, and what it said; `new`: what the change brings."""
    path = case.partition("::")[0]
    found = case if case in cases else path if cases.get(path) == "error" else ""
    if not found:
        return Base.UNKNOWN, "it did not run on the base"
    result, why = cases[found], whys.get(found, "")
    if result in ("passed", "skipped"):
        return Base(result), ""
    whole = "::" not in found
    if whole and _SYNTAX.match(why):
        return Base.UNREADABLE, why
    if missing := _missing(why):
        return (Base.MISSING if _brings(new, *missing) else Base.UNKNOWN), why
    return (Base.UNKNOWN if whole and not why else Base.FAILED), why


def _missing(why: str) -> tuple[str, str] | None:
    """The module, and the name in it, that could not be had."""
    if found := _NAME.search(why):
        return found[2], found[1]
    if found := _MODULE.search(why):
        return found[1], ""
    if found := _ATTRIBUTE.search(why):
        return found[1], found[2]
    return None


def _brings(new: Vanished, module: str, name: str) -> bool:
    """Whether the change brings this module, or this name in it."""
    wanted = (module, f"{module}.{name}")
    whole = any(_within(one, path) for path in new.modules for one in wanted)
    return whole or any(name == one and _within(module, path) for path, one in new.places)


def _within(module: str, path: str) -> bool:
    """Whether a module is a part of a file's dotted path, whatever folder the sources lie in."""
    return f".{module}." in f".{path}."


def demanded(playbook: Playbook, shown: Sequence[Shown]) -> tuple[Ruling, tuple[str, ...]]:
    """Why the change is refused or unknown, and what a person has to look at before it lands."""
    failed = [one for one in shown if one.asked and one.change is Outcome.FAILED]
    unknown = [one for one in shown if one.asked and one.change is Outcome.UNKNOWN]
    new = [f"acceptance check {one.check!r} does not pass{_why(one)}" for one in failed]
    lost = [f"acceptance check {one.check!r} could not be run{_why(one)}" for one in unknown]
    if playbook.red is Demand.NONE or any(one.red_and_green for one in shown):
        return Ruling(tuple(new), tuple(lost)), ()
    unclear = [one for one in shown if one.base in (Base.FLAKY, Base.UNKNOWN)]
    told = f"no red test: {_unclear(unclear) if unclear else _refusal(shown)} (playbook {playbook.name})"
    if playbook.red is Demand.REFUSE:
        (lost if unclear else new).append(told)
    doubts = (told,) if playbook.red is Demand.ASK else ()
    return Ruling(tuple(new), tuple(lost), (told,) if playbook.red is Demand.NOTE else ()), doubts


def _unclear(shown: Iterable[Shown]) -> str:
    return f"it could not be told what {_listed(shown)}"


def _refusal(shown: Sequence[Shown]) -> str:
    """What is missing, and what to do about it."""
    if not shown:
        return (
            "the change brings no new or changed test; add one that fails on the code as it was and passes"
            " with the change"
        )
    if broken := [one for one in shown if one.base is Base.UNREADABLE]:
        told = "correct its syntax, or import what is broken inside of the test"
        return f"a file that cannot be read shows nothing; {_listed(broken)}; {told}"
    if failed := [one for one in shown if one.change is not Outcome.PASSED]:
        return f"no test fails on the base and passes on the change; {_listed(failed)}"
    return (
        f"every new or changed test passes without the change as well; {_listed(shown)}; make one of them"
        " fail on the code as it was, because of what the task is about"
    )


def _listed(shown: Iterable[Shown]) -> str:
    words = [str(one) for one in shown]
    more = f", and {len(words) - LISTED_MAX} more" if words[LISTED_MAX:] else ""
    return ", ".join(words[:LISTED_MAX]) + more


def _why(one: Shown) -> str:
    return f": {one.why}" if one.why else ""
