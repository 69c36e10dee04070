"""Have the checks' own tools repair files in the sandbox, and judge what comes of it.

A check that can repair what it finds has a method `repairs(scene, paths)`: commands for some files, which run
one after another in a copy of the tree.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass.kernel import Unavailable
from windlass.verify.controller import judge_tree
from windlass.verify.lab import Lab, labs
from windlass.verify.model import Judgement
from windlass.verify.planning import planned
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site

FILES_MAX: Final = 200
"""Files that one run repairs."""
COMPLAINTS: Final = 2
"""Up to this exit code a tool has done what it could, perhaps not for every file."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """`tree`: with the repaired files, the old one where nothing differs. `tools`: the checks whose tools
    ran. `judgement`: tier 0 of it against the old tree, None where nothing differs.
    """

    tree: str
    tools: tuple[str, ...]
    judgement: Judgement | None


def repaired(site: Site, tree: str, paths: Sequence[str], *, within_s: float) -> Repaired:
    """Repair some files of a tree. Raises Unavailable where the tools cannot be run."""
    made: dict[str, bytes] = {}
    tools: dict[str, None] = {}
    with labs(site, parse_settings(site.verify), (tree,)) as (lab,):
        files = [path for path in paths if path in lab.files]
        for at in range(0, len(files), FILES_MAX):
            some = files[at : at + FILES_MAX]
            commands = dict(_commands(lab, some, within_s))
            tools |= dict.fromkeys(commands)
            made |= _run(lab, [one for each in commands.values() for one in each], some, within_s)
    mirror = site.mirror
    before, after = mirror.listing(tree), mirror.listing(mirror.write_tree(made)) if made else {}
    differ = [path for path in made if after[path].oid != before[path].oid]
    put = [replace(after[path], mode=before[path].mode) for path in differ]
    if not put:
        return Repaired(tree, tuple(tools), None)
    whole = mirror.overlaid(tree, drop=(), put=put)
    judged = judge_tree(site, whole, tree, [one.path for one in put], tiers=(0,), within_s=within_s)
    return Repaired(whole, tuple(tools), judged)


def _commands(lab: Lab, files: Sequence[str], wall_s: float) -> Iterator[tuple[str, list[list[str]]]]:
    """What repairs these files, check by check; formatters last, as fixes leave a mess behind."""
    scene = lab.scene(only=(), changed=files, wall_s=wall_s, coverage=False)
    for check in sorted(planned(lab, files, 0).checks, key=lambda one: one.check.role == "format"):
        repairs = getattr(check.check, "repairs", None)
        if repairs is not None and (commands := repairs(scene, files)):
            yield check.name, commands


def _run(
    lab: Lab, commands: Sequence[Sequence[str]], files: Sequence[str], wall_s: float
) -> dict[str, bytes]:
    """The files as the commands leave them; those that are no plain files any more stay as they were."""
    if not commands:
        return {}
    scene = lab.scene(only=(), changed=files, wall_s=wall_s, coverage=False)
    script = "\n".join(f"{shlex.join(one)} || [ $? -le {COMPLAINTS} ] || exit $?" for one in commands)
    named = {f"{{tree}}/{path}": path for path in files}
    ended = scene.start(["/bin/sh", "-c", script], copy=True, outputs=tuple(named))
    if ended.exit_code != 0:
        raise Unavailable(f"the files cannot be repaired: {ended.why()}", hint="windlass doctor")
    return {path: ended.outputs[name] for name, path in named.items() if name in ended.outputs}
