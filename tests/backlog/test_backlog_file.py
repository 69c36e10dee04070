"""Out, edited, and back in: nothing lost, nothing half done."""

import pytest
import yaml
from tests.backlog.desk import Desk, Project

from windlass.backlog import (
    Draft,
    ItemState,
    Score,
    add_item,
    edit_item,
    export_backlog,
    findings,
    import_backlog,
    item,
    items,
    move_item,
    set_score,
)
from windlass.backlog.backlog_file import Imported
from windlass.backlog.model import Urgency
from windlass.kernel import Invalid

CODE = "# TODO: drop this once the old parser is gone\n# FIXME: wrong for leap years\n"


@pytest.fixture
def full(desk: Desk, project: Project) -> Desk:
    """Found and added items in several states, scored, edited, dated."""
    desk.discover(project.commit({"a.py": CODE}))

    def work(tx) -> None:
        odd = 'quotes "and" colons: \\ #hash\n- list?\n\ttab é 漢 \x85 \u2028'
        made = add_item(
            tx, desk.repository.id, Draft("manual/1", "yes: no", text=odd, labels=("a", "on")), 10.0
        )
        edit_item(tx, made.id, 11.123456, urgency=Urgency.FIXED_DATE, due_at=1_900_000_000.123456, boost=1.5)
        set_score(tx, made.id, Score(13, 1, 2, 5), 12.0, by="ann")
        move_item(tx, 1, ItemState.DECLINED, 13.0, reason="not worth it", actor="ann")

    desk.database.write(work)
    return desk


def out(desk: Desk) -> str:
    return desk.database.read(lambda tx: export_backlog(tx, desk.repository.id, 2e9))


def back(desk: Desk, text: str) -> Imported:
    return desk.database.write(lambda tx: import_backlog(tx, desk.repository.id, text, 100.0, by="bob"))


def rows(desk: Desk) -> list:
    return desk.database.read(lambda tx: tx.rows("SELECT * FROM wl_item ORDER BY id"))


def test_read_back_unchanged_it_changes_nothing(full: Desk) -> None:
    before, text = rows(full), out(full)
    assert back(full, text) == Imported(0, 0, 3)
    assert rows(full) == before
    assert out(full) == text


def test_the_file_shows_statuses_scores_places_and_history(full: Desk) -> None:
    shown = {e["id"]: e for e in yaml.safe_load(out(full))["items"]}
    assert (shown[1]["status"], shown[1]["reason"], shown[1]["findings"]) == (
        "declined",
        "not worth it",
        ["a.py:1"],
    )
    assert [h["what"] for h in shown[1]["history"]] == ["item.discovered", "item.declined"]
    assert (shown[3]["value"], shown[3]["effort"], shown[3]["scored_by"], shown[3]["wsjf"]) == (
        13,
        5,
        "ann",
        9.6,
    )


def test_edits_and_new_entries_are_applied(full: Desk) -> None:
    document = yaml.safe_load(out(full))
    entries = {e["id"]: e for e in document["items"]}
    entries[1]["status"] = "open"
    entries[2].update(title="Leap years", effort=1, labels=["soon"])
    document["items"].append({"title": "A new thing", "type": "feature", "value": 8})
    assert back(full, yaml.safe_dump(document)) == Imported(1, 2, 1)
    one, two, new = full.database.read(lambda tx: [item(tx, n) for n in (1, 2, 4)])
    assert one.state is ItemState.OPEN
    assert (two.title, two.size, two.labels, two.scored_by) == ("Leap years", 1, ("soon",), "bob")
    assert (new.title, new.value, new.source) == ("A new thing", 8, "manual")
    assert back(full, out(full)) == Imported(0, 0, 4)


def test_a_wrong_file_changes_nothing_and_names_everything(full: Desk) -> None:
    before = rows(full)
    text = (
        "items:\n- {id: 1, status: active}\n- {id: 99, title: x}\n- {title: ' '}\n- {id: 2, title: Fine}\n"
        "- {id: 3, key: other}\n- {title: one, key: k}\n- {title: two, key: k}\n"
        "- {title: x, urgency: fixed-date}\n"
    )
    with pytest.raises(Invalid) as caught:
        back(full, text)
    assert len(caught.value.details["problems"]) == 6
    assert "from declined to active" in str(caught.value)
    assert rows(full) == before


def test_items_the_file_leaves_out_stay(full: Desk) -> None:
    assert back(full, "items: []\n") == Imported()
    assert len(full.database.read(lambda tx: items(tx, full.repository.id))) == 3


def test_an_imported_item_without_findings_is_not_closed_by_a_scan(full: Desk, project: Project) -> None:
    back(full, "items:\n- {title: By hand}\n")
    full.discover(project.commit({"b.py": "\n"}))
    made = full.database.read(lambda tx: item(tx, 4))
    assert made.state is ItemState.OPEN
    assert full.database.read(lambda tx: findings(tx, made.id)) == []


def test_acceptance_checks_and_playbooks_come_and_go_with_the_file(full: Desk) -> None:
    database, number = full.database, full.repository.id

    def edited(change) -> Imported:
        text = database.read(lambda tx: export_backlog(tx, number))
        document = yaml.safe_load(text)
        change(document["items"][0])
        return database.write(lambda tx: import_backlog(tx, number, yaml.safe_dump(document), 50.0, by="ann"))

    assert edited(lambda one: one.update(acceptance=["make check"], playbook="bug")).changed == 1
    kept = database.read(lambda tx: item(tx, 1))
    assert (kept.acceptance, kept.playbook) == (("make check",), "bug")
    assert edited(lambda one: None).changed == 0
    for wrong in (["echo 'open"], "make", [1]):
        with pytest.raises(Invalid, match="acceptance"):
            edited(lambda one, wrong=wrong: one.update(acceptance=wrong))


def test_a_file_of_the_founding_tools_comes_in_once(desk: Desk) -> None:
    text = "backlog:\n- {id: A-1, title: One, status: READY, effort: 4}\n- {id: A-2, status: DONE}\n"
    assert back(desk, text) == Imported(1, done=("A-2",), rounded=("A-1 effort 4 -> 5",))
    assert back(desk, text) == Imported(0, unchanged=1, done=("A-2",), rounded=("A-1 effort 4 -> 5",))
    (made,) = desk.database.read(lambda tx: items(tx, desk.repository.id))
    assert (made.key, made.size, made.value) == ("backlog.yml/A-1", 5, 3)


def test_what_happened_here_since_is_not_overwritten(desk: Desk) -> None:
    text = "backlog: [{id: A-1, title: One, status: READY}]\n"
    back(desk, text)
    desk.database.write(lambda tx: move_item(tx, 1, ItemState.CLOSED, 9.0, reason="done", actor="ann"))
    back(desk, text.replace("One", "Uno"))
    made = desk.database.read(lambda tx: item(tx, 1))
    assert (made.state, made.title) == (ItemState.CLOSED, "One")


def test_a_wrong_file_of_the_founding_tools_adds_nothing(desk: Desk) -> None:
    with pytest.raises(Invalid, match="has no title"):
        back(desk, "backlog: [{id: A-1, title: One}, {id: A-2}]\n")
    assert desk.database.read(lambda tx: items(tx, desk.repository.id)) == []
