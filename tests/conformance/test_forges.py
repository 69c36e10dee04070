"""What whoever holds a main branch keeps to: the user's repository, a path, an address, a daemon, GitHub."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.support import github

from windlass.forge import FORGES, Forge, Here
from windlass.kernel import Invalid, Tools, system_clock
from windlass.workspace import Author, Checkout, Mirror, Moved

MAIN, NEW = "refs/heads/main", "refs/heads/windlass/1"
ADA = Author("Ada", "ada@example.org")


def git(path: Path, *args: str) -> str:
    who = ["-c", "user.name=U", "-c", "user.email=u@example.org"]
    done = subprocess.run(["git", "-C", str(path), *who, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Held:
    """A forge over a real repository, which the test looks at by itself."""

    def __init__(self, forge: Forge, path: Path, mirror: Mirror) -> None:
        self.forge, self.path, self.mirror = forge, path, mirror
        self.base = git(path, "rev-parse", "main")

    def made(self, text: bytes, parent: str) -> str:
        """A commit that lies in the mirror alone."""
        return self.mirror.commit(self.mirror.write_tree({"a.txt": text}), [parent], "m", ADA, 1.0)

    def publish(self, oid: str, name: str = MAIN, expected: str | None = None) -> None:
        self.forge.publish(self.mirror, oid, name, expected=expected, message="m")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    daemon = subprocess.Popen(
        ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", "--export-all", "--reuseaddr",
         "--enable=receive-pack", f"--base-path={folder}", str(folder)],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until, "git daemon does not listen"
                time.sleep(0.02)
        yield f"git://127.0.0.1:{port}/host.git"
    finally:
        daemon.terminate()
        daemon.wait()


def opened(url: str, kind: str = "git", **settings: object) -> Forge:
    def nothing(*_: object, **__: object) -> None:
        raise AssertionError

    return FORGES.open(kind, {"url": url, **settings}, Tools(system_clock, nothing, lambda _: github.TOKEN))


@pytest.fixture(params=["here", "path", "file", "daemon", "github"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Held]:
    user, host = tmp_path / "user", tmp_path / "host.git"
    git(tmp_path, "init", "-q", "-b", "main", str(user))
    git(user, "commit", "-q", "--allow-empty", "-m", "first")
    mirror = Mirror.create(tmp_path / "mirror")
    mirror.sync(Checkout.open(user))
    if request.param == "here":
        yield Held(Here(Checkout.open(user)), user, mirror)
        return
    git(tmp_path, "clone", "-q", "--bare", str(user), str(host))
    if request.param == "daemon":
        with served(tmp_path) as url:
            yield Held(opened(url), host, mirror)
    elif request.param == "github":
        with github.serving(host) as served_at:
            settings = {"api": served_at.root, "repository": github.REPOSITORY, "token": "env:T"}
            yield Held(opened(str(host), "github", **settings), host, mirror)
    else:
        yield Held(opened(f"file://{host}" if request.param == "file" else str(host)), host, mirror)


def test_a_reference_is_told_as_it_is_there(held: Held) -> None:
    assert held.forge.ref(held.mirror, MAIN) == held.base
    assert held.forge.ref(held.mirror, NEW) is None
    assert held.forge.bring(held.mirror, NEW) is None
    assert held.forge.name
    assert held.base[:12] in held.forge.rehearse(held.mirror, MAIN)


def test_what_somebody_else_made_is_brought_with_its_history(held: Held) -> None:
    tree = git(held.path, "rev-parse", "main^{tree}")
    theirs = git(held.path, "commit-tree", "-p", "main", "-m", "theirs", tree)
    git(held.path, "update-ref", MAIN, theirs)
    assert held.forge.bring(held.mirror, MAIN) == theirs
    assert held.mirror.is_ancestor(held.base, theirs)
    assert held.mirror.fsck() == []


def test_a_reference_moves_by_compare_and_swap_and_nothing_is_forced(held: Held) -> None:
    one, other = held.made(b"1", held.base), held.made(b"2", held.base)
    held.publish(one, expected=held.base)
    assert git(held.path, "rev-parse", "main") == one
    held.publish(one, expected=held.base)
    with pytest.raises(Moved):
        held.publish(other, expected=held.base)
    assert git(held.path, "rev-parse", "main") == one
    assert git(held.path, "fsck", "--strict", "--no-dangling") == ""


def test_a_new_reference_must_not_be_there_and_an_old_one_must(held: Held) -> None:
    one, other = held.made(b"1", held.base), held.made(b"2", held.base)
    held.publish(one, NEW)
    assert git(held.path, "rev-parse", NEW) == one
    with pytest.raises(Moved):
        held.publish(other, NEW)
    git(held.path, "update-ref", "-d", NEW)
    with pytest.raises(Moved):
        held.publish(other, NEW, expected=one)
    assert held.forge.ref(held.mirror, NEW) is None


@pytest.mark.parametrize("name", ["", "main", "--upload-pack=x", "refs/heads/../x", "refs/heads/a b"])
def test_names_outside_the_grammar_go_nowhere(held: Held, name: str) -> None:
    with pytest.raises(Invalid):
        held.publish(held.base, name, expected=held.base)
