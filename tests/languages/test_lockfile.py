"""Locks of npm: what they may name, and what is refused."""

import base64
import hashlib
import json

import pytest

from windlass.languages.lockfile import BadLock, Locked, lock_of, other_lock, parse_lock

CONTENT = b"x"
DIGEST = hashlib.sha512(CONTENT).hexdigest()
INTEGRITY = "sha512-" + base64.b64encode(hashlib.sha512(CONTENT).digest()).decode()
NPM = "https://npm.example"


def parsed(entry: dict[str, object], place: str = "node_modules/@a/b", **more: object) -> Locked:
    packages = {"": {"name": "root"}, place: {"version": "1.2.3", "integrity": INTEGRITY, **entry}}
    text = json.dumps({"lockfileVersion": 3, "packages": packages}).encode()
    return parse_lock(text, **{"registry": NPM, "default": NPM, **more})  # type: ignore[arg-type]  # options of the test


def test_a_package_comes_from_the_owner_s_registry_under_its_digest() -> None:
    named = {"resolved": f"{NPM}/@a/b/-/b-1.2.3.tgz"}
    (found,) = parsed(named).tarballs
    assert (found.url, found.algorithm, found.digest) == (named["resolved"], "sha512", DIGEST)
    (here,) = parsed(named, registry="https://npm.corp/api/").tarballs
    assert here.url == "https://npm.corp/api/@a/b/-/b-1.2.3.tgz"
    (unnamed,) = parsed({}).tarballs
    assert unnamed.url == found.url
    assert json.loads(parsed({}).lock)["packages"]["node_modules/@a/b"]["resolved"] == found.url
    (alias,) = parsed({"name": "real"}, "node_modules/x/node_modules/alias").tarballs
    assert alias.url == f"{NPM}/real/-/real-1.2.3.tgz"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"resolved": "git+ssh://git@github.com/a/b.git#1"}, "no package of a registry"),
        ({"resolved": "file:../b"}, "no package of a registry"),
        ({"resolved": "https://evil.example/b.tgz"}, "npm.hosts"),
        ({"resolved": "https://npm.example.evil.example/b.tgz"}, "npm.hosts"),
        ({"resolved": "https://user@npm.corp/b.tgz"}, "npm.hosts"),
        ({"resolved": "http://npm.corp/b.tgz"}, "npm.hosts"),
        ({"resolved": "https://npm.corp:8443/b.tgz"}, "npm.hosts"),
        ({"resolved": "https://npm.corp/b.tgz\r\nX: 1"}, "npm.corp"),
        ({"resolved": "https://[::1"}, "b: it comes from"),
        ({"integrity": ""}, "no digest"), ({"integrity": "md5-AAAA"}, "no digest"),
        ({"integrity": "sha512-%%"}, "cannot be read"), ({"integrity": "sha512-AAAA"}, "no digest"),
        ({"version": "../../x"}, "no name and version"), ({"name": "../x"}, "no name and version"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_registry_or_has_no_digest_is_refused(entry: dict[str, object], why: str) -> None:
    with pytest.raises(BadLock) as refused:
        parsed(entry, hosts=("npm.corp",))
    assert why in str(refused.value)


def test_the_owner_may_trust_another_host() -> None:
    (found,) = parsed({"resolved": "https://npm.corp/x/b.tgz"}, hosts=("npm.corp",)).tarballs
    assert found.url == "https://npm.corp/x/b.tgz"


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"os": ["darwin"], "optional": True}, 0), ({"os": ["darwin"]}, 1), ({"link": True}, 0),
        ({"cpu": ["x64"], "os": ["linux"], "libc": ["glibc"], "optional": True}, 1),
        ({"libc": ["musl"], "optional": True}, 0), ({"os": ["!linux"], "optional": True}, 0),
        ({"os": ["!win32"], "optional": True}, 1), ({"inBundle": True, "integrity": ""}, 0),
    ],
)  # fmt: skip
def test_what_is_for_other_systems_is_not_downloaded(entry: dict[str, object], wanted: int) -> None:
    assert len(parsed(entry).tarballs) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "cannot be read"), (b"[]", "cannot be read"), (b"[" * 100_000, "cannot be read"),
        (b'{"lockfileVersion": 1, "dependencies": {}}', "version 1"),
        (b'{"lockfileVersion": 1, "packages": {}}', "version 1"),
        (b'{"lockfileVersion": 3, "packages": {"node_modules/a": 1}}', "no table"),
        (b'{"lockfileVersion": 3, "packages": {"../a": {}}}', "not inside the repository"),
        (b'{"lockfileVersion": 3, "packages": {"/etc": {}}}', "not inside the repository"),
    ],
)  # fmt: skip
def test_a_lock_that_cannot_be_read_says_so(text: bytes, why: str) -> None:
    with pytest.raises(BadLock) as refused:
        parse_lock(text, NPM, default=NPM)
    assert why in str(refused.value)


def test_workspaces_are_folders_and_only_the_first_lock_counts() -> None:
    packages = {"": {}, "packages/a": {}, "node_modules/a": {"resolved": "packages/a", "link": True}}
    found = parse_lock(json.dumps({"lockfileVersion": 3, "packages": packages}).encode(), NPM, default=NPM)
    assert (found.folders, found.tarballs) == (("packages/a",), ())
    assert lock_of({"package-lock.json", "npm-shrinkwrap.json"}) == "npm-shrinkwrap.json"
    assert (lock_of({"yarn.lock"}), other_lock({"yarn.lock"}), other_lock(())) == ("", "Yarn", "")
