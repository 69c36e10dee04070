"""`windlass token …` on a real data home."""

import json
import stat

import pytest


def log(shell):
    return shell.rows("SELECT kind, actor, data FROM wl_event ORDER BY seq")


def test_a_token_is_shown_once_and_its_digest_is_kept(shell):
    made = shell.bare("token", "create", "runner:build-7", "--name", "build host")
    assert made.code == 0, made.err
    secret = made.out.strip()
    assert secret.startswith("wl_run_")
    assert len(secret) == 56
    assert "token 1 for runner:build-7 (agent) until" in made.err
    assert secret not in made.err
    everything = str(shell.rows("SELECT * FROM wl_token")) + str(log(shell))
    assert secret not in everything
    listed = shell.bare("token", "list")
    assert "runner:build-7" in listed.out
    assert secret not in listed.out
    kind, actor, data = log(shell)[-1]
    assert (kind, actor, json.loads(data)["subject"]) == ("token.issued", "ann", "runner:build-7")


def test_roles_scopes_and_days_are_kept(shell):
    made = shell.bare("token", "create", "service:ci", "--scope", "read", "--scope", "task.create",
                      "--days", "7", "--json")  # fmt: skip
    assert made.json["role"] == "service"
    person = shell.bare("token", "create", "person:bob", "--role", "approver", "--json").json
    assert person["token"].startswith("wl_pat_")
    rows = shell.bare("token", "list", "--json").json
    assert [(r["subject"], r["role"], r["scopes"], r["state"]) for r in rows] == [
        ("service:ci", "service", ["read", "task.create"], "valid"),
        ("person:bob", "approver", [], "valid"),
    ]
    assert "token" not in rows[0]


def test_a_persons_token_may_only_look_unless_more_is_asked_for(shell):
    assert shell.bare("token", "create", "person:bob", "--json").json["role"] == "viewer"


def test_a_token_can_go_straight_to_a_file_of_ones_own(shell, tmp_path):
    place = tmp_path / "token"
    made = shell.bare("token", "create", "runner:a", "--out", str(place))
    assert made.out.strip() == str(place)
    assert place.read_text().startswith("wl_run_")
    assert place.read_text().strip() not in made.out + made.err
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    again = shell.bare("token", "create", "runner:a", "--out", str(place))
    assert again.code == 2
    assert "does not exist yet" in again.err
    assert len(shell.rows("SELECT id FROM wl_token")) == 1


def test_a_file_is_not_left_behind_when_no_token_was_made(shell, tmp_path):
    place = tmp_path / "token"
    assert shell.bare("token", "create", "service:ci", "--out", str(place)).code == 2
    assert not place.exists()


def test_a_revoked_token_counts_no_longer(shell):
    shell.bare("token", "create", "runner:a")
    done = shell.bare("token", "revoke", "1")
    assert (done.code, done.out) == (0, "Token 1 of runner:a counts no longer\n")
    assert shell.bare("token", "revoke", "1").code == 0
    assert shell.bare("token", "list").out == "There is no token.\n"
    assert [r["state"] for r in shell.bare("token", "list", "--all", "--json").json] == ["revoked"]
    assert [kind for kind, _, _ in log(shell)] == ["token.issued", "token.revoked", "operation.recorded"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("create", "bob"), 2, "runner:NAME"),
        (("create", "runner:"), 2, "runner:NAME"),
        (("create", "lease:1/1"), 2, "runner:NAME"),
        (("create", "runner:a", "--role", "admin"), 2, "cannot carry the role 'admin'"),
        (("create", "person:a", "--role", "agent"), 2, "cannot carry the role 'agent'"),
        (("create", "service:a"), 2, "needs scopes"),
        (("create", "service:a", "--scope", "everything"), 2, "no scope 'everything'"),
        (("create", "runner:a", "--days", "366"), 2, "366"),
        (("create", "runner:a", "--days", "0"), 2, "0"),
        (("create", "runner:a", "--repository", "nowhere"), 3, "no repository 'nowhere'"),
        (("revoke", "9"), 3, "no token 9"),
    ],
)
def test_what_cannot_be_is_refused_with_advice(shell, words, code, said):
    done = shell.bare("token", *words)
    assert done.code == code
    assert said in done.err
    assert done.out == ""
    assert not shell.home.exists() or shell.rows("SELECT id FROM wl_token") == []


def test_a_token_can_be_bound_to_a_repository(shell):
    shell("discover")
    made = shell.bare("token", "create", "runner:a", "--repository", "repo", "--json")
    assert made.code == 0, made.err
    assert shell.bare("token", "list", "--json").json[0]["repository"] == 1


def test_a_link_opens_a_session_once(shell):
    said = shell.bare("token", "link", "--server", "http://127.0.0.1:9/")
    url, _, code = said.out.strip().partition("?code=")
    assert url == "http://127.0.0.1:9/open"
    assert code.startswith("wl_link_")
    assert code not in str(shell.rows("SELECT * FROM wl_token")) + str(log(shell))
    assert shell.rows("SELECT subject, role FROM wl_token") == [("person:owner", "admin")]
