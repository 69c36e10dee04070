"""The presets that come with windlass are sound, and a user's own stand before them."""

from pathlib import Path

import pytest
from tests.agents.test_preset import GOOD

from windlass.agents.library import PRESET_MAX, preset_named, presets, shipped
from windlass.agents.preset import Origin, Protocol
from windlass.kernel import Invalid, NotFound

SHIPPED = shipped()


def test_all_that_were_promised_are_there() -> None:
    assert set(SHIPPED) == {
        "aider", "claude", "claude-acp", "codex", "codex-acp", "gemini", "gemini-acp", "mini", "opencode",
        "opencode-acp", "scripted", "scripted-acp",
    }  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_each_installs_a_version_that_it_supports_and_is_told_its_task(name: str) -> None:
    one = SHIPPED[name]
    if one.source.origin is not Origin.WINDLASS:
        assert one.supports(one.source.version)
    words = " ".join((*one.command, one.stdin))
    assert ("{task}" in words) is (one.protocol is Protocol.COMMAND)
    assert "{model_url}" in " ".join((*one.command, *one.env.values(), *(file.text for file in one.files)))
    assert not one.resume or "{session}" in one.resume
    assert (one.protocol is Protocol.ACP) is bool(one.allow)


def test_no_preset_holds_a_key() -> None:
    for one in SHIPPED.values():
        assert {value for name, value in one.env.items() if name.endswith("_KEY")} <= {"none"}


def test_ones_own_stand_before_the_shipped(tmp_path: Path) -> None:
    (tmp_path / "codex.toml").write_text(GOOD)
    (tmp_path / "mine.toml").write_text(GOOD)
    assert preset_named("codex", tmp_path).about == "mine"
    assert set(presets(tmp_path)) == {*SHIPPED, "mine"}
    assert presets(tmp_path / "none").keys() == SHIPPED.keys()


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound) as raised:
        preset_named("kodex")
    assert "codex" in (raised.value.hint or "")


@pytest.mark.parametrize("data", [b"\xff", b"a = ", b"#" * (PRESET_MAX + 1)])
def test_files_that_are_no_presets_are_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(data)
    with pytest.raises(Invalid, match=r"mine\.toml"):
        presets(tmp_path)
