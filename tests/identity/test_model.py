"""The nouns keep their secrets and their roles apart."""

import pytest

from windlass.identity.model import (
    OWNER,
    PEOPLE,
    ROLES_OF,
    SYSTEM,
    Issued,
    Role,
    Session,
    Token,
    TokenKind,
    Unknown,
)
from windlass.kernel import Denied


def test_no_token_of_a_machine_can_carry_a_persons_role():
    for kind in (TokenKind.SERVICE, TokenKind.RUNNER, TokenKind.LEASE):
        assert not ROLES_OF[kind] & PEOPLE
    assert set(ROLES_OF) == set(TokenKind)
    assert PEOPLE | {Role.SERVICE, Role.AGENT} == set(Role)


def test_prefixes_tell_kinds_apart():
    values = [kind.value for kind in TokenKind]
    assert not [(a, b) for a in values for b in values if a != b and a.startswith(b)]


@pytest.mark.parametrize("value", [Issued(1, "wl_pat_geheim", 5.0), Session(OWNER, "geheim", 5.0)])
def test_secrets_do_not_show_where_values_are_printed(value):
    assert "geheim" not in repr(value)
    assert "geheim" not in f"{value}"


def test_a_token_lives_until_its_end_and_not_a_moment_longer():
    token = Token(1, TokenKind.PERSON, "person:a", Role.ADMIN, "", (), None, None, 1.0, "x", 10.0, None, None)
    assert token.alive(9.9)
    assert not token.alive(10.0)


def test_the_two_principals_without_a_token():
    assert (OWNER.subject, OWNER.role) == ("person:owner", Role.ADMIN)
    assert SYSTEM.subject == "windlass"


def test_unknown_is_a_denial_of_its_own():
    assert isinstance(Unknown(), Denied)
    assert Unknown().code == "unknown"
