"""Tell what a run of tests showed, so that both results on one tree are seen; ask what is known of tests."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from windlass import flakes
from windlass.store import Transaction
from windlass.verify.lab import Lab
from windlass.verify.model import Evidence, Outcome
from windlass.verify.readings import Planned
from windlass.verify.records import evidence
from windlass.verify.site import Site


def teller(lab: Lab, check: Planned) -> Callable[[Transaction, Evidence], None]:
    """Counts what a check found, in the transaction that keeps it; what has no outcome tells nothing."""
    repository = lab.site.repository.id

    def tell(tx: Transaction, found: Evidence) -> None:
        if check.check.role == "tests" and found.reading.outcome is not Outcome.UNKNOWN:
            earlier = partial(_earlier, tx, check.name, found.environment, repository)
            flakes.observe(tx, _seen(repository, found, whole=not check.only), earlier)

    return tell


def _earlier(
    tx: Transaction, check: str, environment: str, repository: int, trees: Sequence[str]
) -> Iterator[flakes.Seen]:
    for tree in trees:
        if found := evidence(tx, tree, check.partition(":")[0], environment):
            yield _seen(repository, found, whole=False)


def _seen(repository: int, found: Evidence, *, whole: bool) -> flakes.Seen:
    return flakes.Seen(repository, found.tree, found.environment, found.reading.cases, found.at, whole)


def standing(site: Site, tests: Sequence[str]) -> flakes.Standing:
    """What the main branch says of some tests."""
    trees, repository = site.mirror.trees_along(site.main_ref), site.repository.id
    return site.database.read(lambda tx: flakes.standing(tx, repository, trees, tests, site.clock()))
