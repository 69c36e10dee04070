"""The launcher that the settings ask for."""

from pathlib import Path

from windlass import sandbox
from windlass.app.config_sections import Isolation, Sandbox
from windlass.kernel import Invalid


def launcher_of(settings: Sandbox, *, trust: bool = False) -> sandbox.Launcher:
    """The one launcher for everything foreign; only the owner's word may do without a sandbox."""
    trust = trust or settings.level is Isolation.NONE
    return sandbox.open_launcher(
        trust=trust, uid=settings.uid, manifest=manifest_of(settings), ahead=True
    )  # fmt: skip


def manifest_of(settings: Sandbox) -> Path | None:
    """The container manifest, where level container is asked for."""
    if settings.level is not Isolation.CONTAINER:
        return None
    if not settings.manifest:
        fix = 'set [sandbox] manifest = "/path/container.toml"; docs/how-to/work-in-a-container.md'
        raise Invalid('[sandbox] level = "container" needs a manifest', hint=fix)
    return Path(settings.manifest)
