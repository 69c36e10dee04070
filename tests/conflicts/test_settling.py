"""Drivers settle what has one answer, by both ways of merging alike; the rest stays a conflict, with why."""

import pytest
from tests.conflicts.conftest import Plant
from tests.conflicts.test_radar import WHO

from windlass.conflicts import Settled, Unsettled, settle_again
from windlass.conflicts.generated import Generated
from windlass.conflicts.model import Clash, Kind, Means, Open
from windlass.conflicts.settling import Make, Workshop, settle
from windlass.land import LandingState, Mode
from windlass.workspace import Entry, Mirror

LOG = b"# Log\n\n## Unreleased\n\n- a\n"
BOUNDS = b'{"global_targets": {"coverage_percent_min": 70, "flaky_test_count_max": 2}}\n'


def sides(mirror: Mirror, **files: tuple[bytes, bytes, bytes]) -> tuple[str, str, str]:
    """Three commits that have these contents, base first."""
    named = {name.replace("__", "/").replace("_dot_", "."): three for name, three in files.items()}
    trees = [mirror.write_tree({name: three[side] for name, three in named.items()}) for side in range(3)]
    base = mirror.commit(trees[0], [], "base", WHO, 1.0)
    return base, *(mirror.commit(tree, [base], "side", WHO, 2.0) for tree in trees[1:])


def both(mirror: Mirror, three: tuple[str, str, str]) -> Settled | Unsettled:
    found = settle(mirror, *three)
    assert settle_again(mirror, *three, {}) == found
    return found


def content(mirror: Mirror, tree: str, path: str) -> bytes | None:
    entry = mirror.listing(tree)[path]
    return dict(mirror.blobs([entry.oid], 1 << 20))[entry.oid]


def test_changelogs_and_baselines_are_settled_and_the_rest_is_merged(mirror: Mirror) -> None:
    log = (LOG, LOG.replace(b"- a", b"- o\n- a"), LOG.replace(b"- a", b"- t\n- a"))
    bounds = (BOUNDS, BOUNDS.replace(b"70", b"80"), BOUNDS.replace(b"70", b"60").replace(b": 2", b": 1"))
    code = (b"1\n2\n3\n4\n5\n", b"one\n2\n3\n4\n5\n", b"1\n2\n3\n4\nfive\n")
    three = sides(mirror, docs__CHANGELOG_dot_md=log, quality_ratchet_dot_json=bounds, a_dot_py=code)
    found = both(mirror, three)
    assert isinstance(found, Settled)
    assert found.paths == ("docs/CHANGELOG.md", "quality_ratchet.json")
    assert content(mirror, found.tree, "docs/CHANGELOG.md") == LOG.replace(b"- a", b"- o\n- t\n- a")
    told = content(mirror, found.tree, "quality_ratchet.json")
    assert b'"coverage_percent_min": 80' in (told or b"")
    assert b'"flaky_test_count_max": 1' in (told or b"")
    assert content(mirror, found.tree, "a.py") == b"one\n2\n3\n4\nfive\n"


def test_a_baseline_that_git_would_merge_cleanly_cannot_loosen_either(mirror: Mirror) -> None:
    lines = b'{"global_targets": {\n"a_max": 1,\n"b_max": 1,\n"c_max": 1,\n"d_max": 1\n}}\n'
    three = sides(mirror, quality_ratchet_dot_json=(
        lines, lines.replace(b'"a_max": 1', b'"z_max": 1,\n"a_max": 1'),
        lines.replace(b'"d_max": 1', b'"d_max": 1,\n"z_max": 9'),
    ))  # fmt: skip
    found = both(mirror, three)
    assert isinstance(found, Settled)
    told = content(mirror, found.tree, "quality_ratchet.json") or b""
    assert told.count(b"z_max") == 1
    assert b'"z_max": 1' in told


def test_what_a_driver_leaves_stays_a_conflict_with_its_reason(mirror: Mirror) -> None:
    torn = (b"- x\n", b"- x2\n", b"- x3\n")
    bounds = (b"{}", b"<<<", b'{"a_max": 1}')
    found = both(mirror, sides(mirror, NEWS_dot_md=torn, quality_ratchet_dot_json=bounds))
    assert isinstance(found, Unsettled)
    assert found.paths == ("NEWS.md", "quality_ratchet.json")
    assert found.why["NEWS.md"] == "both sides changed the entry '- x'"
    assert "no JSON" in found.why["quality_ratchet.json"]
    assert both(mirror, sides(mirror, x_dot_py=torn)) == Unsettled((Clash("x.py", Kind.FILE),))


def test_one_file_without_a_driver_leaves_the_whole_merge_open(mirror: Mirror) -> None:
    log = (LOG, LOG.replace(b"- a", b"- o\n- a"), LOG.replace(b"- a", b"- t\n- a"))
    found = both(mirror, sides(mirror, CHANGELOG_dot_md=log, x_dot_py=(b"1\n", b"2\n", b"3\n")))
    assert isinstance(found, Unsettled)
    assert found.paths == ("CHANGELOG.md", "x.py")
    assert [one.means for one in found.clashes] == [Means.DRIVER, None]


LOCK = Generated("lock", ("uv.lock", "gen"), "make lock")


def made_of(mirror: Mirror) -> Make:
    """Makes every file from the source in the same tree."""

    def make(tree, entry, paths):
        source = content(mirror, tree, "a.py") or b""
        return {path: b"made of " + source for path in paths}

    return make


CODE = (b"1\n2\n3\n4\n5\n", b"one\n2\n3\n4\n5\n", b"1\n2\n3\n4\nfive\n")
MERGED = b"made of one\n2\n3\n4\nfive\n"


def test_a_generated_file_is_made_of_the_merged_tree_and_the_second_merge_takes_it_from_the_record(
    mirror: Mirror,
) -> None:
    torn, clean = (b"0\n", b"1\n", b"2\n"), CODE
    three = sides(mirror, a_dot_py=CODE, uv_dot_lock=torn, gen__b=clean, gen__c=(b"x", b"y", b"y"))
    found = settle(mirror, *three, Workshop((LOCK,), made_of(mirror)))
    assert isinstance(found, Settled)
    assert found.paths == ("gen/b", "uv.lock")
    for path in found.paths:
        assert content(mirror, found.tree, path) == MERGED
    kept = {one.path: one.oid for one in found.clashes}
    again = settle_again(mirror, *three, kept)
    assert isinstance(again, Settled)
    assert again.tree == found.tree
    assert isinstance(settle_again(mirror, *three, {}), Unsettled)
    other = settle_again(mirror, *three, {**kept, "a.py": kept["gen/b"]})
    assert isinstance(other, Settled)
    assert other.tree != found.tree, "the record says more than was settled: landing sees it"


def test_what_is_not_made_stays_a_conflict_with_its_reason(mirror: Mirror) -> None:
    three = sides(mirror, a_dot_py=CODE, uv_dot_lock=(b"0\n", b"1\n", b"2\n"))
    shop = Workshop((LOCK,), lambda tree, entry, paths: Open("it broke"))
    assert settle(mirror, *three, shop) == Unsettled(
        (Clash("uv.lock", Kind.GENERATED, note="it broke"),)
    )  # fmt: skip
    idle = settle(mirror, *three, Workshop((LOCK,), lambda tree, entry, paths: {"uv.lock": b"1\n"}))
    assert isinstance(idle, Unsettled)
    assert "leaves uv.lock as the branch has it" in idle.why["uv.lock"]
    unknown = settle(mirror, *three)
    assert isinstance(unknown, Unsettled)
    assert unknown.clashes[0].kind is Kind.LOCK
    assert "'uv lock --offline'" in unknown.why["uv.lock"]


def test_a_link_or_a_deletion_in_place_of_a_generated_file_is_never_made_anew(mirror: Mirror) -> None:
    base, ours, theirs = sides(mirror, a_dot_py=CODE, uv_dot_lock=(b"0\n", b"1\n", b"2\n"))
    tree, entry = mirror.tree_of(theirs), mirror.listing(theirs)["uv.lock"]
    for changed in (
        mirror.overlaid(tree, drop=(), put=[Entry("120000", entry.oid, "uv.lock")]),
        mirror.overlaid(tree, drop=(), put=[Entry("100755", entry.oid, "uv.lock")]),
        mirror.overlaid(tree, drop=["uv.lock"], put=[]),
        mirror.overlaid(tree, drop=["uv.lock"], put=[Entry("100644", entry.oid, "other.lock")]),
    ):
        there = mirror.commit(changed, [base], "side", WHO, 2.0)
        found = settle(mirror, base, ours, there, Workshop((LOCK,), made_of(mirror)))
        assert isinstance(found, Unsettled)
        assert "no plain file on both sides" in found.why["uv.lock"]


def test_nothing_is_made_while_something_else_is_torn(mirror: Mirror) -> None:
    torn = (b"0\n", b"1\n", b"2\n")

    def never(tree, entry, paths):
        raise AssertionError("started")

    found = settle(mirror, *sides(mirror, x_dot_py=torn, uv_dot_lock=torn), Workshop((LOCK,), never))
    assert isinstance(found, Unsettled)
    assert found.paths == ("uv.lock", "x.py")


@pytest.mark.parametrize("red", [False, True])
def test_a_settled_landing_is_tested_and_lands_the_tree_that_was_tested(plant: Plant, red: bool) -> None:
    (plant.user / "CHANGELOG.md").write_bytes(LOG)
    plant.git("add", "-A")
    plant.git("commit", "-qm", "log")
    task, fence = plant.submitted({"CHANGELOG.md": LOG.replace(b"- a", b"- t\n- a")})
    (plant.user / "CHANGELOG.md").write_bytes(LOG.replace(b"- a", b"- o\n- a"))
    (plant.user / ".gitattributes").write_bytes(b"*.md merge=evil\n")
    plant.git("config", "merge.evil.driver", f"touch {plant.user}/ran; false")
    plant.git("add", "-A")
    plant.git("commit", "-qm", "meanwhile")
    if red:
        plant.gate.red = Everything()
    landed = plant.run(plant.queue(task, fence, Mode.LAND))
    assert not (plant.user / "ran").exists()
    if red:
        assert landed.state is LandingState.EJECTED
        assert landed.reason == "test_x fails"
        return
    assert landed.state is LandingState.LANDED
    assert plant.gate.judged == [plant.git("rev-parse", "main^{tree}")]
    assert plant.git("show", "main:CHANGELOG.md").encode() + b"\n" == LOG.replace(b"- a", b"- o\n- t\n- a")


class Everything(set[str]):
    def __contains__(self, tree: object) -> bool:
        return True
