"""Commits come in checked and pinned, whichever way; what stands elsewhere or goes too far is refused."""

import tempfile
from pathlib import Path

import pytest
from tests.journeys.workflows import LOGIN, Yard, git, make_yard

from windlass.dispatch import Lease, Task
from windlass.kernel import Denied, FixedClock, NotFound, Unavailable
from windlass.mesh import SiteSource
from windlass.store import Database


@pytest.fixture
def yard(sqlite: Database, tmp_path: Path, clock: FixedClock) -> Yard:
    return make_yard(sqlite, tmp_path, clock)


def parts(yard: Yard) -> tuple[SiteSource, Task, Lease, dict[str, object]]:
    number = yard.file("Fix typo", "frontend")
    found = yard.call("claim_task", {"lanes": ["frontend"]}, yard.token("runner:frontend"))
    source = SiteSource({yard.site.repository.id: yard.site})
    return source, yard.task(number), Lease(number, 1, "frontend", "mesh", 0.0), found


def test_a_pushed_commit_is_offered_and_pinned(yard: Yard) -> None:
    source, task, lease, claimed = parts(yard)
    commit = yard.commit(claimed, LOGIN)
    offered = source.offer(task, lease, commit, "note")
    assert (offered.commit, offered.base, offered.files, offered.sandbox) == (
        commit, task.base, ("src/login.py",), "remote",
    )  # fmt: skip
    assert yard.site.mirror.ref(lease.pin) == commit
    assert source.offer(task, lease, commit, "note") == offered


def test_an_uploaded_pack_brings_its_commit(yard: Yard) -> None:
    source, task, lease, claimed = parts(yard)
    commit = yard.commit(claimed, LOGIN)
    git(yard.user, "branch", "-D", lease.branch)
    with tempfile.NamedTemporaryFile(suffix=".pack") as pack:
        packed = Path(pack.name)
        script = f"printf '%s\\n^%s\\n' {commit} {task.base} | git pack-objects --revs --stdout -q > {packed}"
        git(yard.agents, "-c", f"alias.p=!{script}", "p")
        source.take(task, lease, commit, packed)
    assert source.offer(task, lease, commit, "").commit == commit


def test_what_never_came_is_not_found(yard: Yard) -> None:
    source, task, lease, _ = parts(yard)
    with pytest.raises(NotFound) as failed:
        source.offer(task, lease, "c" * 40, "")
    assert lease.branch in failed.value.hint


def test_files_outside_the_task_are_refused_and_the_lease_stays(yard: Yard) -> None:
    source, task, lease, claimed = parts(yard)
    commit = yard.commit(claimed, {**LOGIN, "check.py": "pass\n"})
    with pytest.raises(Denied) as failed:
        source.offer(task, lease, commit, "")
    assert "check.py" in str(failed.value)
    assert "still yours" in failed.value.hint
    assert yard.site.mirror.ref(lease.pin) is None


def test_a_commit_without_common_history_is_refused(yard: Yard) -> None:
    source, task, lease, _ = parts(yard)
    git(yard.agents, "checkout", "-q", "--orphan", "alone")
    git(yard.agents, "commit", "-q", "--allow-empty", "-m", "alone")
    git(yard.agents, "push", "-q", "origin", "alone")
    with pytest.raises(Denied):
        source.offer(task, lease, git(yard.agents, "rev-parse", "HEAD"), "")


def test_a_base_older_than_main_is_where_the_change_is_counted_from(yard: Yard) -> None:
    source, task, lease, claimed = parts(yard)
    commit = yard.commit(claimed, LOGIN)
    git(yard.agents, "checkout", "-q", "-B", "newer", "origin/main")
    (yard.agents / "docs" / "login.md").write_text("# Log in\n")
    git(yard.agents, "commit", "-q", "-am", "somebody else")
    git(yard.agents, "push", "-q", "origin", "newer:main")
    offered = source.offer(task, lease, commit, "")
    assert (offered.base, offered.files) == (task.base, ("src/login.py",))


def test_the_base_goes_out_as_a_pack(yard: Yard) -> None:
    source, task, _, _ = parts(yard)
    base, pack = source.pack(task)
    assert base == source.start(task) == git(yard.user, "rev-parse", "main")
    assert pack.read_bytes()[:4] == b"PACK"
    pack.unlink()


def test_a_repository_that_is_not_tended_here_is_said(yard: Yard) -> None:
    _, task, _, _ = parts(yard)
    with pytest.raises(Unavailable):
        SiteSource({}).start(task)
