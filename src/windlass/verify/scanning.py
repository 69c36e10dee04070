"""Look for weaknesses that a change brings: secrets on its lines, findings of the security rules."""

from collections.abc import Sequence

from windlass.verify.lab import Lab
from windlass.verify.model import Outcome, Reading
from windlass.verify.overlay import FILES_MAX, TEXT_MAX
from windlass.verify.planning import fitting
from windlass.verify.readings import Deadline, Planned, measure
from windlass.verify.testcode import on_test_side
from windlass.verify.weakness import Weakness, blind, findings, secrets
from windlass.workspace import Change


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
    return found, "; ".join(problems[:5])


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
