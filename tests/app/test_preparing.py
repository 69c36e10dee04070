"""`init` and `doctor` on a real repository."""

import tomllib
from pathlib import Path

import pytest
from tests.app.shop import Shop

from windlass.app.doctor import State
from windlass.app.preparing import diagnose, look, prepare
from windlass.app.wiring import settings_place
from windlass.kernel import Conflict, WindlassError


def test_the_proposal_says_what_was_detected_and_is_settings_windlass_reads(shop: Shop) -> None:
    done = prepare(shop.repo, shop.env, write=False, dry_run=False)
    plant = shop.open()
    assert done.written == settings_place(plant.home, plant.checkout.path)
    assert done.written.read_text() == done.text
    assert tomllib.loads(done.text)["project"]["main"] == "main"
    assert plant.loaded.settings()


def test_where_it_is_written_is_the_persons_choice(shop: Shop) -> None:
    assert prepare(shop.repo, shop.env, write=True, dry_run=True).written is None
    assert not (shop.repo / "windlass.toml").exists()
    done = prepare(shop.repo, shop.env, write=True, dry_run=False)
    assert done.written == shop.repo / "windlass.toml"
    assert prepare(shop.repo, shop.env, write=True, dry_run=False).written == done.written


@pytest.mark.parametrize("kind", ["file", "binary", "folder", "link", "dangling link"])
def test_what_is_in_the_way_is_never_touched(shop: Shop, tmp_path: Path, kind: str) -> None:
    place, target = shop.repo / "windlass.toml", tmp_path / "target"
    if kind == "file":
        place.write_text("mine\n")
    elif kind == "binary":
        place.write_bytes(b"\xff\xfe\0")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(target)
        if kind == "link":
            target.write_text("theirs\n")
    with pytest.raises(Conflict):
        prepare(shop.repo, shop.env, write=True, dry_run=False)
    assert kind != "file" or place.read_text() == "mine\n"
    assert target.exists() is (kind == "link")
    assert kind != "link" or target.read_text() == "theirs\n"


def test_only_small_files_of_the_tree_are_read(shop: Shop) -> None:
    plant = shop.open()
    tree = plant.mirror.tree_of(plant.mirror.sync(plant.checkout))
    before = look(plant.mirror, tree)
    shop.commit({"package.json": "x" * 400_000})
    after = look(plant.mirror, plant.mirror.tree_of(plant.mirror.sync(plant.checkout)))
    assert (after.linters, after.test_runner) == (before.linters, before.test_runner)
    assert after.packages == before.packages


def test_doctor_looks_at_the_repository_where_there_is_one(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = {finding.name: finding.state for finding in diagnose(shop.repo, shop.env)}
    assert states["repository"] is State.OK
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    states = {finding.name: finding.state for finding in diagnose(None, shop.env)}
    assert states["repository"] is State.SKIPPED
    with pytest.raises(WindlassError):
        diagnose(empty, shop.env)
