"""The nouns keep their promises."""

import pytest

from windlass.kernel import Conflict, Invalid
from windlass.workspace.model import OID, Author, Diffstat, FileStat, GitFailed, Moved


def test_errors_belong_to_who_must_act():
    assert issubclass(Moved, Conflict)
    assert issubclass(GitFailed, Invalid)
    assert Moved("x").kind.exit_code == 6


def test_ids_are_sha1_or_sha256():
    assert OID.fullmatch("a" * 40)
    assert OID.fullmatch("a" * 64)
    assert not OID.fullmatch("a" * 50)


def test_authors_are_checked():
    assert Author("Ü", "u@x").name == "Ü"
    with pytest.raises(Invalid):
        Author("a\nb", "x")


def test_a_diffstat_sums_its_files():
    assert Diffstat((FileStat("a", 1, 2, False), FileStat("b", 0, 0, True))).lines == 3
