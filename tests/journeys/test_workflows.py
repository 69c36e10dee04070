"""The founding document's workflows, on both databases, through the function that every protocol calls."""

from pathlib import Path

import pytest

from tests.journeys.workflows import WORKFLOWS, make_yard
from windlass.kernel import FixedClock
from windlass.store import Database


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflow_of_the_founding_document(
    name: str, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    story, settings = WORKFLOWS[name]
    yard = make_yard(database, tmp_path, clock, **settings)
    story(yard)
    assert yard.leases() == 0, "a story ends with nobody at work"
