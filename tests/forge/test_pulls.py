"""A host without pull requests offers none; patience passes on what another one has."""

from windlass.forge import FORGES, Here, Patient, Pull
from windlass.kernel import Tools

ONE = Pull(1, "t", "u", "ada", "b", "c" * 40, "main", frozenset())


class Pulls:
    def opened(self):
        return [ONE]

    def pull(self, number):
        return ONE if number == 1 else None

    def offer(self, offer):
        return ONE


class Host:
    name, trunk, proposals, pulls = "host", "refs/windlass/forge/x/", False, Pulls()


def test_git_has_none_and_patience_hands_them_on(tmp_path):
    git = FORGES.open("git", {"url": str(tmp_path)}, Tools(None, None, None))
    assert (git.pulls, Here(None).pulls, Patient(git, lambda: 0.0).pulls) == (None, None, None)
    pulls = Patient(Host(), lambda: 0.0).pulls
    assert (pulls.opened(), pulls.pull(1), pulls.pull(2), pulls.offer(None)) == ([ONE], ONE, None, ONE)
