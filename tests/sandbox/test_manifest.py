"""What a container manifest may say, and what of it is refused with which words."""

from pathlib import Path

import pytest

from windlass.kernel import Denied, Invalid, NotFound
from windlass.sandbox.manifest import Manifest, parse_manifest, read_manifest
from windlass.sandbox.model import MIB

LEAST = 'version = 1\nruntime = "crun"\nrootfs = "/srv/root"\n'


def test_the_least_and_the_most_that_can_be_said() -> None:
    assert parse_manifest(LEAST, "x") == Manifest("crun", Path("/srv/root"))
    more = 'mounts = ["/usr", "/opt/tools"]\n[limits]\nmemory_mb = 2048\nprocesses = 64\ncpus = 1.5\n'
    assert parse_manifest(LEAST + more, "x") == Manifest(
        "crun", Path("/srv/root"), ("/usr", "/opt/tools"), 2048 * MIB, 64, 1.5
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 1", ["'runtime' is missing", "'rootfs' is missing"]),
        (LEAST.replace("1", "2"), ["version = 2 is not 1"]),
        (LEAST.replace("/srv/root", "/"), ["rootfs = '/' is not a plain absolute path"]),
        (LEAST.replace("/srv/root", "/srv/../etc"), ["rootfs"]),
        (LEAST.replace("crun", "./crun"), ["runtime"]),
        (LEAST + 'privileged = true\nmount = "/x"', ["unknown key 'privileged'", "unknown key 'mount'"]),
        (LEAST + 'mounts = ["/proc"]', ["mounts"]),
        (LEAST + 'mounts = ["/tmp/x"]', ["mounts"]),
        (LEAST + 'mounts = ["/"]', ["mounts"]),
        (LEAST + "[limits]\nmemory_mb = 0\nprocesses = true\ncpus = -1", ["memory_mb", "processes", "cpus"]),
        (LEAST + "limits = 3", ["limits = 3 is not a table"]),
        ("version =", ["is not TOML"]),
    ],
)
def test_every_mistake_is_named_at_once(text: str, words: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_manifest(text, "the-file")
    assert all(word in str(refused.value) for word in ["the-file", *words])


def test_only_a_file_that_nobody_else_may_write_is_read(tmp_path: Path) -> None:
    file = tmp_path / "container.toml"
    with pytest.raises(NotFound):
        read_manifest(file)
    file.write_text(LEAST)
    file.chmod(0o644)
    assert read_manifest(file).runtime == "crun"
    file.chmod(0o664)
    with pytest.raises(Denied, match="written by others") as refused:
        read_manifest(file)
    assert "chmod go-w" in refused.value.hint
    file.chmod(0o600)
    file.write_bytes(b"\xff")
    with pytest.raises(Invalid, match="UTF-8"):
        read_manifest(file)
    file.write_text(LEAST + "#" * 70_000)
    with pytest.raises(Invalid, match="more than"):
        read_manifest(file)
