"""Make generated files anew for a merge: in the sandbox, twice, and only what both runs agree on counts."""

from collections.abc import Mapping, Sequence

from windlass import verify
from windlass.conflicts.generated import Generated
from windlass.conflicts.model import Open
from windlass.dispatch import Site


def make(site: Site, tree: str, entry: Generated, paths: Sequence[str]) -> Mapping[str, bytes] | Open:
    """What the entry's command makes of some of its files in a merged tree, in which they are as the branch
    has them. The command is that of the settings, read from the branch; the files it runs are the tree's.
    """
    runs = []
    for _ in range(2):
        found = verify.evaluation.made(site, tree, entry.command, paths, wall_s=entry.limit_s)
        if found.problem:
            return Open(f"{entry.name}: {entry.command!r}: {found.problem}")
        runs.append(found.files)
    first, second = runs
    if differing := [path for path in paths if first[path] != second[path]]:
        return Open(f"{entry.name}: two runs of {entry.command!r} make two different {differing[0]}")
    return first
