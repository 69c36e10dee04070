"""The command that looks, and what it needs to be shown."""

import os
import subprocess
import sys
from pathlib import Path

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


def test_what_is_lent_suffices_for_all_that_is_done_inside(tmp_path: Path) -> None:
    places = lent("/python")
    for name, place in places.items():
        if name.startswith("papers:"):
            os.symlink(place, tmp_path / os.path.basename(place))
    code = (
        "import sys, types; room = types.ModuleType('windlass'); room.__path__ = [sys.argv[1]]; "
        "sys.modules['windlass'] = room; sys.path.append(sys.argv[2]); "
        "from windlass.papers import inside; from windlass.papers.live import drift, sockets"
    )
    started = [sys.executable, "-I", "-S", "-c", code, os.path.dirname(places["papers"]), str(tmp_path)]
    done = subprocess.run(started, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
