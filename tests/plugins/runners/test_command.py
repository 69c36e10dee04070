"""The command runner: the exit code is a hint, the last line may be a verdict."""

import json
from collections.abc import Mapping, Sequence

import pytest

from windlass.dispatch import RUNNERS, Assignment, Ending, Offer
from windlass.kernel import Invalid, Ran, Tools
from windlass.plugins.runners.command import VERDICT_MAX, parse_verdict

TASK = Assignment(
    1, 2, 1, "t", "do it", "comments", "bug", ("FIXME",), ("a",), (), "last time: no", "0" * 40, "b"
)


class Script:
    """Answers the first run with `ran`, later ones (the look at the tree) with `status`."""

    def __init__(self, ran: Ran, status: bytes = b"") -> None:
        self.ran, self.status = ran, status
        self.stdin: list[bytes] = []
        self.argv: list[Sequence[str]] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        self.argv.append(argv)
        self.stdin.append(stdin)
        return self.ran if len(self.argv) == 1 else Ran(0, self.status, b"", 0.0)


def work(code: int | None, out: bytes = b"", status: bytes = b"", err: bytes = b"") -> tuple[Ending, str]:
    script = Script(Ran(code, out, err, 1.0), status)
    outcome = RUNNERS.open("command", {"command": "fix 'a b'"}, Tools(lambda: 1.0, script, str)).work(TASK)
    assert script.argv[0] == ("fix", "a b")
    assert json.loads(script.stdin[0])["feedback"] == "last time: no"
    return outcome.kind, outcome.detail


def test_the_tree_decides_when_there_is_no_verdict() -> None:
    assert work(0, status=b" M a\0")[0] is Ending.CHANGED
    assert work(0)[0] is Ending.NOTHING
    assert work(3, status=b" M a\0", err=b"oh") == (Ending.CHANGED, "'fix' ended with 3: oh")
    assert work(3, err=b"oh") == (Ending.FAILED, "'fix' ended with 3: oh")


def test_a_program_that_never_ends_or_never_starts_failed() -> None:
    assert work(None) == (Ending.FAILED, "'fix' ran longer than 1800 s")
    assert work(127, err=b"not found")[0] is Ending.FAILED


def test_a_verdict_on_the_last_line_counts_more_than_the_exit_code() -> None:
    assert work(0, b'log\n{"outcome": "cannot", "detail": "ask"}\n\n') == (Ending.CANNOT, "ask")
    assert work(1, b'{"outcome": "changed"}') == (Ending.CHANGED, "")


@pytest.mark.parametrize(
    "line",
    [
        b"", b"done", b"{", b'{"outcome": "great"}', b'["changed"]', b'{"outcome": 1}', b"{}", b"\xff{", b"[" * VERDICT_MAX,  # noqa: E501
        b'{"outcome":' + b"[" * 9_000,
    ],
)  # fmt: skip
def test_what_is_no_verdict_is_no_verdict(line: bytes) -> None:
    assert parse_verdict(line) is None


def test_what_it_accepts_is_configured() -> None:
    runner = RUNNERS.open(
        "command",
        {"command": ["x"], "sources": ["comments"], "rules": ["FIX*", "TODO"]},
        Tools(lambda: 1.0, Script(Ran(0, b"", b"", 0)), str),
    )
    offers = {
        ("comments", "FIXME"): True,
        ("comments", "TODO"): True,
        ("comments", "TODOS"): False,
        ("ruff", "TODO"): False,
    }
    for (source, rule), wanted in offers.items():
        assert runner.accepts(Offer(source, rule, "bug", False, ("a",))) is wanted


def test_a_runner_without_a_command_is_refused() -> None:
    with pytest.raises(Invalid):
        RUNNERS.open("command", {"command": ""}, Tools(lambda: 1.0, Script(Ran(0, b"", b"", 0)), str))
