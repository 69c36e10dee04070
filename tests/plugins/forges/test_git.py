"""What a git host says, and which address may be one. The port itself: tests/conformance/test_forges.py."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tests.workspace.conftest import Repo

from windlass.forge import FORGES, Rejected, Unreachable
from windlass.kernel import Invalid, Tools
from windlass.plugins.forges.git import parse_address, refusal
from windlass.workspace import Author, Mirror, Moved

MAIN = "refs/heads/main"


@pytest.mark.parametrize(
    "url",
    ["/srv/a.git", "file:///srv/a.git", "ssh://git@host:2222/a.git", "git@host:team/a.git", "host:a.git",
     "https://host/a.git", "https://me@host/a.git", "http://127.0.0.1:8080/a.git", "git://localhost/a"],
)  # fmt: skip
def test_an_address_that_may_be_landed_on(url):
    assert parse_address(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "--upload-pack=touch /tmp/x", "-oProxyCommand=x:y", "ext::sh -c true", "ext::sh", "fd::17", "::x",
     "transport::address", "http://host/a.git", "git://host/a.git", "ftp://host/a", "ssh://-oProxyCommand=x/a",
     "https:///a", "https://[::1/a", "/srv/\x1b[2Ja", "/srv/a\nb", "/srv/a b", "relative/path"],
)  # fmt: skip
def test_an_address_that_may_not(url):
    with pytest.raises(Invalid):
        parse_address(url)


def line(why: str, kind: str = "remote rejected") -> list[str]:
    return [f"!\t{'1' * 40}:{MAIN}\t[{kind}] ({why})", "Done"]


@pytest.mark.parametrize(
    ("lines", "err", "found"),
    [
        (line("pre-receive hook declined"), "remote: no\nremote: never", "declined: no never"),
        (line("protected branch hook declined"), "", "protected branch hook declined"),
        (line("pre-receive hook declined"), "remote: try again", "pre-receive hook declined: try again"),
        (line("unpacker error"), "remote: fatal: No space left on device", None),
        (line("unpacker error"), "remote: error: insufficient permission for adding an object", "unpacker"),
        (line("failed to update ref"), "", None),
        (line("remote failed to report status", "remote failure"), "", None),
        ([], "fatal: Could not read from remote repository.", None),
        ([], "ERROR: Permission to a/b.git denied to me.", "Permission to a/b.git denied"),
        ([], "fatal: unable to access: The requested URL returned error: 403", "error: 403"),
        ([], "fatal: unable to access: The requested URL returned error: 503", None),
        ([], "git push took too long and was stopped", None),
    ],
)  # fmt: skip
def test_a_refusal_is_told_apart_from_what_may_pass(lines, err, found):
    said = refusal(lines, err)
    assert (said is None) == (found is None)
    assert found is None or found in (said or "")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror.create(tmp_path / "mirror")


def opened(url: str, **options):
    return FORGES.open("git", {"url": url, **options}, Tools(None, None, None))


@pytest.mark.parametrize("said", [b"", b"\x1b[31mgarbage without an end" * 10_000])
def test_a_host_that_hangs_or_talks_nonsense_is_unknown(mirror, said):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            caller, _ = server.accept()
            with caller, suppress(ConnectionError):
                caller.sendall(said)
                caller.recv(1 << 16)
                caller.recv(1 << 16)  # until it goes

        threading.Thread(target=speak, daemon=True).start()
        forge = opened(f"git://127.0.0.1:{server.getsockname()[1]}/a.git", timeout_s=1.0)
        with pytest.raises(Unreachable) as found:
            forge.ref(mirror, MAIN)
    assert str(found.value).isprintable()
    assert "did not answer" in str(found.value)


class Upstream:
    """A bare repository with one commit, and a second one in the mirror."""

    def __init__(self, folder: Path, mirror: Mirror) -> None:
        (folder / "u").mkdir()
        repo = Repo(folder / "u")
        repo.git("init", "-q", "-b", "main")
        self.base, self.path, self.mirror = repo.commit({"a": "1"}), folder / "host.git", mirror
        repo.git("clone", "-q", "--bare", ".", str(self.path))
        self.forge = opened(str(self.path))
        self.forge.bring(mirror, MAIN)
        self.next = mirror.commit(mirror.write_tree({"a": b"2"}), [self.base], "m", Author("e", "e@e"), 1.0)

    def hook(self, name: str, body: str) -> None:
        hook = self.path / "hooks" / name
        hook.write_text(f"#!/bin/sh\n{body}\n")
        hook.chmod(0o755)

    def push(self) -> None:
        self.forge.publish(self.mirror, self.next, MAIN, expected=self.base, message="m")


def test_a_host_that_says_yes_and_did_not_move_has_refused(tmp_path, mirror):
    host = Upstream(tmp_path, mirror)
    host.hook("post-receive", f"git update-ref {MAIN} {host.base}")
    with pytest.raises(Rejected, match="said that it took"):
        host.push()


def test_a_host_that_makes_something_else_of_it_has_moved(tmp_path, mirror):
    host = Upstream(tmp_path, mirror)
    host.hook(
        "post-receive", f"git update-ref {MAIN} $(git commit-tree -p {host.base} -m x {host.base}^{{tree}})"
    )
    with pytest.raises(Moved):
        host.push()


def test_a_host_that_cannot_write_refuses_and_nothing_moved(tmp_path, mirror):
    host = Upstream(tmp_path, mirror)
    host.hook("update", "echo 'main is protected' >&2; exit 1")
    with pytest.raises(Rejected, match="hook declined: main is protected"):
        host.push()
    assert host.forge.ref(mirror, MAIN) == host.base


def test_two_hosts_keep_their_branches_apart():
    assert opened("/a.git").trunk != opened("/b.git").trunk
    assert opened("https://me@h/a.git").name == "https://***@h/a.git"
