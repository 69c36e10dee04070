"""`windlass mcp serve`: who is served. What is said over the wire is in tests/mcp."""

import pytest
from tests.app.test_library import repository

from windlass.app import Wish, open_plant
from windlass.cli.mcp import _principal
from windlass.identity import Door, Role, TokenKind, Unknown, issue
from windlass.kernel import Denied, NotFound

__all__ = ["repository"]


@pytest.fixture
def plant(repository, tmp_path, monkeypatch):
    monkeypatch.delenv("WINDLASS_TOKEN", raising=False)
    env = {"WINDLASS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    with open_plant(Wish(repo=repository), env) as opened:
        yield opened


@pytest.fixture
def token(plant):
    return plant.database.write(
        lambda tx: issue(
            tx, TokenKind.PERSON, subject="person:ann", role=Role.APPROVER, now=tx.now(),
            expires_at=tx.now() + 60, by="person:owner",
        )
    ).text  # fmt: skip


def who(plant, file=None, instance=None):
    return _principal(plant, Door(plant.database), file, instance)


def test_whoever_starts_it_without_a_token_is_an_agent_of_that_repository(plant):
    found = who(plant, instance="me")
    assert (found.subject, found.role, found.repository) == ("runner:me", Role.AGENT, plant.repository.id)
    assert found.instance == "me"
    assert who(plant).subject.startswith("runner:")


def test_a_token_from_a_file_or_the_environment_says_who(plant, token, tmp_path, monkeypatch):
    place = tmp_path / "token"
    place.write_text(token + "\n")
    place.chmod(0o600)
    assert who(plant, place).subject == "person:ann"
    monkeypatch.setenv("WINDLASS_TOKEN", token)
    assert who(plant).role is Role.APPROVER


def test_a_token_that_does_not_count_makes_nobody_an_agent(plant, token, tmp_path, monkeypatch):
    monkeypatch.setenv("WINDLASS_TOKEN", token[:-1] + "?")
    with pytest.raises(Unknown):
        who(plant, instance="me")
    with pytest.raises(NotFound):
        who(plant, tmp_path / "missing")
    (tmp_path / "open").write_text(token)
    (tmp_path / "open").chmod(0o644)
    with pytest.raises(Denied):
        who(plant, tmp_path / "open")


def test_it_needs_a_repository(shell, tmp_path):
    done = shell.bare("mcp", "serve", "--repo", str(tmp_path))
    assert done.code != 0
    assert done.out == ""
