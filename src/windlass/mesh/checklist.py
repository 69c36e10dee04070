"""The twelve points of quality, and which of a worker's answers windlass can prove or refute. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from windlass.mesh.model import ClaimState


@dataclass(frozen=True, slots=True)
class Point:
    """One point: its number, its name in answers, and what it asks."""

    item: int
    name: str
    text: str


POINTS: Final = tuple(
    Point(number, name, text)
    for number, (name, text) in enumerate(
        (
            ("acceptance_checks", "all acceptance checks pass"),
            ("scope_kept", "no file outside the task was changed"),
            ("no_new_dependencies", "no new dependency, unless it was allowed"),
            ("style", "the project's style is followed"),
            ("input_validation", "all inputs are validated"),
            ("error_handling", "errors are handled"),
            ("type_safety", "types hold"),
            ("performance", "the cost was thought through"),
            ("tests_written", "tests were written or updated, edge cases included"),
            ("documentation", "documentation was updated"),
            ("security", "security was reviewed"),
            ("feedback_addressed", "the last review was answered"),
        ),
        1,
    )
)
_MANIFESTS: Final = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "package.json", "go.mod", "cargo.toml", "pipfile", "gemfile"}
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What windlass knows by itself about a submission. `checks`: role of a check (lint, types, tests …) to
    whether it passed; None for `gate` before the gate has judged.
    """

    files: tuple[str, ...]
    limited: bool
    """Whether the task names the files that it may change; others were refused at the door."""
    answered: bool
    """Whether the worker answered the last review."""
    retried: bool
    gate: bool | None = None
    checks: Mapping[str, bool] | None = None


def is_test(path: str) -> bool:
    parts = PurePosixPath(path.lower()).parts
    name = parts[-1] if parts else ""
    named = name.startswith("test_") or "_test." in name or ".test." in name or ".spec." in name
    return named or any(part in ("test", "tests", "spec", "specs", "__tests__") for part in parts[:-1])


def is_documentation(path: str) -> bool:
    pure = PurePosixPath(path.lower())
    return pure.suffix in (".md", ".rst", ".adoc") or "docs" in pure.parts[:-1] or "doc" in pure.parts[:-1]


def is_manifest(path: str) -> bool:
    name = PurePosixPath(path.lower()).name
    return name in _MANIFESTS or name.startswith("requirements") or name.endswith(".lock")


def _truth(known: bool | None) -> ClaimState:
    if known is None:
        return ClaimState.UNKNOWN
    return ClaimState.VERIFIED if known else ClaimState.REFUTED


def _check(facts: Facts, role: str) -> ClaimState:
    return _truth((facts.checks or {}).get(role))


_PROOFS: Final[Mapping[str, Callable[[Facts], ClaimState]]] = {
    "acceptance_checks": lambda facts: _truth(facts.gate),
    "scope_kept": lambda facts: _truth(True if facts.limited else None),
    "no_new_dependencies": lambda facts: _truth(None if any(map(is_manifest, facts.files)) else True),
    "style": lambda facts: _check(facts, "lint"),
    "type_safety": lambda facts: _check(facts, "types"),
    "tests_written": lambda facts: _truth(any(map(is_test, facts.files))),
    "documentation": lambda facts: _truth(True if any(map(is_documentation, facts.files)) else None),
    "feedback_addressed": lambda facts: _truth(False if facts.retried and not facts.answered else None),
}
"""How a yes is proved or refuted; a point without a rule stays unknown, and a person reads it."""


def judged(answers: Sequence[Mapping[str, Any]], facts: Facts) -> dict[str, ClaimState]:
    """What becomes of each answer: only a yes can be proved or refuted, an honest no is left as it is."""
    found = {}
    for answer in answers:
        point = POINTS[int(answer["item"]) - 1]
        proof = _PROOFS.get(point.name) if answer["state"] == "yes" else None
        found[point.name] = ClaimState.UNKNOWN if proof is None else proof(facts)
    return found


def open_points(answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Points that were not answered, or answered with no."""
    given = {int(answer["item"]): answer["state"] for answer in answers}
    return [point.name for point in POINTS if given.get(point.item, "no") == "no"]
