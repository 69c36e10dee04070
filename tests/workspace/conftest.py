"""Small real repositories, built with plain git as a user would."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from windlass.workspace import Author, Checkout, Mirror

AUTHOR = Author("Ada", "ada@example.org")
AT = 1_800_000_000.0
_ENV = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "u", "GIT_AUTHOR_EMAIL": "u@example.org", "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "u", "GIT_COMMITTER_EMAIL": "u@example.org", "GIT_COMMITTER_DATE": "1700000000 +0000",
}  # fmt: skip


class Repo:
    """A user's repository: write files, commit, run any git command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *args: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        command = ["git", "-C", str(self.path), "-c", "protocol.file.allow=always", *args]
        done = subprocess.run(
            command, input=stdin, capture_output=True, env={**_ENV, **(env or {})}, check=False
        )
        assert done.returncode == 0, (args, done.stderr.decode(errors="replace"))
        return os.fsdecode(done.stdout).rstrip("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes], message: str = "change") -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def checkout(self) -> Checkout:
        return Checkout.open(self.path)


def make_repo(
    path: Path, *, object_format: str = "sha1", files: Mapping[str, str | bytes] | None = None
) -> Repo:
    path.mkdir(parents=True)
    repo = Repo(path)
    repo.git("init", "-q", "-b", "main", f"--object-format={object_format}")
    repo.commit(
        files if files is not None else {"a.txt": "one\ntwo\nthree\n", "src/b.py": "x = 1\n"}, "first"
    )
    return repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "user")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror.create(tmp_path / "home" / "mirror")


@pytest.fixture
def base(repo: Repo, mirror: Mirror) -> str:
    """The mirror's commit of the user's main."""
    return mirror.sync(repo.checkout())
