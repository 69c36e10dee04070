"""The program that runs inside the sandbox, started as it is there."""

import base64
import json
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from windlass.verify import lab
from windlass.verify.stage import packed

PYTHON = sys.executable


def staged(tree: Path, program: str, **parts: object) -> dict[str, object]:
    order = {
        "argv": [PYTHON, "-c", program], "copy": True, "layered": False, "tree": str(tree), "files": {},
        "extra": {}, "scripts": {}, "packages": [], "outputs": ["r"],
        "output_max": 1000, "wall_s": 20.0, "env": {}, **parts,
    }  # fmt: skip
    words, given = lab.staged(order)
    quiet = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as it is for whoever was started in the background
    try:
        done = subprocess.run([PYTHON, *words], input=given, capture_output=True, check=True)
    finally:
        signal.signal(signal.SIGINT, quiet)
    report: dict[str, object] = json.loads(done.stdout)
    return report


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.txt").write_text("a")
    return tree


def unpacked(text: object) -> bytes:
    return zlib.decompress(base64.b64decode(str(text)))


def test_the_program_gets_a_copy_and_its_outputs_come_back(tree: Path) -> None:
    program = (
        "import os; open('a.txt', 'w').write('b'); open(os.environ['WINDLASS_OUT'] + '/r', 'w').write('hi')"
    )
    report = staged(tree, program)
    assert report["exit"] == 0
    assert unpacked(report["outputs"]["r"]) == b"hi"
    assert (tree / "a.txt").read_text() == "a"


def test_a_tree_with_a_layer_of_its_own_is_not_copied(tree: Path) -> None:
    program = "open('a.txt', 'w').write('b'); print(open('made.txt').read())"
    report = staged(tree, program, layered=True, files={"made.txt": "made"})
    assert (report["exit"], unpacked(report["head"])) == (0, b"made\n")
    assert (tree / "a.txt").read_text() == "b"


def test_packages_are_shown_in_a_folder_that_may_be_written_and_never_over_the_tree_s_own(
    tree: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made/node_modules"
    (made / ".bin").mkdir(parents=True)
    (made / "@a/b").mkdir(parents=True)
    (made / "c").mkdir()
    (made / "lib").symlink_to("../lib")
    (made / ".bin/c").symlink_to("../c/run.js")
    (tree / "own").mkdir()
    (tree / "leads").symlink_to(tmp_path)
    program = (
        "import os; os.mkdir('node_modules/.cache'); os.mkdir('node_modules/@a/new')\n"
        "print(sorted(os.listdir('node_modules')), os.readlink('node_modules/lib'), os.listdir('own'))\n"
        "print(os.readlink('node_modules/@a/b'), os.readlink('node_modules/.bin/c'))"
    )
    places = ["node_modules", "own", "gone/node_modules", "leads/node_modules"]
    report = staged(tree, program, packages=[[str(made), place] for place in places])
    told = unpacked(report["head"]).decode()
    assert "['.bin', '.cache', '@a', 'c', 'lib'] ../lib []" in told
    assert f"{made}/@a/b ../c/run.js" in told
    assert not (tmp_path / "node_modules").exists()
    assert sorted(os.listdir(made)) == [".bin", "@a", "c", "lib"]


def test_streams_are_kept_apart_and_bounded(tree: Path) -> None:
    report = staged(tree, "import sys; print('x' * 5000); sys.stderr.write('end')", output_max=10)
    assert unpacked(report["head"]) == b"x" * 10
    assert unpacked(report["tail"]).count(b"x") == 5000


def test_a_program_that_does_not_end_is_ended(tree: Path) -> None:
    report = staged(tree, "import time; time.sleep(60)", wall_s=0.5)
    assert (report["exit"], report["timed_out"]) == (None, True)


def test_a_program_that_closes_its_streams_is_still_waited_for(tree: Path) -> None:
    report = staged(tree, "import os, time; os.close(1); os.close(2); time.sleep(1); os._exit(3)")
    assert report["exit"] == 3


def test_only_plain_files_of_a_bounded_size_are_outputs(tree: Path) -> None:
    link = "import os; os.symlink('/etc/passwd', os.environ['WINDLASS_OUT'] + '/r')"
    pipe = "import os; os.mkfifo(os.environ['WINDLASS_OUT'] + '/r')"
    large = "import os; open(os.environ['WINDLASS_OUT'] + '/r', 'w').write('x' * 1001)"
    for program in (link, pipe, large):
        assert staged(tree, program)["outputs"] == {}


def test_generated_files_never_replace_or_leave_the_copy(tree: Path, tmp_path: Path) -> None:
    (tree / "out").symlink_to(tmp_path)
    program = "import os; print(sorted(os.listdir('.')), open('a.txt').read())"
    files = {"a.txt": "other", "new/v.py": "v", "out/escaped.py": "x"}
    report = staged(tree, program, files=files)
    assert b"'new'" in unpacked(report["head"])
    assert unpacked(report["head"]).strip().endswith(b" a")
    assert not (tmp_path / "escaped.py").exists()


def test_a_missing_program_is_127_and_words_are_filled_in(tree: Path) -> None:
    assert staged(tree, "", argv=["/nonexistent"])["exit"] == 127
    report = staged(
        tree,
        "import sys; print(sys.argv[1:])",
        argv=[PYTHON, "-c", "import os; print(os.getcwd())"],
        copy=False,
    )
    assert unpacked(report["head"]).decode().strip() == os.path.realpath(tree)


def test_a_program_out_of_time_may_write_down_what_it_has(tree: Path) -> None:
    program = (
        "import os, time\n"
        "try: time.sleep(60)\n"
        "except KeyboardInterrupt: open(os.environ['WINDLASS_OUT'] + '/r', 'w').write('half')\n"
    )
    report = staged(tree, program, wall_s=20.0)
    assert report["timed_out"] is True
    assert unpacked(report["outputs"]["r"]) == b"half"


def test_any_name_of_an_output_comes_back_as_it_is(tree: Path) -> None:
    name = 'a "b\\ \n \u00e4 \U0001f600 \udcff'
    program = f"import os; open(os.environ['WINDLASS_OUT'] + '/' + {name!r}, 'w').write('x')"
    assert staged(tree, program, outputs=[name])["outputs"] == {name: packed(b"x")}


def test_a_program_is_looked_for_where_its_path_leads(tree: Path) -> None:
    (tree / "own").mkdir()
    (tree / "own" / "tool").write_text("#!/bin/sh\necho mine\n")
    (tree / "own" / "tool").chmod(0o755)
    (tree / "own" / "bad").write_text("")
    env = {"PATH": "/nowhere:{tree}/own:/usr/bin"}
    assert unpacked(staged(tree, "", argv=["tool"], env=env)["head"]) == b"mine\n"
    assert unpacked(staged(tree, "", argv=["own/tool"], env=env)["head"]) == b"mine\n"
    for argv, said in ((["bad"], b"bad: Permission denied"), (["none"], b"none: No such file or directory")):
        report = staged(tree, "", argv=argv, env=env)
        assert (report["exit"], unpacked(report["tail"])) == (127, said)


def test_reports_in_the_tree_come_back_by_pattern_bounded_and_only_plain_files(tree: Path) -> None:
    program = (
        "import os\n"
        "for folder in ('a/out', 'b/c/out', '.git'):\n"
        "    os.makedirs(folder); open(folder + '/TEST-x.xml', 'w').write(folder)\n"
        "open('a/out/other.txt', 'w').close(); os.symlink('/etc/passwd', 'a/out/TEST-link.xml')\n"
        "open(os.environ['WINDLASS_OUT'] + '/r', 'w').write('hi')"
    )
    asked = ["{tree}/**/out/TEST-*.xml", "{tree}/a/out/other.txt", "{out}/r", "{tree}/*/none.xml"]
    report = staged(tree, program, outputs=asked)
    found = {name: unpacked(text) for name, text in report["outputs"].items()}  # type: ignore[attr-defined]  # JSON
    assert found == {
        "{tree}/**/out/TEST-*.xml\na/out/TEST-x.xml": b"a/out",
        "{tree}/**/out/TEST-*.xml\nb/c/out/TEST-x.xml": b"b/c/out", "{tree}/a/out/other.txt": b"",
        "{out}/r": b"hi",
    }  # fmt: skip
