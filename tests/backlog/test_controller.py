"""Discovery on a real repository and both databases: identity, incremental looks, failing sources, order."""

import pytest
from tests.backlog.desk import Desk, Project, Told, hit

from windlass import events
from windlass.backlog import (
    Finding,
    ItemState,
    Ranked,
    RankSettings,
    Report,
    findings,
    items,
    move_item,
    ranked,
)
from windlass.backlog.model import Item

CODE = (
    "x = 1\n# TODO: drop this once the old parser is gone\ny = 2\n"
    "# FIXME(ann): wrong for leap years, see #12\n"
)


def open_items(desk: Desk) -> list[Item]:
    live = (ItemState.OPEN,)
    return desk.database.read(lambda tx: items(tx, desk.repository.id, live))


def everything(desk: Desk) -> list[Finding]:
    return desk.database.read(
        lambda tx: [f for i in items(tx, desk.repository.id) for f in findings(tx, i.id)]
    )


def test_found_once_and_twice_discovered_adds_nothing(desk: Desk, project: Project) -> None:
    commit = project.commit({"a.py": CODE})
    first = desk.discover(commit)
    assert (first.opened, first.tallies[0].new, first.tallies[0].coverage) == (2, 2, 1.0)
    assert [(f.path, f.line, f.rule) for f in everything(desk)] == [("a.py", 2, "TODO"), ("a.py", 4, "FIXME")]
    assert everything(desk)[1].data["owner"] == "ann"
    again = desk.discover(commit)
    assert (again.opened, again.closed, again.tallies[0].new, again.tallies[0].open) == (0, 0, 0, 2)
    assert len(everything(desk)) == 2


def test_moved_renamed_and_reformatted_keep_their_items(desk: Desk, project: Project) -> None:
    desk.discover(project.commit({"a.py": CODE, "keep.py": "k = 1\n" * 30}))
    before = {i.id for i in open_items(desk)}
    shifted = desk.discover(project.commit({"a.py": "import os\n\n\n" + CODE}))
    assert (shifted.tallies[0].new, shifted.tallies[0].gone) == (0, 0)
    assert [f.line for f in everything(desk)] == [5, 7]
    project.move("a.py", "pkg/b.py")
    moved = desk.discover(project.snapshot())
    assert (moved.tallies[0].moved, moved.opened, moved.closed) == (2, 0, 0)
    wrapped = CODE.replace("# TODO: drop this once the old", "    #  TODO   drop this once\n    #  the old")
    laid_out = desk.discover(project.commit({"pkg/b.py": wrapped}))
    assert (laid_out.tallies[0].new, laid_out.tallies[0].gone) == (0, 0)
    assert {i.id for i in open_items(desk)} == before


def test_gone_closes_and_a_return_reopens_the_same_item(desk: Desk, project: Project) -> None:
    desk.discover(project.commit({"a.py": CODE}))
    gone = desk.discover(project.commit({"a.py": "x = 1\ny = 2\n"}))
    assert (gone.closed, gone.tallies[0].open) == (2, 0)
    back = desk.discover(project.commit({"a.py": CODE}))
    assert (back.reopened, back.opened, back.tallies[0].returned) == (2, 0, 2)
    story = desk.database.read(lambda tx: [e.kind for e in events.history(tx, item=1)])
    assert story == ["item.discovered", "item.closed", "item.open"]


def test_declined_stays_declined_though_it_is_found_again(desk: Desk, project: Project) -> None:
    desk.discover(project.commit({"a.py": CODE}))
    desk.database.write(lambda tx: move_item(tx, 1, ItemState.DECLINED, 5.0, reason="never"))
    desk.discover(project.commit({"a.py": "\n"}))
    desk.discover(project.commit({"a.py": CODE}))
    states = desk.database.read(lambda tx: {i.id: i.state for i in items(tx, desk.repository.id)})
    assert states == {1: ItemState.DECLINED, 2: ItemState.OPEN}


def test_work_in_progress_is_not_closed_under_the_worker(desk: Desk, project: Project) -> None:
    desk.discover(project.commit({"a.py": CODE}))
    for state in (ItemState.ROUTED, ItemState.ACTIVE):
        desk.database.write(lambda tx, to=state: move_item(tx, 1, to, 5.0))
    assert desk.discover(project.commit({"a.py": "\n"})).closed == 1
    desk.database.write(lambda tx: move_item(tx, 1, ItemState.OPEN, 6.0))
    assert desk.discover(project.commit({"b.py": "\n"})).closed == 1


def test_only_changed_blobs_are_read_again(desk: Desk, project: Project) -> None:
    told = Told()
    told.reports = [Report((), 1.0, frozenset())] * 3
    desk.sources = [told]
    first = project.commit({"a.py": CODE, "b.py": CODE})
    desk.discover(first)
    desk.discover(project.commit({"b.py": "\n"}))
    assert told.views[0].changes() is None
    assert [c.path for c in told.views[1].changes() or ()] == ["b.py"]
    told.version = "told/2"
    desk.discover(first)
    assert told.views[2].changes() is None


def test_a_partial_or_failed_look_is_no_ground_to_build_on(desk: Desk, project: Project) -> None:
    told = Told()
    told.reports = [Report((), 0.5, frozenset()), RuntimeError("lost"), Report((), 1.0, frozenset())]
    desk.sources = [told]
    commit = project.commit({"a.py": CODE})
    for _ in range(3):
        desk.discover(commit)
    assert [view.since for view in told.views] == [None, None, None]


def test_a_failing_source_is_reported_and_the_rest_goes_on(desk: Desk, project: Project) -> None:
    broken = Told("broken")
    broken.reports = [ValueError("no such scanner")]
    desk.sources = [broken, *desk.sources]
    seen = desk.discover(project.commit({"a.py": CODE}))
    assert seen.tallies[0].error == "ValueError: no such scanner"
    assert (seen.tallies[0].found, seen.tallies[0].coverage) == (None, None), "nobody knows, which is not 0"
    assert seen.tallies[1].new == 2
    told = desk.database.read(lambda tx: {e.kind: e.data for e in events.history(tx)})
    assert (told["source.failed"]["found"], told["source.failed"]["coverage"]) == (None, None)
    assert told["source.scanned"]["coverage"] == 1.0


def test_nonsense_coverage_is_a_failure(desk: Desk, project: Project) -> None:
    told = Told()
    told.reports = [Report((), 1.5)]
    desk.sources = [told]
    assert "coverage" in (desk.discover(project.commit({"a.py": ""})).tallies[0].error or "")


def test_a_dry_run_tells_the_same_and_writes_nothing(desk: Desk, project: Project) -> None:
    commit = project.commit({"a.py": CODE})
    dry = desk.discover(commit, write=False)
    assert (dry.tallies[0].new, dry.tallies[0].open, len(dry.fresh)) == (2, 2, 2)
    assert desk.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_scan")) == 0
    assert desk.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_blob_scan")) == 0
    assert desk.discover(commit).tallies[0].new == 2


def test_a_source_that_cannot_tell_what_it_read_closes_at_the_second_absence(
    desk: Desk, project: Project
) -> None:
    told = Told()
    there = hit("R1", "a.py", 1, "bad thing")
    told.reports = [Report((there,), 1.0), Report((), 1.0), Report((), 0.0, error="stopped"), Report((), 1.0)]
    desk.sources = [told]
    commit = project.commit({"a.py": CODE})
    assert [desk.discover(commit).closed for _ in range(4)] == [0, 0, 0, 1]


def test_names_that_are_not_utf8_are_kept_exactly(desk: Desk, project: Project) -> None:
    odd = b"caf\xe9.py"
    desk.discover(project.commit({odd: CODE}))  # a path in bytes
    assert {f.path for f in everything(desk)} == {"caf\udce9.py"}
    assert desk.discover(project.commit({odd: "\n"})).closed == 2


@pytest.mark.parametrize("settings", [RankSettings(), RankSettings(threshold=2.0)])
def test_ranking_shows_what_is_open_with_its_numbers(
    desk: Desk, project: Project, settings: RankSettings
) -> None:
    desk.discover(project.commit({"a.py": CODE}))
    now = desk.clock() + 16 * 86_400
    found: list[Ranked] = desk.database.read(lambda tx: ranked(tx, desk.repository.id, now, settings))
    assert [(r.item.rule, r.band, r.findings, r.paths) for r in found] == [
        ("FIXME", "critical", 1, ("a.py",)),
        ("TODO", "high", 1, ("a.py",)),
    ]
    assert [r.actionable for r in found] == [True, settings.threshold <= found[1].wsjf]
