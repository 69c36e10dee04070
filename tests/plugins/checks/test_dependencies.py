"""Dependencies against advisories of a folder; without good ones nothing has passed."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from windlass.verify import Outcome, Reading

Read = Callable[..., Reading]
LOCK = b'[[package]]\nname = "Demo.Pkg"\nversion = "1.0"\n'


def advisories(
    folder: Path, *, days: float = 0.0, fixed: str = "1.2", more: dict[str, bytes] | None = None
) -> Path:
    at = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    events = [{"introduced": "0"}, {"fixed": fixed}]
    place = {
        "package": {"ecosystem": "PyPI", "name": "demo-pkg"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    entry = {"id": "PYSEC-1", "modified": at, "summary": "It runs what strangers send.", "affected": [place]}
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "PyPI.zip", "w") as archive:
        archive.writestr("PYSEC-1.json", json.dumps(entry))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return folder


@pytest.fixture
def scanned(read: Read, tmp_path: Path) -> Callable[..., Reading]:
    def run(files: dict[str, bytes], **settings: object) -> Reading:
        return read("dependencies", files, table={"folder": str(tmp_path / "osv"), **settings})

    return run


def test_a_version_with_an_advisory_fails_and_a_mended_one_passes(scanned: Read, tmp_path: Path) -> None:
    advisories(tmp_path / "osv")
    found = scanned({"uv.lock": LOCK})
    assert found.outcome is Outcome.FAILED, found
    assert dict(found.counts) == {"uv.lock|PYSEC-1 Demo.Pkg": 1}
    assert dict(found.why) == {"uv.lock|PYSEC-1 Demo.Pkg": "1.0: It runs what strangers send."}
    mended = scanned({"uv.lock": LOCK.replace(b"1.0", b"1.2")})
    assert (mended.outcome, "advisories: PyPI of 20" in mended.detail) == (Outcome.PASSED, True)


@pytest.mark.parametrize(
    ("kept", "files", "why"),
    [
        (None, {"uv.lock": LOCK}, "no advisories of PyPI"),
        ({"days": 30}, {"uv.lock": LOCK}, "30 days old"),
        ({"days": -9}, {"uv.lock": LOCK}, "from the future"),
        ({"more": {"X.json": b"["}}, {"uv.lock": LOCK}, "1 advisories of PyPI cannot"),
        ({"fixed": "soon"}, {"uv.lock": LOCK}, "cannot be compared"),
        ({}, {"uv.lock": LOCK, "yarn.lock": b""}, "yarn.lock: it is of"),
        ({}, {"uv.lock": LOCK[:-3]}, "uv.lock cannot be read"),
        ({}, {"package.json": b'{"dependencies": {"a": "^1"}}'}, "no version of a"),
        ({}, {"uv.lock": LOCK + b"#" * (17 << 20)}, "uv.lock is larger than 16 MB"),
    ],
)
def test_what_nobody_can_tell_has_not_passed(
    scanned: Read, tmp_path: Path, kept: dict[str, object] | None, files: dict[str, bytes], why: str
) -> None:
    if kept is not None:
        advisories(tmp_path / "osv", **{"fixed": "0.9", **kept})
    found = scanned(files)
    assert found.outcome is Outcome.UNKNOWN, found
    assert why in found.detail


def test_an_advisory_under_two_names_is_told_once_and_each_version_counts(
    scanned: Read, tmp_path: Path
) -> None:
    place = {"package": {"ecosystem": "PyPI", "name": "demo-pkg"}, "versions": ["1.0", "1.1"]}
    entry = {"id": "GHSA-1", "aliases": ["PYSEC-1"], "modified": "2020-01-01T00:00:00Z", "affected": [place]}
    advisories(tmp_path / "osv", more={"GHSA-1.json": json.dumps(entry).encode()})
    found = scanned({"uv.lock": LOCK + LOCK.replace(b"1.0", b"1.1")})
    assert dict(found.counts) == {"uv.lock|GHSA-1 Demo.Pkg": 2}


def test_without_a_folder_it_says_how_to_get_one(read: Read) -> None:
    found = read("dependencies", {"uv.lock": LOCK})
    assert found.outcome is Outcome.UNKNOWN
    assert "advisory.folder" in found.detail
    assert read("dependencies", {"a.py": b""}).outcome is Outcome.PASSED
