"""Learn from a landing how the conflicts were settled that its task met before."""

from windlass.conflicts import records
from windlass.conflicts.model import Met
from windlass.conflicts.resolution import Resolution, lessons
from windlass.conflicts.settling import FILE, SIZE_MAX
from windlass.dispatch import Site
from windlass.kernel import NotFound
from windlass.workspace import Mirror


def learned(site: Site, task: int, commit: str, now: float) -> list[Resolution]:
    """What the landed `commit` made of the hunks that were handed back to its task. What cannot be read any
    more, or is not a plain file, teaches nothing.
    """
    met = site.database.read(lambda tx: records.handed_back(tx, task))
    return [
        Resolution(one, text, path, task, commit, now)
        for path, where in met
        for one, text in _lessons(site.mirror, path, where, commit).items()
    ]


def _lessons(mirror: Mirror, path: str, where: Met, commit: str) -> dict[str, str]:
    try:
        entries = [mirror.listing(one).get(path) for one in (where.base, where.ours, where.theirs, commit)]
    except NotFound:
        return {}
    present = [one.oid for one in entries if one is not None and one.mode == FILE]
    if None in entries[1:] or len(present) < sum(one is not None for one in entries):
        return {}
    contents = dict(mirror.blobs(dict.fromkeys(present), SIZE_MAX))
    read = [content for oid in present if (content := contents[oid]) is not None]
    if len(read) < len(present):
        return {}
    parts = mirror.torn(read[0] if len(read) > 3 else b"", *read[-3:-1])
    return lessons(parts, read[-1]) if parts else {}
