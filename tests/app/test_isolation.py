"""Which launcher the settings ask for."""

from pathlib import Path

import pytest

from windlass.app.config_sections import Isolation, Sandbox
from windlass.app.isolation import launcher_of, manifest_of
from windlass.kernel import Denied, Invalid


def test_only_level_container_has_a_manifest_and_it_must() -> None:
    assert manifest_of(Sandbox(manifest="/x.toml")) is None
    assert manifest_of(Sandbox(level=Isolation.CONTAINER, manifest="/x.toml")) == Path("/x.toml")
    with pytest.raises(Invalid, match="needs a manifest"):
        manifest_of(Sandbox(level=Isolation.CONTAINER))


def test_a_container_that_cannot_be_made_is_not_replaced_by_another_level(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="cannot be read"):
        launcher_of(Sandbox(level=Isolation.CONTAINER, manifest=str(tmp_path / "none.toml")))
