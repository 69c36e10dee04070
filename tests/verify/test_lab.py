"""Reports from the sandbox are hostile; checkouts go away by themselves."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.dispatch import Site
from windlass.verify.lab import FULL, bundled_ruff, environments_of, labs, parse_report, sweep_checkouts
from windlass.verify.settings import Settings
from windlass.verify.stage import packed

GOOD = {
    "exit": 0, "tail": packed(b"t"), "timed_out": False, "outputs": {"a": packed(b"x")}, "head": packed(b"h"),
}  # fmt: skip


def test_a_good_report_is_read() -> None:
    ended = parse_report(json.dumps(GOOD).encode(), "", 1.0, 60.0)
    assert (ended.exit_code, dict(ended.outputs), ended.stdout, ended.tail) == (0, {"a": b"x"}, b"h", "t")


def test_what_was_printed_steers_no_terminal_and_a_full_disk_is_told() -> None:
    said = packed(b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jgone\x1bcx\n")
    ended = parse_report(json.dumps({**GOOD, "tail": said, "full": True}).encode(), "", 1.0, 60.0)
    assert (ended.tail, ended.full) == ("red gonex\n", FULL)


@pytest.mark.parametrize(
    "report",
    [
        b"", b"null", b"[1]", b"{", b"[" * 100_000, json.dumps({**GOOD, "outputs": []}).encode(),
        json.dumps({**GOOD, "head": "%%"}).encode(), json.dumps({**GOOD, "head": "AAAA"}).encode(),
        json.dumps({**GOOD, "exit": "0"}).encode(), json.dumps({**GOOD, "exit": None}).encode(),
    ],
)  # fmt: skip
def test_a_broken_report_has_no_exit_code(report: bytes) -> None:
    ended = parse_report(report, "noise", 1.0, 60.0)
    assert ended.exit_code is None
    assert ended.problem


def test_a_packed_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = json.dumps({**GOOD, "head": packed(b"\0" * (65 * 1024 * 1024))}).encode()
    assert parse_report(bomb, "", 1.0, 60.0).exit_code is None


def test_a_lab_knows_its_tree_and_its_folder_ends_with_it(site: Site, tree: Callable[..., str]) -> None:
    with labs(site, Settings(), (tree(), tree())) as (lab, same):
        assert lab is same
        assert "tests/test_add.py" in lab.files
        assert lab.distribution.version == "1.2.3"
        assert (lab.checkout / "tests" / "test_add.py").is_file()
        assert sweep_checkouts(site.folders.checkouts) == 0
    assert list(site.folders.checkouts.glob("verify-*")) == []


def test_the_project_s_own_programs_are_on_the_path_of_its_checks(
    site: Site, tree: Callable[..., str]
) -> None:
    told = b"[project]\nname = 'demo'\n[project.scripts]\nsay-it = 'demo.saying:App.run'\n"
    code = b"import sys\nclass App:\n    run = lambda: print('said', *sys.argv[1:]) or 3\n"
    made = tree({"pyproject.toml": told, "src/demo/saying.py": code})
    with labs(site, Settings(), (made,)) as (lab,):
        scene = lab.scene(only=(), changed=(), wall_s=30.0, coverage=False)
        ended = scene.start(["say-it", "a b", "ü"], copy=True)
    assert (ended.exit_code, ended.stdout) == (3, "said a b ü\n".encode())


def test_environments_lie_in_the_data_home_or_where_homes_share_them(site: Site, tmp_path: Path) -> None:
    assert environments_of(site, Settings()) == site.folders.environments
    assert environments_of(site, Settings(environments=str(tmp_path))) == tmp_path


def test_checkouts_of_the_dead_are_swept(site: Site) -> None:
    left = site.folders.checkouts / "verify-0123"
    (left / "deep").mkdir(parents=True)
    assert sweep_checkouts(site.folders.checkouts) == 1
    assert not left.exists()


def test_ruff_comes_with_windlass() -> None:
    assert os.access(bundled_ruff(), os.X_OK)


def test_requirement_files_are_read_under_all_their_names(site: Site, tree: Callable[..., str]) -> None:
    names = ["requirements_test_min.txt", "reqs/unit.txt", "tests/requirements-all.in", "deps/a.txt"]
    others = {"notes.txt": b"", "docs/reqs/a/b.txt": b"", "src/demo/data.txt": b""}
    with labs(site, Settings(), (tree({**dict.fromkeys(names, b"x"), **others}),)) as (lab,):
        assert set(names) <= lab.texts.keys()
        assert not lab.texts.keys() & others.keys()
