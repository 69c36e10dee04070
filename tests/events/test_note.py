"""Signed notes, checkpoints and the key file."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from windlass.events.note import (
    Checkpoint,
    checkpoint_text,
    load_signer,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
    sign,
)
from windlass.kernel import Denied, Invalid

EXAMPLE = (Path(__file__).parent / "vectors" / "c2sp_signed_note_example.txt").read_text()
KEY = next(line.strip() for line in EXAMPLE.splitlines() if line.startswith("    "))
NOTE = EXAMPLE.split("```\n")[1]


def test_the_specification_example_opens() -> None:
    assert open_note(NOTE, parse_verifier_key(KEY)) == "This is an example message.\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("example message", "Example message"),
        ("Uw2QOk", "Uw2QOl"),
        ("n8srV1", "n8srV2"),
        ("foo Uw", "bar Uw"),
    ],
)
def test_a_changed_example_does_not(old: str, new: str) -> None:
    with pytest.raises(Denied):
        open_note(NOTE.replace(old, new), parse_verifier_key(KEY))


@pytest.mark.parametrize(
    "text", ["", "x", "a\n\nb", NOTE.strip(), NOTE.replace("— ", "- "), NOTE + "x" * 70_000]
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        open_note(text, parse_verifier_key(KEY))


@pytest.mark.parametrize(
    "text", ["", "a+b", KEY.replace("530d903a", "530d903b"), KEY.replace("foo", "fou"), KEY[:-4], KEY + "!"]
)
def test_a_key_that_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_verifier_key(text)


def test_a_checkpoint_goes_out_and_comes_back(tmp_path: Path) -> None:
    signer = load_signer(tmp_path)
    checkpoint = Checkpoint(signer.name, 1234, bytes(range(32)))
    note = sign(checkpoint_text(checkpoint), signer)
    assert parse_checkpoint(open_note(note, parse_verifier_key(signer.verifier_key()))) == checkpoint


def test_other_signatures_beside_ours_are_ignored(tmp_path: Path) -> None:
    ours, other = load_signer(tmp_path / "a"), load_signer(tmp_path / "b")
    note = sign("text\n", ours) + sign("text\n", other).rpartition("\n\n")[2]
    assert open_note(note, parse_verifier_key(ours.verifier_key())) == "text\n"
    assert open_note(note, parse_verifier_key(other.verifier_key())) == "text\n"


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n٣\nAAAA\n", "\n1\nAAAA\n"]
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_checkpoint(text)


def test_the_key_is_made_once_and_only_ours_to_read(tmp_path: Path) -> None:
    first = load_signer(tmp_path / "keys")
    path = tmp_path / "keys" / "audit.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_signer(tmp_path / "keys").verifier_key() == first.verifier_key()
    assert os.listdir(path.parent) == ["audit.key"]


def test_many_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {signer.verifier_key() for signer in pool.map(load_signer, [tmp_path] * 32)}
    assert len(keys) == 1
    assert os.listdir(tmp_path) == ["audit.key"]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_signer(tmp_path)
    (tmp_path / "audit.key").chmod(0o640)
    with pytest.raises(Denied, match="read by others"):
        load_signer(tmp_path)


def test_a_key_behind_a_link_is_not_followed(tmp_path: Path) -> None:
    load_signer(tmp_path / "real")
    (tmp_path / "audit.key").symlink_to(tmp_path / "real" / "audit.key")
    with pytest.raises(Denied, match="symbolic links"):
        load_signer(tmp_path)


def test_a_broken_key_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "audit.key").touch(0o600)
    with pytest.raises(Invalid, match="does not hold a signing key"):
        load_signer(tmp_path)
