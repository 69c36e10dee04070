"""`windlass backlog`: read it, change it, take it out as a file and bring it back."""

from pathlib import Path

from tests.cli.shell import Shell


def test_the_list_tells_order_and_score(found: Shell) -> None:
    (one, *_) = found("backlog", "list", "--json").json
    assert (one["id"], one["place"], one["rule"], one["source"]) == (1, 1, "F401", "ruff")
    assert one["paths"] == ["shop/total.py"]
    assert one["wsjf"] > 0
    plain = found("backlog", "list")
    assert plain.out.splitlines()[0].split() == ["#", "ID", "WSJF", "BAND", "STATE", "PLACES", "TITLE"]
    assert found("backlog", "list", "--fields", "id,place").json[0] == {"id": 1, "place": 1}
    assert "colour" in found("backlog", "list", "--fields", "colour").err


def test_an_empty_backlog_says_what_to_do(shell: Shell) -> None:
    said = shell("backlog", "list")
    assert (said.code, said.out) == (0, "The backlog is empty. Look for work with: windlass discover\n")
    assert shell("backlog", "list", "--json").json == []


def test_one_item_is_shown_with_its_places(found: Shell) -> None:
    shown = found("backlog", "show", "1", "--json").json
    assert len(shown["places"]) == shown["findings"]
    assert all(place.startswith("shop/total.py:1 ") for place in shown["places"])
    assert "shop/total.py:1 " in found("backlog", "show", "1").out
    assert found("backlog", "show", "1", "--fields", "id,rule").json == {"id": 1, "rule": "F401"}
    assert found("backlog", "show", "99").code == 3


def test_an_added_item_is_scored_edited_and_closed(found: Shell) -> None:
    added = found("backlog", "add", "Say hello", "--value", "8", "--size", "1", "--text", "In the door")
    assert added.code == 0
    number = added.out.split()[1]
    assert found("backlog", "show", number, "--fields", "wsjf,scored_by").json["wsjf"] == 10.0

    scored = found("backlog", "score", number, "--value", "2", "--risk", "2", "--size", "5")
    assert scored.code == 0
    assert "WSJF 1.00" in scored.out
    row = found("backlog", "show", number, "--json").json
    assert (row["value"], row["criticality"], row["risk_reduction"], row["size"]) == (2, 1, 2, 5)
    assert row["scored_by"] == "ann"

    edited = found("backlog", "edit", number, "--title", "Say goodbye", "--label", "door", "--label", "kind")
    assert edited.out == f"Item {number} is open: Say goodbye\n"
    assert found("backlog", "show", number, "--json").json["labels"] == ["door", "kind"]
    declined = found("backlog", "edit", number, "--state", "declined", "--reason", "no door")
    assert declined.out == f"Item {number} is declined: Say goodbye\n"
    gone = found("backlog", "show", number)
    assert gone.code == 3
    assert "audit list" in gone.err
    events = found("audit", "list", "--item", number, "--json").json
    assert {event["actor"] for event in events} == {"ann"}


def test_a_change_without_a_change_is_a_wrong_call(found: Shell) -> None:
    assert found("backlog", "edit", "1").code == 2
    assert found("backlog", "score", "1").code == 2
    assert found("backlog", "score", "1", "--value", "4").code == 2
    assert found("backlog", "add", "").code == 2


def test_the_backlog_goes_out_as_a_file_and_comes_back_edited(found: Shell, tmp_path: Path) -> None:
    file = tmp_path / "backlog.yml"
    out = found("backlog", "export", str(file))
    assert out.code == 0
    assert str(file) in out.err
    assert found("backlog", "export").out == file.read_text()
    same = found("backlog", "import", str(file))
    assert same.out.startswith("0 added, 0 changed, ")

    title = found("backlog", "list", "--json").json[0]["title"]
    text = file.read_text()
    assert title in text
    file.write_text(text.replace(title, "Tidy the imports", 1))
    assert "0 added, 1 changed" in found("backlog", "import", str(file)).out
    assert found("backlog", "show", "1", "--json").json["title"] == "Tidy the imports"


def test_a_wrong_file_changes_nothing(found: Shell, tmp_path: Path) -> None:
    before = found("backlog", "list", "--json").json
    file = tmp_path / "backlog.yml"
    file.write_text("items: [{title: ''}, {id: 999}]\n")
    said = found("backlog", "import", str(file))
    assert said.code == 2
    assert [r["title"] for r in found("backlog", "list", "--json").json] == [r["title"] for r in before]
    assert found("backlog", "import", str(tmp_path / "none.yml")).code == 2
    assert found("backlog", "export", str(tmp_path / "none" / "b.yml")).code == 2


def test_states_and_limits_cut_the_list(found: Shell) -> None:
    for number in range(3):
        assert found("backlog", "add", f"Thing {number}").code == 0
    assert found("backlog", "list", "--state", "blocked", "--json").json == []
    cut = found("backlog", "list", "--limit", "1")
    assert len(cut.out.splitlines()) == 2
    assert "more; see them with --limit" in cut.err


def test_an_item_is_explained(found: Shell) -> None:
    said = found("backlog", "explain", "1")
    assert "WSJF" in said.out
    told = found("backlog", "explain", "1", "--json").json
    assert told["explanation"] == said.out.splitlines()
    assert found("backlog", "explain", "99").code == 3


def test_acceptance_checks_and_a_playbook_are_given_replaced_and_undone(found: Shell) -> None:
    check = "tests/test_total.py::test_empty"
    added = found("backlog", "add", "Empty carts", "--category", "bug", "--accept", check)
    number = added.out.split()[1]
    assert found("backlog", "show", number, "--fields", "acceptance,playbook").json == {
        "acceptance": [check], "playbook": "",
    }  # fmt: skip
    assert found("backlog", "edit", number, "--accept", "make check", "--playbook", "change").code == 0
    shown = found("backlog", "show", number, "--json").json
    assert (shown["acceptance"], shown["playbook"]) == (["make check"], "change")
    assert found("undo").code == 0
    assert found("backlog", "show", number, "--json").json["acceptance"] == [check]
    assert found("backlog", "edit", number, "--playbook", "none").code == 2
    assert found("backlog", "edit", number, "--accept", "echo 'open").code == 2
