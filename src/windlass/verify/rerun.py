"""Run a command of somebody's evidence again: on a clean checkout of the tree, in the sandbox."""

from collections.abc import Mapping
from typing import Final

from windlass.verify.ended import Ended
from windlass.verify.lab import labs
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site

_SCRIPT: Final = """
/bin/sh -c "$1"
code=$?
shift
while [ $# -gt 1 ]; do
  if [ -f "$1" ] && [ ! -L "$1" ]; then cp -- "$1" "$WINDLASS_OUT/$2"; fi
  shift 2
done
exit $code
"""
"""The command as the project's own shell would run it, then copies of the files that were asked for."""


def rerun(site: Site, tree: str, command: str, artifacts: Mapping[str, str], *, wall_s: float) -> Ended:
    """Run `command` in the top folder of `tree`; `artifacts` (name to path) come back as outputs.

    What runs and what comes back is hostile: it is held like every check, and a missing file is just missing.
    """
    pairs = [word for name, path in artifacts.items() for word in (path, name)]
    with labs(site, parse_settings(site.verify), (tree,)) as (lab,):
        scene = lab.scene(only=(), changed=(), wall_s=wall_s, coverage=False)
        argv = ("/bin/sh", "-c", _SCRIPT, "sh", command, *pairs)
        return scene.start(argv, copy=True, outputs=tuple(artifacts))
