"""Advisories from a folder: their age is their own, and what cannot be read is counted."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from windlass.kernel import NotFound, Unavailable
from windlass.scan import database

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-03T04:05:06.789Z"


def packed(folder: Path, entries: dict[str, bytes], ecosystem: str = "PyPI") -> Path:
    with zipfile.ZipFile(database.place(folder, ecosystem), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return folder


def entry(name: str, package: str, modified: str = OLD) -> bytes:
    place = {"package": {"ecosystem": "PyPI", "name": package}, "versions": ["1.0"]}
    return json.dumps({"id": name, "modified": modified, "affected": [place]}).encode()


def test_only_what_names_the_packages_is_kept_and_the_newest_says_the_age(tmp_path: Path) -> None:
    folder = packed(
        tmp_path, {"A.json": entry("A", "Demo.Pkg"), "B.json": entry("B", "other", NEW), "README": b""}
    )
    found = database.load(folder, "PyPI", {"demo_pkg"})
    assert [(name, one["id"]) for name, each in found.entries.items() for one in each] == [("demo-pkg", "A")]
    assert (found.count, found.unread, found.newest) == (2, 0, 1770091506.0)


def test_what_cannot_be_read_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "ENTRY_MAX", 1000)
    deep = b'{"modified": "2026-01-01T00:00:00Z", "name": "demo", "x": ' + b"[" * 400 + b"]" * 400 + b"}"
    bomb = b" " * 2_000_000
    odd = entry("A", r"d\u0065mo").replace(rb"\\", b"\\")
    folder = packed(tmp_path, {"A.json": odd, "B.json": b"no json", "C.json": deep[:-3], "D.json": bomb})
    found = database.load(folder, "PyPI", {"demo"})
    assert ([one["id"] for one in found.entries["demo"]], found.unread) == (["A"], 3)


def test_a_bomb_is_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WHOLE_MAX", 1_000_000)
    folder = packed(tmp_path, {f"{n}.json": entry("A", "demo") + b" " * 400_000 for n in range(4)})
    with pytest.raises(Unavailable, match="holds more than"):
        database.load(folder, "PyPI", {"demo"})
    monkeypatch.setattr(database, "ENTRIES_MAX", 3)
    with pytest.raises(Unavailable, match="more than 3 entries"):
        database.load(folder, "PyPI", {"demo"})


def test_no_database_is_told_with_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as told:
        database.load(tmp_path, "crates.io", {"demo"})
    assert "crates.io/all.zip" in told.value.hint
    for content in (b"", b"PK\3\4 no zip", b"x" * 100):
        database.place(tmp_path, "npm").write_bytes(content)
        with pytest.raises(Unavailable, match="cannot be read"):
            database.load(tmp_path, "npm", {"demo"})
    with pytest.raises(Unavailable, match="no advisories"):
        database.load(packed(tmp_path, {"A.txt": b"x"}), "PyPI", {"demo"})


def test_other_zips_are_other_evidence(tmp_path: Path) -> None:
    assert database.state(tmp_path / "nowhere") == {}
    packed(tmp_path, {"A.json": entry("A", "demo")})
    before = database.state(tmp_path)
    os.utime(database.place(tmp_path, "PyPI"), ns=(1, 1))
    assert list(before) == ["PyPI.zip"]
    assert database.state(tmp_path) != before
