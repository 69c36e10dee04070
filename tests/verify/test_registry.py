"""Downloads of what a lock names: once, by digest, and with words where they fail."""

import hashlib
from pathlib import Path

import pytest
from tests.verify.registries import serving

from windlass.kernel import Unavailable
from windlass.languages import Tarball
from windlass.verify import registry
from windlass.verify.registry import download, place_of, registry_of

CONTENT = b"what the registry has"
DIGEST = hashlib.sha512(CONTENT).hexdigest()


def test_a_package_is_downloaded_once_and_kept_by_its_digest(tmp_path: Path) -> None:
    with serving() as there:
        there.files["/a.tgz"] = CONTENT
        wanted = Tarball(f"{there.url}/a.tgz", "sha512", DIGEST)
        assert (download(tmp_path, [wanted]), download(tmp_path, [wanted])) == (1, 0)
        assert there.asked == ["/a.tgz"]
    assert place_of(tmp_path, wanted).read_bytes() == CONTENT
    assert list(tmp_path.glob(".part-*")) == []


def test_what_is_missing_or_another_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as there:
        there.files["/a.tgz"] = CONTENT
        with pytest.raises(Unavailable, match="status 404"):
            download(tmp_path, [Tarball(f"{there.url}/b.tgz", "sha512", DIGEST)])
        with pytest.raises(Unavailable, match="not what the lock says"):
            download(tmp_path, [Tarball(f"{there.url}/a.tgz", "sha512", "0" * 128)])
        monkeypatch.setattr(registry, "TARBALL_MAX", 5)
        with pytest.raises(Unavailable, match="larger than"):
            download(tmp_path, [Tarball(f"{there.url}/a.tgz", "sha512", DIGEST)])
        monkeypatch.setattr(registry, "WHOLE_MAX", 5)
        with pytest.raises(Unavailable, match="are more than"):
            download(tmp_path, [Tarball(f"{there.url}/a.tgz", "sha512", DIGEST)])
    with pytest.raises(Unavailable, match="cannot be had"):
        download(tmp_path, [Tarball(f"{there.url}/a.tgz", "sha512", DIGEST)])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_registry_is_the_owner_s_and_never_the_repository_s(tmp_path: Path) -> None:
    assert registry_of({"HOME": str(tmp_path)}, "https://d") == "https://d"
    own = "; registry=https://no\nregistry = https://corp/npm/\n//corp/npm/:_authToken=x\n"
    (tmp_path / ".npmrc").write_text(own)
    assert registry_of({"HOME": str(tmp_path)}, "https://d") == "https://corp/npm"
    assert registry_of({"HOME": str(tmp_path), "npm_config_registry": "https://e/"}, "https://d") == "https://e"
    (tmp_path / ".npmrc").write_text("registry=file:///etc")
    assert registry_of({"HOME": str(tmp_path)}, "https://d") == "https://d"
