"""Secrets and findings that a change brings; what was there before is nobody's new fault."""

import pytest
from tests.scan.seeds import PEM, made

from windlass.plan import Demand, Playbook
from windlass.verify import Outcome, Reading
from windlass.verify.weakness import Weakness, blind, findings, ruled, secrets

RANDOM = "q8Zr2LkV0pXw7NtB"
TOKEN = made("github-token", 1)
LINES = [
    (f"KEY = {PEM!r}", "a private key"),
    (f"aws = '{made('aws-key', 1)}'", "a key of AWS"),
    (f"run(token={TOKEN!r})", "a token of GitHub"),
    (f"api_key: '{RANDOM}'", "a secret"),
    (f'{{"db_password": "{RANDOM}"}}', "a secret"),
]
CLEAN = [
    "password = os.environ['SHOP_PASSWORD']",
    "password = 'correct horse'",
    "api_key = 'your-api-key-goes-here'",
    "token_url = 'https://example.org/oauth/token'",
    f"digest = '{RANDOM}'",
    "secret = '${VAULT_SECRET_OF_SHOP}'",
]


@pytest.mark.parametrize(("line", "what"), LINES)
def test_a_secret_on_a_new_line_is_named_and_not_repeated(line: str, what: str) -> None:
    [found] = secrets({"a.py": "x = 1\n"}, {"a.py": f"x = 1\n{line}\n"})
    assert found == Weakness("a.py:2", f"adds what looks like {what}", grave=True)
    assert RANDOM not in str(found)


@pytest.mark.parametrize("line", CLEAN)
def test_what_only_speaks_of_secrets_is_let_be(line: str) -> None:
    assert list(secrets({}, {"a.py": line})) == []


def test_a_line_that_was_there_is_not_new_and_one_beside_tests_is_not_grave() -> None:
    line = LINES[2][0]
    assert list(secrets({"a.py": line}, {"a.py": f"# moved\n{line}"})) == []
    assert [one.where for one in secrets({"a.py": line}, {"a.py": f"{line}\n{line}"})] == ["a.py:2"]
    assert [one.grave for one in secrets({}, {"tests/test_a.py": line})] == [False]


def reading(outcome: Outcome = Outcome.FAILED, **counts: int) -> Reading:
    return Reading("ruff_security", outcome, counts={k.replace("_", ".py|"): n for k, n in counts.items()})


def test_only_more_findings_than_the_base_has_are_new() -> None:
    base, change = reading(a_S311=1, b_S602=2), reading(a_S311=2, c_S602=2, a_S110=1)
    assert list(findings(base, change, {"b.py": "c.py"})) == [
        Weakness("a.py", "S110, 0 -> 1", grave=False), Weakness("a.py", "S311, 1 -> 2", grave=False),
    ]  # fmt: skip
    assert [one.grave for one in findings(reading(), reading(c_S602=1), {})] == [True]


def book(hygiene: Demand, grave: Demand) -> Playbook:
    return Playbook("own", "Own.", (), security=hygiene, security_grave=grave)


def test_the_playbook_says_what_each_of_them_comes_to() -> None:
    found = [Weakness("a.py", "S110, 0 -> 1", grave=False), Weakness("b.py", "S602, 0 -> 1", grave=True)]
    ruling, doubts = ruled(book(Demand.ASK, Demand.REFUSE), found, "")
    assert ruling.outcome is Outcome.FAILED
    assert ruling.new == ("security: new on this change: b.py: S602, 0 -> 1 (playbook own)",)
    assert doubts == ("security: new on this change: a.py: S110, 0 -> 1 (playbook own)",)
    ruling, doubts = ruled(book(Demand.NOTE, Demand.NOTE), found, "no tool")
    assert (ruling.outcome, doubts, len(ruling.known)) == (Outcome.PASSED, (), 1)


def test_what_nobody_could_look_at_is_unknown_where_it_is_asked_for() -> None:
    ruling, _ = ruled(book(Demand.NONE, Demand.ASK), [], "no tool")
    assert (ruling.outcome, ruling.unknown) == (Outcome.UNKNOWN, ("security: no tool (playbook own)",))
    told = blind(Reading("ruff_security", Outcome.UNKNOWN, detail="gone"))
    assert told == "ruff_security gave no result: gone"
    assert blind(reading()) == ""
