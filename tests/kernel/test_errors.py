"""Errors: stable codes, documented exit codes."""

from windlass.kernel import Conflict, Kind, WindlassError


class LeaseLost(Conflict):
    """For this test."""


def test_the_code_comes_from_the_class_name() -> None:
    assert LeaseLost("gone").code == "lease-lost"


def test_every_kind_has_its_own_exit_code() -> None:
    codes = [kind.exit_code for kind in Kind]
    assert len(set(codes)) == len(codes)
    assert not {0, 1, 4, 124, 130} & set(codes)
    assert WindlassError("bug").kind.http_status == 500
