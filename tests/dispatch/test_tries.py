"""An item's slice is put aside for several tries."""

import pytest

from windlass import backlog, dispatch
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict


def aside(place, item: int) -> dispatch.Task:
    def work(tx) -> dispatch.Task:
        return dispatch.tries.file_aside(tx, place.site, item, "mechanic", base=place.base, by="ann")

    return place.site.database.write(work)


@pytest.fixture
def item(place) -> int:
    """An open item with one finding."""

    def work(tx) -> int:
        backlog.tend(tx, "thing", str(place.repository), "main", 1.0)
        draft = backlog.Draft("ruff:F401", "ruff", "F401", "technical-debt", "Remove unused imports")
        made = backlog.add_item(tx, 1, draft, 1.0)
        tx.execute(
            "INSERT INTO wl_finding (repository_id, item_id, source, rule, fingerprint, path, line, text,"
            " severity, state, first_commit, first_seen_at, last_seen_at) VALUES (1, :item, 'ruff', 'F401',"
            " 'f', 'src/a.py', 1, 'unused', 'warning', 'open', 'c', 1, 1)",
            item=made.id,
        )
        return made.id

    return place.site.database.write(work)


def test_an_item_is_put_aside_once_with_its_files_to_itself(place, item: int) -> None:
    task = aside(place, item)
    assert (task.status, task.item_id, task.base) == (TaskStatus.PLANNING, item, place.base)
    assert task.spec.paths == ("src/a.py",)
    assert place.site.database.read(lambda tx: backlog.item(tx, item)).state is ItemState.ACTIVE
    dispatch.tick(place.site, place.site.clock())
    assert place.desk.status(task.id) is TaskStatus.PLANNING
    assert place.desk.claim() is None
    with pytest.raises(Conflict, match="is active"):
        aside(place, item)


def test_an_item_without_findings_is_not_tried(place, item: int) -> None:
    place.site.database.write(lambda tx: tx.execute("UPDATE wl_finding SET state = 'gone'"))
    with pytest.raises(Conflict, match="has no findings"):
        aside(place, item)
