"""Secrets in what commits bring, by real git: also those that a later commit takes away."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from tests.scan.seeds import PEM, made

from windlass.dispatch import Site, Submission
from windlass.scan import find
from windlass.verify.leaks import hold, hold_tree, of_change, of_commits, of_tree
from windlass.verify.model import Judgement, Outcome

Tree = Callable[..., str]
TOKEN, OTHER = made("github-token", 1), made("stripe-key", 1)
LIKELY = "password = 'hunter2hunter2'"


@pytest.fixture
def line(site: Site, tree: Tree) -> Callable[..., list[str]]:
    """Commits one on another, each with these files beside the project's."""
    at = count(1)

    def commits(*steps: dict[str, bytes]) -> list[str]:
        made: list[str] = []
        for step in steps:
            made.append(site.mirror.commit(tree(step), made[-1:], "step", site.author, float(next(at))))
        return made

    return commits


def passed() -> Judgement:
    return Judgement("1" * 40, "2" * 40, Outcome.PASSED, (), (), (), (), 0.0, (0,), ())


def held(site: Site, base: str, commit: str, **settings: object) -> Judgement:
    offered = Submission(7, 3, commit, "3" * 40, base, (), 1, "bwrap")
    return hold(replace(site, verify=settings), offered, passed())


def test_a_secret_in_the_middle_counts_though_it_was_taken_away(site: Site, line) -> None:
    first, *_, last = line({}, {"a.py": TOKEN.encode()}, {"a.py": b"T = ask()"})
    (leak,) = of_commits(site.mirror, first, last, {}).found
    assert (leak.path, leak.gone) == ("a.py", True)
    judgement = held(site, first, last)
    assert judgement.outcome is Outcome.FAILED
    assert "still in the history" in judgement.reasons[0]
    assert TOKEN not in str(judgement)
    assert of_tree(site.mirror, last, {}).found == ()


def test_what_the_base_has_in_the_same_files_is_not_new(site: Site, line) -> None:
    old = f"T = '{TOKEN}'\n".encode()
    first, second, third = line({"a.py": old}, {"a.py": b"# more\n" + old}, {"b.py": old})
    assert of_commits(site.mirror, first, second, {}).found == ()
    assert [str(leak.path) for leak in of_commits(site.mirror, first, third, {}).found] == []
    moved = line({"a.py": b"x"}, {"a.py": b"x", "b.py": old})
    assert [leak.path for leak in of_commits(site.mirror, *moved, {}).found] == ["b.py"]
    assert {leak.path for leak in of_commits(site.mirror, "", third, {}).found} == {"a.py", "b.py"}


def test_a_tree_that_is_no_commit_yet_is_held_to_the_same(site: Site, tree: Tree) -> None:
    old = f"T = '{TOKEN}'\n".encode()
    base, kept, new = tree({"a.py": old}), tree({"b.py": old}), tree({"a.py": old, "ü b.pem": PEM.encode()})
    assert of_change(site.mirror, base, kept, {}).found == ()
    judgement = hold_tree(site, replace(passed(), tree=new, base_tree=base))
    assert judgement.outcome is Outcome.FAILED
    assert judgement.reasons[0].startswith("secrets: the change brings ü b.pem:1 a private key")
    assert "take it out, and revoke it" in judgement.reasons[0]
    assert hold_tree(site, replace(passed(), tree=base, base_tree=base)) == replace(
        passed(), tree=base, base_tree=base
    )


def test_likely_ones_and_what_is_too_large_are_for_a_person(
    site: Site, line, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = line({}, {"a.py": LIKELY.encode()})
    judgement = held(site, first, last)
    assert judgement.outcome is Outcome.PASSED
    assert judgement.doubts == (f"secrets: a.py:1 {find(LIKELY.encode())[0]}",)
    first, last = line({}, {"model.bin": b"\0" * (16 * 1024 * 1024 + 1)})
    assert held(site, first, last).doubts == (
        "secrets: model.bin is larger than 16 MB and was not looked at",
    )


def test_what_is_allowed_by_name_is_known_and_refuses_nothing(site: Site, line) -> None:
    first, last = line({}, {"a.py": TOKEN.encode(), "key.pem": PEM.encode()})
    marks = [find(text.encode())[0].fingerprint for text in (TOKEN, PEM)]
    judgement = held(site, first, last, security={"allow": (f"{marks[0]} the demo's, revoked",)})
    assert judgement.outcome is Outcome.FAILED
    assert "a.py" not in judgement.reasons[0]
    judgement = held(site, first, last, security={"allow": tuple(f"{mark} a demo" for mark in marks)})
    assert judgement.outcome is Outcome.PASSED
    assert judgement.known[0].endswith(": a demo")


def test_links_submodules_and_bytes_are_looked_at_or_passed_over(site: Site, line) -> None:
    first, last = line({}, {"a.bin": b"\0\xff" + TOKEN.encode(), "name\nwith newline": OTHER.encode()})
    assert {leak.secret.rule for leak in of_commits(site.mirror, first, last, {}).found} == {
        "github-token", "stripe-key",
    }  # fmt: skip
