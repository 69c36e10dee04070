"""Live work is what main does not hold yet: branches, submissions in review, snapshots of open tasks."""

from tests.conflicts.conftest import Plant

from windlass.conflicts import live


def test_branches_submissions_and_snapshots_count_until_they_are_in_main(plant: Plant) -> None:
    plant.git("branch", "old")
    plant.git("switch", "-q", "-c", "new")
    plant.git("commit", "-q", "--allow-empty", "-m", "ahead")
    plant.git("switch", "-q", "main")
    submitted, _fence = plant.submitted({"a.txt": b"1\n"})
    mirror = plant.site.mirror
    main = mirror.sync(plant.site.checkout)
    new = plant.git("rev-parse", "new")
    plant.made += 1
    begun, lease = plant.claimed(main, "begun")
    mirror.set_ref(f"refs/windlass/snapshots/{begun}/{lease.fence}", new, expected=None)
    mirror.set_ref("refs/windlass/snapshots/4711/1", new, expected=None)
    found = plant.database.read(lambda tx: live(tx, mirror, plant.site.repository.id, "main"))
    assert next(iter(found.tips)) == "main"
    assert set(found.tips) == {"main", "new", f"task {submitted}", f"task {begun}"}
    assert found.tips["new"] == found.tips[f"task {begun}"] == new
    assert found.left_out == 0
