"""Drivers settle what has one answer, by both ways of merging alike; the rest stays a conflict, with why."""

import pytest
from tests.conflicts.conftest import Plant
from tests.conflicts.test_radar import WHO

from windlass.conflicts import Settled, Unsettled, settle, settle_again
from windlass.land import LandingState, Mode
from windlass.workspace import Mirror

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
    assert settle_again(mirror, *three) == found
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
    assert both(mirror, sides(mirror, x_dot_py=torn)) == Unsettled(("x.py",))


def test_one_file_without_a_driver_leaves_the_whole_merge_open(mirror: Mirror) -> None:
    log = (LOG, LOG.replace(b"- a", b"- o\n- a"), LOG.replace(b"- a", b"- t\n- a"))
    found = both(mirror, sides(mirror, CHANGELOG_dot_md=log, x_dot_py=(b"1\n", b"2\n", b"3\n")))
    assert found == Unsettled(("CHANGELOG.md", "x.py"))


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
