"""The key of landings: made once, kept to its owner, told as git wants to read it."""

from pathlib import Path

import pytest

from windlass.kernel import Denied, Invalid
from windlass.land.key import landing_key, parse_public_key


def test_it_is_made_once_and_is_not_the_one_of_the_audit_log(tmp_path: Path) -> None:
    made = landing_key(tmp_path / "keys")
    assert landing_key(tmp_path / "keys").public == made.public
    assert made.name.startswith("windlass/landing/")
    assert (tmp_path / "keys" / "landing.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    landing_key(tmp_path)
    (tmp_path / "landing.key").chmod(0o644)
    with pytest.raises(Denied, match="can be read by others"):
        landing_key(tmp_path)


def test_the_public_line_is_read_back(tmp_path: Path) -> None:
    public = landing_key(tmp_path).public
    assert parse_public_key(public.line + "\n") == public
    assert parse_public_key(public.line.replace(' namespaces="git"', "") + " a comment") == public


@pytest.mark.parametrize(
    "line", ["", "me ssh-ed25519 AAAA", "me ssh-rsa " + "A" * 68, "me ssh-ed25519 " + "A" * 68]
)
def test_another_line_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="not the line of a landing key"):
        parse_public_key(line)
