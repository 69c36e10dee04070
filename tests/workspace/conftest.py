"""Small real repositories, built with plain git as a user would."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from windlass.workspace import Attempt, Author, Checkout, Mirror

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "u",
    "GIT_AUTHOR_EMAIL": "u@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "u",
    "GIT_COMMITTER_EMAIL": "u@example.org",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}


class Repo:
    """A user's repository: write files, commit, run any git command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *args: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        command = ["git", "-C", str(self.path), "-c", "protocol.file.allow=always", *args]
        done = subprocess.run(
            command, input=stdin, capture_output=True, env={**ENVIRONMENT, **(env or {})}, check=False
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


FIRST = {"a.txt": "one\ntwo\nthree\n", "src/b.py": "x = 1\n"}


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    def make(
        name: str = "user",
        *,
        object_format: str = "sha1",
        files: Mapping[str, str | bytes] | None = None,
    ) -> Repo:
        path = tmp_path / name
        path.mkdir(parents=True)
        repo = Repo(path)
        repo.git("init", "-q", "-b", "main", f"--object-format={object_format}")
        repo.commit(FIRST if files is None else files, "first")
        return repo

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo()


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror.create(tmp_path / "home" / "mirror")


@pytest.fixture
def base(repo: Repo, mirror: Mirror) -> str:
    """The user's main, brought into the mirror."""
    return mirror.sync(repo.checkout())


@pytest.fixture
def author() -> Author:
    return Author("Ada", "ada@example.org")


@pytest.fixture
def attempt(mirror: Mirror, base: str, tmp_path: Path) -> Attempt:
    return Attempt.create(mirror, tmp_path / "attempts", base, "windlass/t1/1")


@pytest.fixture
def plainly() -> Callable[[tuple[str, ...]], bytes]:
    """Run a script of an attempt on the host; only for scripts over files these tests made."""

    def run(argv: tuple[str, ...]) -> bytes:
        done = subprocess.run(argv, capture_output=True, env={"PATH": "/usr/bin:/bin"}, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    return run


@pytest.fixture
def bring(
    plainly: Callable[[tuple[str, ...]], bytes], author: Author, tmp_path: Path
) -> Callable[[Attempt], tuple[Path, str]]:
    """Commit what lies in an attempt and return its pack file and head, as the sandbox would."""

    def run(attempt: Attempt) -> tuple[Path, str]:
        plainly(attempt.commit_script("change", author, 1_800_000_000.0))
        pack = tmp_path / f"{attempt.home.name}.pack"
        pack.write_bytes(plainly(attempt.pack_script()))
        return pack, attempt.read_head()

    return run
