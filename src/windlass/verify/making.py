"""Have a command make files of a tree: in the sandbox, in a private copy, and only these files come back."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.verify.ended import Ended
from windlass.verify.lab import labs
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site

PATHS_MAX: Final = 200
"""Files that one run may make."""
SIZE_MAX: Final = 16 * 1024 * 1024
"""Bytes of all of them."""

WHY_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Made:
    """`files`: what lies at each path afterwards. `problem`: why there is nothing, in words."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    problem: str = ""


def made(site: Site, tree: str, command: str, paths: Sequence[str], *, wall_s: float) -> Made:
    """Run `command` in a copy of `tree`, with the environment of its checks, and bring back `paths`.

    What else it writes is gone with the copy. A path that is no plain file afterwards is a problem, and so is
    an exit code, or no sandbox: what is made lands, so it is never made on the host.
    """
    if len(paths) > PATHS_MAX:
        return Made(problem=f"{len(paths)} files are more than {PATHS_MAX}")
    with labs(site, parse_settings(site.verify), (tree,)) as (lab,):
        if not lab.confined:
            return Made(problem="there is no sandbox to run it in")
        scene = lab.scene(only=(), changed=(), wall_s=wall_s, coverage=False)
        ended = scene.start(shlex.split(command), copy=True, outputs=[f"{{tree}}/{path}" for path in paths])
    if ended.exit_code != 0:
        return Made(problem=_why(ended))
    named = {path: f"{{tree}}/{path}" for path in paths}
    files = {path: ended.outputs[name] for path, name in named.items() if name in ended.outputs}
    if missing := [path for path in paths if path not in files]:
        return Made(problem=f"it leaves no plain file at {missing[0]}")
    if sum(map(len, files.values())) > SIZE_MAX:
        return Made(problem=f"it makes more than {SIZE_MAX} bytes")
    return Made(files)


def _why(ended: Ended) -> str:
    if ended.exit_code is None:
        return _plain(ended.why())
    lines = [line.strip() for line in ended.tail.splitlines() if line.strip()]
    return _plain(f"it ended with exit code {ended.exit_code}: {' | '.join(lines[-3:])}")


def _plain(text: str) -> str:
    """What a program printed, fit to be told."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:WHY_MAX])
