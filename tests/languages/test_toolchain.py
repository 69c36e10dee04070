"""What is shown of the tools of other languages."""

from pathlib import Path

from windlass.languages.toolchain import toolchain_of


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def shown(path: str, home: Path, *languages: str) -> list[str]:
    found = toolchain_of(languages, {"HOME": str(home), "PATH": path})
    return [mount.target.removeprefix(f"{home}/") for mount in found.mounts]


def test_of_an_installation_its_parts_are_shown_and_nothing_of_a_person(tmp_path: Path) -> None:
    program(tmp_path / "sdk/go/bin/go")
    (tmp_path / "sdk/go/src").mkdir()
    (tmp_path / "sdk/go/share").mkdir()
    assert shown(f"{tmp_path}/sdk/go/bin", tmp_path, "go") == ["sdk/go/bin", "sdk/go/src"]
    program(tmp_path / "bin/node")
    (tmp_path / "src").mkdir()
    assert shown(f"{tmp_path}/bin", tmp_path, "node") == ["bin/node"]
    assert shown("/usr/bin", tmp_path, "rust") == []


def test_rustup_is_never_run_the_default_toolchain_is_taken(tmp_path: Path) -> None:
    proxy = program(tmp_path / ".cargo/bin/rustup")
    (tmp_path / ".cargo/bin/cargo").symlink_to(proxy)
    (tmp_path / ".cargo/registry").mkdir()
    (tmp_path / ".cargo/credentials.toml").write_text("secret")
    real = program(tmp_path / ".rustup/toolchains/stable-x/bin/cargo")
    path = f"{tmp_path}/.cargo/bin"
    assert toolchain_of(("rust",), {"HOME": str(tmp_path), "PATH": path}).programs == {}
    (tmp_path / ".rustup/settings.toml").write_text('default_toolchain = "stable-x"\n')
    found = toolchain_of(("rust",), {"HOME": str(tmp_path), "PATH": path})
    assert (found.programs, found.path) == ({"cargo": str(real)}, (str(real.parent),))
    assert found.env["CARGO_HOME"] == f"{tmp_path}/.cargo"
    assert shown(path, tmp_path, "rust") == [".rustup/toolchains/stable-x/bin", ".cargo/registry"]
    before = found.identity
    real.write_text("#!/bin/sh\n# newer\n")
    assert found.identity != before


def test_packages_of_java_are_laid_over(tmp_path: Path) -> None:
    (tmp_path / ".m2/repository").mkdir(parents=True)
    found = toolchain_of(("java",), {"HOME": str(tmp_path), "PATH": "/nowhere"})
    assert [(mount.target, mount.layered) for mount in found.mounts] == [(f"{tmp_path}/.m2/repository", True)]
    assert found.env["MAVEN_OPTS"] == f"-Dmaven.repo.local={tmp_path}/.m2/repository"
    assert toolchain_of((), {}).identity == {}
