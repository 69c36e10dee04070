"""The presets there are: those that come with windlass, and the user's own in the data home."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from windlass.agents.preset import Preset, parse_preset
from windlass.kernel import Invalid, NotFound, read_toml

PRESET_MAX: Final = 64 << 10
"""Bytes of one preset."""
PRESETS_MAX: Final = 200


def shipped() -> dict[str, Preset]:
    """Those that come with windlass, by name."""
    found = (files("windlass.agents") / "presets").iterdir()
    texts = {one.name.removesuffix(".toml"): one.read_bytes() for one in found if one.name.endswith(".toml")}
    return {name: parse_preset(name, _table(name, texts[name])) for name in sorted(texts)}


def presets(own: Path | None = None) -> dict[str, Preset]:
    """All, by name; one in the folder `own` stands before a shipped one of its name.

    Raises Invalid for a file that is no preset.
    """
    found = shipped()
    names = sorted(own.glob("*.toml")) if own is not None and own.is_dir() else []
    if len(names) > PRESETS_MAX:
        raise Invalid(f"{own} holds more than {PRESETS_MAX} presets")
    for path in names:
        with path.open("rb") as file:
            data = file.read(PRESET_MAX + 1)
        found[path.stem] = parse_preset(path.stem, _table(str(path), data))
    return dict(sorted(found.items()))


def preset_named(name: str, own: Path | None = None) -> Preset:
    """One by its name; NotFound names those there are."""
    found = presets(own)
    if name not in found:
        raise NotFound(f"no preset {name!r}", hint=f"known: {', '.join(found)}")
    return found[name]


def _table(name: str, data: bytes) -> Mapping[str, Any]:
    if len(data) > PRESET_MAX:
        raise Invalid(f"preset {name!r} is larger than {PRESET_MAX} bytes")
    try:
        return read_toml(data.decode())
    except ValueError as error:
        raise Invalid(f"preset {name!r} is no TOML: {error}") from error
