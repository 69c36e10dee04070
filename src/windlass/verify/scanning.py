"""Look at what a change brings: secrets, findings of security rules, names that nobody speaks of."""

from collections.abc import Sequence
from typing import Final

import griffe

from windlass.verify.face import is_face, is_words, names, undocumented
from windlass.verify.lab import Lab
from windlass.verify.model import Outcome, Reading
from windlass.verify.overlay import FILES_MAX, TEXT_MAX
from windlass.verify.planning import fitting
from windlass.verify.readings import Deadline, Planned, measure
from windlass.verify.testcode import on_test_side
from windlass.verify.weakness import Weakness, blind, findings, secrets
from windlass.workspace import Change

PROBLEMS_MAX: Final = 5
"""Reasons that are told why something could not be looked at."""


def scan(changes: Sequence[Change], change: Lab, base: Lab, deadline: Deadline) -> tuple[list[Weakness], str]:
    """What is new, and why a part of it could not be looked for."""
    if len(changes) > FILES_MAX:
        return [], f"{len(changes)} changed files are more than {FILES_MAX}"
    after, large = _texts(change, [one.path for one in changes])
    old = {one.old_path: one.path for one in changes}
    before, _ = _texts(base, list(old))
    found = list(secrets({old[path]: text for path, text in before.items()}, after))
    problems = [f"{path} is too large to be read" for path in large]
    code = [one for one in changes if one.path.endswith((".py", ".pyi")) and not on_test_side(one.path)]
    check = fitting(change, "security")
    if check is not None and code:
        sides = [
            _measured(lab, check, paths, deadline)
            for lab, paths in (
                (base, [one.old_path for one in code]), (change, [one.path for one in code]),
            )
        ]  # fmt: skip
        problems += [why for side in sides if (why := blind(side))]
        found += findings(sides[0], sides[1], old)
    return found, "; ".join(problems[:PROBLEMS_MAX])


def unspoken(changes: Sequence[Change], change: Lab, base: Lab) -> tuple[list[str], str]:
    """Public names that changed and that nothing in the change speaks of; why a part could not be read."""
    if any(is_words(path) for one in changes for path in (one.path, one.old_path)):
        return [], ""
    some = changes[:FILES_MAX]
    after, large = _texts(change, [one.path for one in some if is_face(one.path)])
    before, _ = _texts(base, [one.old_path for one in some if is_face(one.old_path)])
    found: list[str] = []
    problems = [f"{path} is too large to be read" for path in large]
    for path in sorted(after.keys() | before.keys()):
        try:
            sides = [names(path, texts.get(path, "")) for texts in (before, after)]
        except (SyntaxError, ValueError, RecursionError, MemoryError, griffe.GriffeError) as error:
            problems.append(f"{path} cannot be read: {type(error).__name__}")
            continue
        found += [f"{path}: {what}" for what in undocumented(*sides)]
    return found, "; ".join(problems[:PROBLEMS_MAX])


def _measured(lab: Lab, check: Planned, paths: Sequence[str], deadline: Deadline) -> Reading:
    there = sorted(path for path in paths if path in lab.files)
    if not there:
        return Reading(check.id, Outcome.PASSED)
    return measure(lab, check.narrowed(there), wall_s=deadline.left(), waited=deadline.extend)


def _texts(lab: Lab, paths: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Texts by path, and the paths of files that are too large to be read."""
    there = sorted({path for path in paths if path in lab.files})
    found = {path: content.decode("utf-8", "replace") for path, content in lab.contents(there, TEXT_MAX)}
    return found, [path for path in there if path not in found]
