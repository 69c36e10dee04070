"""What the bundled uv gets to know of the machine, and what its failures mean."""

from pathlib import Path

import pytest

from windlass.verify.environment import base_python
from windlass.verify.installer import Installer, compiled, unreachable


def test_uv_sees_the_index_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {
        "HOME": str(tmp_path),
        "SECRET": "x",
        "PIP_INDEX_URL": "https://index/simple",
        "https_proxy": "http://p",
    }
    env = Installer(tmp_path / "uv", environ)._env()
    assert "SECRET" not in env
    assert (env["UV_DEFAULT_INDEX"], env["https_proxy"]) == ("https://index/simple", "http://p")
    assert env["HOME"] == str(tmp_path / "uv")
    assert Installer(tmp_path, environ, "https://other")._env()["UV_DEFAULT_INDEX"] == "https://other"


def test_the_index_of_pip_counts_and_a_broken_file_does_not(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text("[global]\nextra-index-url =\n  https://a\n  https://b\n")
    (tmp_path / "broken").write_text("no section")
    environ = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "broken")}
    env = Installer(tmp_path / "uv", environ)._env()
    assert env["UV_INDEX"] == "https://a https://b"
    assert env["UV_INDEX_STRATEGY"] == "unsafe-first-match"


def test_with_one_index_or_another_wish_the_strategy_is_not_ours(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PIP_INDEX_URL": "https://index/simple"}
    assert "UV_INDEX_STRATEGY" not in Installer(tmp_path / "uv", environ)._env()
    environ |= {"PIP_EXTRA_INDEX_URL": "https://more", "UV_INDEX_STRATEGY": "first-index"}
    assert Installer(tmp_path / "uv", environ)._env()["UV_INDEX_STRATEGY"] == "first-index"


def test_uv_runs_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    installer = Installer(tmp_path, {})
    assert installer.uv(["pip", "compile", "-", "-q", "--no-index"], stdin="not a requirement!")[0] != 0


def test_compiling_runs_nothing_of_a_package(tmp_path: Path) -> None:
    installer, made = Installer(tmp_path / "uv", {}), tmp_path / "made"
    assert installer.uv(["venv", "--no-project", "--python", base_python(), str(made)])[0] == 0
    (site,) = made.glob("lib/python3*/site-packages")
    (site / "evil.pth").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n")
    (site / "broken.py").write_text("def (\n")
    (site / "sound.py").write_text("import evil\n")
    for _ in range(2):  # the second time nothing is left to do
        installer.compile(str(made / "bin" / "python"), made / "lib")
        compiled(made / "lib")
    assert (made / "lib" / "compiled").is_file()
    assert [path.name.partition(".")[0] for path in site.glob("__pycache__/*.pyc")].count("sound") == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("error: Failed to fetch: https://x", True), ("cause: dns error: no", True),
        ("Because x was not found in the package registry", False),
    ],
)  # fmt: skip
def test_an_unreachable_index_is_not_an_unsolvable_request(said: str, expected: bool) -> None:
    assert unreachable(said) is expected
