"""Plug-in families: found by folder, opened with checked settings."""

import sys
from pathlib import Path

import pytest

from windlass.kernel import Denied, Family, Invalid, NotFound, Ran, Tools

KIND = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Settings:
    size: int = 1

def open(settings, tools):
    return ("opened", settings.size)
"""


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family[object]:
    package = tmp_path / "probe_kinds"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "small.py").write_text(KIND)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("probe_kinds", None)
    return Family[object]("probes", "probe_kinds")


def tools() -> Tools:
    return Tools(lambda: 0.0, lambda argv, **_: Ran(0, b"", b"", 0.0), lambda name: "")


def test_a_new_file_is_a_new_kind(family: Family[object]) -> None:
    assert family.kinds() == ["small"]
    assert family.open("small", {"size": 3}, tools()) == ("opened", 3)


def test_unknown_kinds_and_settings_name_the_known_ones(family: Family[object]) -> None:
    with pytest.raises(NotFound) as kind:
        family.open("large", {}, tools())
    assert "small" in kind.value.hint
    with pytest.raises(Invalid, match="colour") as setting:
        family.open("small", {"colour": "red"}, tools())
    assert "size" in setting.value.hint


def test_a_setting_that_must_be_given_is_named(family: Family[object], tmp_path: Path) -> None:
    (tmp_path / "probe_kinds" / "asking.py").write_text(KIND.replace("size: int = 1", "size: int"))
    with pytest.raises(Invalid, match=r"'asking' lacks its settings \['size'\]"):
        family.open("asking", {}, tools())


def test_without_a_box_nothing_is_started() -> None:
    with pytest.raises(Denied, match="'codex' cannot be started here"):
        tools().talk(["codex", "exec"], timeout_s=1.0)
