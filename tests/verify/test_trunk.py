"""What fails on a tree of the main branch, and whether it does so in earnest."""

import pytest

from windlass.verify import records
from windlass.verify.evaluation import trunk

GOOD = "def test_new():\n    assert 1\n"
BAD = "def test_new():\n    assert not 1\n\n\ndef test_also():\n    assert 1\n"
CASE = "tests/test_new.py::test_new"
TIERS = (1,)


def rows(site, *trees):
    return [site.database.read(lambda tx, tree=tree: records.evidence_of(tx, tree)) for tree in trees]


@pytest.mark.nightly
def test_a_failure_is_named_confirmed_and_not_run_again(site, tree):
    before, red = (tree({"tests/test_new.py": text.encode()}) for text in (GOOD, BAD))
    proof = trunk.prove(site, red, tiers=TIERS)
    assert (dict(proof.failing), proof.unknown) == ({CASE: "assert not 1"}, ())
    assert trunk.confirmed(site, red, before, {CASE}, tiers=TIERS) == {CASE}
    assert trunk.failing(site, before, {CASE, "tests/gone.py::test_x"}, tiers=TIERS) == frozenset()
    kept = rows(site, red, before)
    assert trunk.prove(site, red, tiers=TIERS).failing == proof.failing
    assert trunk.confirmed(site, red, before, {CASE}, tiers=TIERS) == {CASE}
    assert rows(site, red, before) == kept


def test_a_command_counts_when_it_fails_twice_and_passed_before(make_site):
    site = make_site(fast=["true"], pr=["sh a.sh"], nightly=["sh b.sh"])
    good = site.mirror.write_tree({"a.sh": b"exit 0\n", "b.sh": b"exit 0\n"})
    red = site.mirror.write_tree({"a.sh": b"exit 0\n", "b.sh": b"exit 1\n"})
    tiers, name = (0, 1, 2), "command:sh b.sh"
    assert trunk.prove(site, good, tiers=tiers).failing == {}
    proof = trunk.prove(site, red, tiers=tiers)
    assert list(proof.failing) == [name]
    assert trunk.failing(site, red, {name}, tiers=tiers) == {name}
    assert trunk.confirmed(site, red, good, {name}, tiers=tiers) == {name}
    assert trunk.confirmed(site, red, red, {name}, tiers=tiers) == frozenset()


def test_a_tree_on_which_nothing_can_be_run_is_unknown(make_site):
    site = make_site(pr=["no-such-program"], fast=["no-such-program"])
    proof = trunk.prove(site, site.mirror.write_tree({"a": b""}), tiers=TIERS)
    assert (dict(proof.failing), len(proof.unknown)) == ({}, 1)
