"""Have the checks' own tools repair files in the sandbox, and judge what comes of it.

A check that can repair what it finds has a method `repairs(scene, paths)`: commands for some files, which run
one after another in a copy of the tree; None where the project has chosen no rules. Nobody wants those of
windlass for all of a file, so such a check has a method `repairs_new(scene, base, refused, added=, was=)`:
commands for what the gate refuses, and nothing else. `refused` are keys of its counts, `added` the lines that
differ from the base, by file, and `was` the paths in the base of files that moved. What they do to a file in
which nothing is refused does not count.
"""

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Protocol

from windlass.kernel import Unavailable, WindlassError
from windlass.verify.check import Scene
from windlass.verify.controller import delta_of, judge_tree
from windlass.verify.differing import added_lines
from windlass.verify.guard import Looked
from windlass.verify.judge import Delta, more, rule
from windlass.verify.lab import Lab, labs
from windlass.verify.model import Judgement, Outcome
from windlass.verify.planning import planned
from windlass.verify.readings import LEAST_S, Deadline, Planned
from windlass.verify.rounds import compare
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site

FILES_MAX: Final = 200
"""Files that one run repairs."""
COMPLAINTS: Final = 2
"""Up to this exit code a tool has done what it could, perhaps not for every file."""
QUICK: Final = ("syntax", "format", "lint")
"""Roles of checks that are asked what is left; of others only what they have said already."""
_SHELL: Final = """sums() { n=$1; shift; for f; do cksum <"$f" || echo gone; done >"$WINDLASS_OUT/$n"; }
keep() { i=0; for f; do i=$((i + 1)); cp -- "$f" "$WINDLASS_OUT/kept-$i" || exit 3; done; }
back() { i=0; for f; do i=$((i + 1)); cp -- "$WINDLASS_OUT/kept-$i" "$f" || exit 3; done; }
"""
"""The state of all files after a tool, a line each, to tell which of them are its doing; and files that it is
to leave alone.
"""


Repairs = Callable[[Scene, Sequence[str]], list[list[str]] | None]


class RepairsNew(Protocol):
    def __call__(
        self, scene: Scene, base: Scene, refused: Collection[str], *,
        added: Mapping[str, Collection[int]], was: Mapping[str, str],
    ) -> list[list[str]]: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repaired:
    """`tree`: with the repaired files, the old one where nothing differs. `tools`: the checks whose tools
    were tried, with the files that each changed. `fresh`: those that repair only what the base does not have,
    as the project has chosen no rules. `judgement`: tier 0 of it against the old tree, None where nothing
    differs. `left`: what the gate refuses of it against the base, as far as that is quick to tell or known.
    """

    tree: str
    tools: Mapping[str, tuple[str, ...]]
    fresh: tuple[str, ...]
    judgement: Judgement | None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Work:
    """A tree, its base, how they differ, and until when. `fresh`: checks that repair only what is new, with
    the files in which there is such.
    """

    lab: Lab
    base: Lab
    delta: Delta
    changed: tuple[str, ...]
    deadline: Deadline
    fresh: dict[str, frozenset[str]] = field(default_factory=dict)

    def scene(self, lab: Lab, files: Sequence[str]) -> Scene:
        wall_s = max(LEAST_S, self.deadline.left())
        return lab.scene(only=(), changed=files, wall_s=wall_s, coverage=False)

    def checks(self) -> tuple[Planned, ...]:
        return planned(self.lab, self.changed, 0).checks


def repaired(site: Site, tree: str, base_tree: str, paths: Sequence[str], *, within_s: float) -> Repaired:
    """Repair some files of a tree that came from a base. Raises Unavailable where the tools cannot be run."""
    made: dict[str, bytes] = {}
    tools: dict[str, tuple[str, ...]] = {}
    with _work(site, tree, base_tree, within_s) as work:
        files = [path for path in paths if path in work.lab.files]
        for at in range(0, len(files), FILES_MAX):
            some = files[at : at + FILES_MAX]
            done, contents = _run(work, dict(_commands(work, some)), some)
            tools |= {name: (*tools.get(name, ()), *changed) for name, changed in done.items()}
            made |= contents
    mirror, fresh = site.mirror, tuple(work.fresh)
    before, after = mirror.listing(tree), mirror.listing(mirror.write_tree(made)) if made else {}
    differ = [path for path in made if after[path].oid != before[path].oid]
    put = [replace(after[path], mode=before[path].mode) for path in differ]
    if not put:
        left = _left(site, tree, base_tree, within_s) if files else ()
        return Repaired(tree, tools, fresh, None, left)
    whole = mirror.overlaid(tree, drop=(), put=put)
    judged = judge_tree(site, whole, tree, [one.path for one in put], tiers=(0,), within_s=within_s)
    worse = judged.outcome is Outcome.FAILED
    return Repaired(whole, tools, fresh, judged, () if worse else _left(site, whole, base_tree, within_s))


@contextmanager
def _work(site: Site, tree: str, base_tree: str, within_s: float) -> Iterator[_Work]:
    changes = site.mirror.changed(base_tree, tree)
    changed = dict.fromkeys(path for one in changes for path in (one.path, one.old_path))
    deadline = Deadline.within(within_s)
    with labs(site, parse_settings(site.verify), (tree, base_tree)) as (lab, base):
        yield _Work(lab, base, delta_of(changes, Looked()), tuple(changed), deadline)


def _commands(work: _Work, files: Sequence[str]) -> Iterator[tuple[str, list[list[str]]]]:
    """What repairs these files, check by check; formatters last, as fixes leave a mess behind."""
    scene = work.scene(work.lab, files)
    for check in sorted(work.checks(), key=lambda one: one.check.role == "format"):
        repairs: Repairs | None = getattr(check.check, "repairs", None)
        commands = repairs(scene, files) if repairs is not None else []
        if commands is None:
            yield check.name, _new_alone(work, check, files)
        elif commands:
            yield check.name, commands


def _new_alone(work: _Work, check: Planned, files: Sequence[str]) -> list[list[str]]:
    """What repairs those faults of these files that the base does not have."""
    repairs_new: RepairsNew | None = getattr(check.check, "repairs_new", None)
    refused = _refused(work, check, files)
    work.fresh[check.name] = frozenset(key.partition("|")[0] for key in refused)
    if repairs_new is None or not refused:
        return []
    was = {new: old for old, new in work.delta.renames.items()}
    scenes = work.scene(work.lab, files), work.scene(work.base, files)
    return repairs_new(*scenes, refused, added=_added(work), was=was)


def _refused(work: _Work, check: Planned, files: Collection[str]) -> list[str]:
    """What the gate counts more of in these files than on the base."""
    pair = compare(work.lab, work.base, check, work.changed, deadline=work.deadline)
    if pair.base is None or Outcome.UNKNOWN in (pair.candidate.outcome, pair.base.outcome):
        return []
    among = set(files)
    return [key for key in more(pair.candidate, pair.base, work.delta) if key.partition("|")[0] in among]


def _added(work: _Work) -> Mapping[str, Collection[int]]:
    """The lines that differ from the base; none of a difference that is too large to read."""
    try:
        return added_lines(work.lab.site.mirror.patch(work.base.tree, work.lab.tree))
    except WindlassError:
        return {}


def _run(
    work: _Work, commands: Mapping[str, Sequence[Sequence[str]]], files: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, bytes]]:
    """By tool the files it changed, and all files as they are afterwards; those that are no plain files any
    more stay as they were.
    """
    if not any(commands.values()):
        return dict.fromkeys(commands, ()), {}
    script, sums = [_SHELL, 'sums 0 "$@"'], [str(number) for number in range(len(commands) + 1)]
    for number, (name, some) in zip(sums[1:], commands.items(), strict=True):
        spared = shlex.join(sorted(set(files) - work.fresh.get(name, frozenset(files))))
        script.append(f"keep {spared}")
        script += [f"{shlex.join(one)} || [ $? -le {COMPLAINTS} ] || exit $?" for one in some]
        script += [f"back {spared}", f'sums {number} "$@"']
    named = {f"{{tree}}/{path}": path for path in files}
    ended = work.scene(work.lab, files).start(
        ["/bin/sh", "-c", "\n".join(script), "sh", *files], copy=True, outputs=(*sums, *named)
    )
    if ended.exit_code != 0:
        raise Unavailable(f"the files cannot be repaired: {ended.why()}", hint="windlass doctor")
    states = [ended.outputs.get(number, b"").splitlines() for number in sums]
    done = {
        name: tuple(path for path, old, new in zip(files, *pair, strict=False) if old != new)
        for name, pair in zip(commands, pairwise(states), strict=True)
    }
    return done, {path: ended.outputs[name] for name, path in named.items() if name in ended.outputs}


def _left(site: Site, tree: str, base_tree: str, within_s: float) -> tuple[str, ...]:
    """What the gate refuses of a tree; what takes long and nobody has asked yet is not asked for this."""
    with _work(site, tree, base_tree, within_s) as work:
        found = list[str]()
        for check in work.checks():
            if check.check.role != "tests":
                deadline = work.deadline if check.check.role in QUICK else Deadline.within(0.0)
                pair = compare(work.lab, work.base, check, work.changed, deadline=deadline)
                found += rule([pair], work.delta, 0.0).new
    return tuple(dict.fromkeys(found))
