"""Level CONTAINER without a runtime; with one it also passes what bubblewrap passes."""

from pathlib import Path

import pytest

from windlass.kernel import Denied, Invalid
from windlass.sandbox import Launcher, Level, Limits, Mount, Order, open_launcher, probe
from windlass.sandbox.container import Container, words
from windlass.sandbox.manifest import Manifest


def test_the_runtime_creates_and_starts_and_keeps_its_state_in_the_stage() -> None:
    create, start = words(Path("/usr/bin/crun"), "/mnt")
    assert create[0] == start[0] == "/usr/bin/crun"
    assert [word for word in create if "/mnt" in word] == [
        "--root=/mnt/state", "--bundle=/mnt", "--pid-file=/mnt/state/pid",
    ]  # fmt: skip
    assert start[-2:] == ["start", create[-1]]


def test_without_the_runtime_it_is_refused_with_the_line_that_installs_it(
    manifest: Path, tmp_path: Path
) -> None:
    with pytest.raises(Denied, match="crun is not installed") as refused:
        open_launcher(manifest=manifest, path=str(tmp_path))
    assert refused.value.hint.endswith(" crun")
    assert open_launcher(manifest=manifest, path=str(tmp_path), trust=True).level is Level.NONE


def test_what_a_manifest_names_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "container.toml"
    (tmp_path / "crun").symlink_to("/bin/true")
    text = f'version = 1\nruntime = "crun"\nrootfs = "{tmp_path}/root"\n'
    file.write_text(text)
    found = probe(manifest=file, path=str(tmp_path))
    assert (found.ok, found.level) == (False, Level.NONE)
    assert f"no root file system in {tmp_path}/root" in found.reason
    assert "podman export" in found.fix
    (tmp_path / "root/usr").mkdir(parents=True)
    file.write_text(f"{text}mounts = ['/no/such/place']")
    assert "does not exist" in probe(manifest=file, path=str(tmp_path)).reason
    file.write_text("version = 3")
    assert "version = 3 is not 1" in probe(manifest=file, path=str(tmp_path)).reason


def test_orders_that_would_hide_the_root_or_make_a_directory_are_refused(tmp_path: Path) -> None:
    (tmp_path / "lib").symlink_to("usr/lib")
    launcher = Container(Path("/bin/true"), Manifest("x", tmp_path), 65532)
    with pytest.raises(Invalid, match="'/lib', which is a link"):
        launcher.run(Order(("true",), "/", (Mount(tmp_path, "/lib/x"),)))
    with pytest.raises(Invalid, match="'/nowhere' is not inside"):
        launcher.run(Order(("true",), "/nowhere"))


def test_the_narrower_bound_holds(container: Launcher, manifest: Path) -> None:
    file = manifest.with_name("narrow.toml")
    file.write_text(f"{manifest.read_text()}[limits]\nmemory_mb = 100\nprocesses = 9\n")
    held = open_launcher(manifest=file).run(Order(("true",), "/", limits=Limits(processes_max=5))).held
    assert any(line.startswith(f"memory_max={100 << 20} ") for line in held)
    assert any(line.startswith("processes_max=5 ") for line in held)


def test_evidence_knows_which_root_it_comes_from(container: Launcher, launcher: Launcher) -> None:
    assert launcher.base == ""
    assert "/rootfs " in container.base
