"""The kept maps of what every test ran: when one is recorded, which one is believed, what it chooses."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from windlass.store import Transaction
from windlass.verify.lab import Lab
from windlass.verify.model import Evidence, Outcome
from windlass.verify.reach import Reach, pack, parse_reach
from windlass.verify.records import (
    KeptMap,
    costs,
    keep_map,
    mapped_at,
    newest_map,
    newest_of,
    recent_failures,
)
from windlass.verify.selection import Choice, Trees, choose
from windlass.workspace import Change, Mirror

FRESH_S: Final = 7 * 24 * 3600.0
"""How long a map is taken for true."""
RENEW_S: Final = 24 * 3600.0
"""From this age on the next whole run records another."""
AGAIN_S: Final = 6 * 3600.0
"""Whole runs on trees that never land, and such as record no usable map, do it so seldom."""
NO_REACH: Final = b"{}"
"""What a recorder says that gave up."""
FILES_MAX: Final = 200
"""Files that may differ from the mapped tree."""
SOURCE_MAX: Final = 1024 * 1024
COMMITS_MAX: Final = 200
TOGETHER_MAX: Final = 20
"""Files in a commit that says something about what belongs together."""
RECALL_MIN: Final = 0.995
"""Share of faults that the chosen tests must find, as measured; below it nothing is chosen by a map."""
RECALL: Final = "recall:"
"""Goes before the name of a check in the evidence of what its chosen tests find."""
SOURCES_MAX: Final = 5_000
USER: Final = "refs/windlass/user/"


def recording(lab: Lab, check: str, environment: str, wall_s: float) -> float:
    """For how many seconds a whole run that happens anyway may record a map: as long as there is time left
    for two such runs without; 0 where one is young, or nobody knows how long it takes.
    """
    now, repository = lab.site.clock(), lab.site.repository.id

    def seconds(tx: Transaction) -> float:
        known = costs(tx, [check], environment).get(check)
        room = 0.0 if known is None else wall_s - 2 * known.seconds
        if known is None or room < known.seconds:
            return 0.0
        believed = newest_map(tx, repository, check, environment)
        young = believed is not None and now - believed.at < RENEW_S
        seldom = now - mapped_at(tx, repository, check, environment) > AGAIN_S
        return room if seldom and not young else 0.0

    return lab.site.database.read(seconds)


def keep_reach(tx: Transaction, lab: Lab, found: Evidence) -> None:
    """Keep the map that a reading brought; an empty one where it is not usable or not all was collected."""
    reading = found.reading
    whole = reading.outcome is not Outcome.UNKNOWN and all("::" in case for case in reading.cases)
    packed = pack(reading.reach) if whole else b""
    if reading.reach:
        made = KeptMap(found.tree, found.at, packed)
        keep_map(tx, lab.site.repository.id, made, found.check, found.environment)


def chosen(lab: Lab, check: str, environment: str) -> Choice | None:
    """The tests that what differs from the newest believed map can affect, or why all of them have to run;
    None while there is no map.
    """
    repository, now = lab.site.repository.id, lab.site.clock()
    kept = lab.site.database.read(lambda tx: newest_map(tx, repository, check, environment))
    if kept is None:
        return None
    if now - kept.at > FRESH_S:
        return Choice(full=f"what tests run was recorded {(now - kept.at) / 86400:.0f} days ago")
    if why := switched_off(lab, check, environment):
        return Choice(full=why)
    reach = _parsed(kept.packed)
    changes = lab.site.mirror.changed(kept.tree, lab.tree, renames=False)
    if reach is None or len(changes) > FILES_MAX:
        return Choice(full=f"{len(changes)} files differ from the tree that it was recorded on")
    trees = _trees(lab, changes)
    if isinstance(trees, str):
        return Choice(full=trees)
    old = lab.site.database.read(lambda tx: recent_failures(tx, check, environment))
    near = _together(lab, frozenset(change.path for change in changes))
    return choose(reach, trees, failed_before={case.partition("[")[0] for case in old}, together=near)


def switched_off(lab: Lab, check: str, environment: str) -> str:
    """Why no map is believed at present: the last measured recall was too low. Empty when it was not."""
    kept = lab.site.database.read(lambda tx: newest_of(tx, f"{RECALL}{check}", environment))
    if kept is None or (recall := kept.reading.metrics.get("recall", 0.0)) >= RECALL_MIN:
        return ""
    faults = kept.reading.metrics.get("faults", 0.0)
    return f"tests chosen so found only {100 * recall:.1f} % of {faults:.0f} faults put in on purpose"


@lru_cache(maxsize=4)
def _parsed(packed: bytes) -> Reach | None:
    return parse_reach(packed)


def _trees(lab: Lab, changes: Sequence[Change]) -> Trees | str:
    """What differs, read from the mirror; why it cannot be, if so."""
    if odd := [change.path for change in changes if change.status not in "AMD"]:
        return f"{odd[0]} is no plain file, or was none"
    python = [change for change in changes if change.path.endswith(".py")]
    oids = {oid for change in python for oid in (change.old_oid, change.oid) if oid}
    found = dict(lab.site.mirror.blobs(sorted(oids), SOURCE_MAX))
    if None in found.values():
        return f"a changed file is larger than {SOURCE_MAX} bytes"
    paths = sorted(path for path in lab.files if path.endswith(".py"))
    return Trees(
        {change.path: found[change.old_oid] or b"" for change in python if change.old_oid},
        {change.path: found[change.oid] or b"" for change in python if change.oid},
        [change.path for change in changes if not change.path.endswith(".py")],
        dict(lab.contents(paths[:SOURCES_MAX], SOURCE_MAX)), lab.facts.tests, lab.distribution.roots,
    )  # fmt: skip


def _together(lab: Lab, changed: frozenset[str]) -> frozenset[str]:
    """Files that recent commits of the user's branch changed along with these."""
    head = lab.site.mirror.refs(USER).get(f"{USER}HEAD")
    commits = _commits(lab.site.mirror, head) if head else ()
    return frozenset(
        path for commit in commits if len(commit) <= TOGETHER_MAX and commit & changed for path in commit
    )


@lru_cache(maxsize=4)
def _commits(mirror: Mirror, head: str) -> tuple[frozenset[str], ...]:
    return tuple(mirror.changed_together(head, COMMITS_MAX))
