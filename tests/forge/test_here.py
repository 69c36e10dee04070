"""The user's own repository as the host; the rest of the port is in tests/conformance/test_forges.py."""

from tests.workspace.conftest import Repo

from windlass.forge import Here
from windlass.workspace import Mirror


def test_what_the_user_commits_is_there_at_once_and_in_the_mirror_when_brought(tmp_path):
    (tmp_path / "user").mkdir()
    repo = Repo(tmp_path / "user")
    repo.git("init", "-q", "-b", "main")
    first = repo.commit({"a": "1"})
    here, mirror = Here(repo.checkout()), Mirror.create(tmp_path / "mirror")
    assert here.ref(mirror, "refs/heads/main") == first
    assert not mirror.exists(first)
    assert here.bring(mirror, "refs/heads/main") == first
    assert mirror.exists(first)
    assert here.proposals
