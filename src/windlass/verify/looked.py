"""From what a look at papers told to a reading: what was not read has not passed. Pure."""

from collections.abc import Collection
from typing import Final

from windlass import papers
from windlass.verify.ended import Ended
from windlass.verify.model import Outcome, Reading

UNSHOWN: Final = "the sandbox does not show what reads papers; install windlass again"


def looked(kind: str, ended: Ended, files: Collection[str], blame: dict[str, float]) -> Reading:
    """The reading of a check called `kind` whose program ended so, on a tree with these files."""
    told = papers.parse_told(ended.outputs.get(papers.REPORT), files)
    if ended.exit_code != 0 or told is None:
        why = ended.why(f"{kind}: it left no report")
        return Reading(kind, Outcome.UNKNOWN, ended.seconds, blame, detail=why)
    counts, unread = told.counts, len(told.unread)
    outcome = Outcome.FAILED if counts else Outcome.UNKNOWN if unread else Outcome.PASSED
    metrics = {**told.measures, "findings": float(sum(counts.values())), "unread": float(unread)}
    if not told.files:
        metrics["collected"] = 0.0  # as with tests: where there is nothing to look at, nothing is judged
    return Reading(kind, outcome, ended.seconds, metrics, {}, counts, told.detail, why=told.why)
