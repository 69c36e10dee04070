"""The command that looks, and what it needs to be shown."""

import os

from windlass.papers.starting import PACKAGES, argv, lent


def test_all_it_needs_lies_where_it_says() -> None:
    places = lent("/python")
    assert places["python"] == "/python"
    assert all(os.path.isdir(place) for name, place in places.items() if name != "python")
    assert len(places) == 2 + len(PACKAGES)


def test_without_them_there_is_no_command() -> None:
    places = lent("/python")
    command = argv(places, "documents", {"leave_out": []})
    assert (command[0], command[1:4]) == ("/python", ("-I", "-S", "-c"))
    assert '"kind": "documents"' in command[6]
    assert (
        argv({name: place for name, place in places.items() if name != "papers:yaml"}, "documents", {}) == ()
    )
