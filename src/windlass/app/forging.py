"""The host whose main branch counts, as the settings name it."""

from contextlib import suppress
from dataclasses import replace

from windlass.app.config_sections import Forge as Section
from windlass.forge import FORGES, Forge, Unreachable
from windlass.kernel import Invalid, Ran, Tools, system_clock
from windlass.workspace import Checkout, Mirror


def forge_of(settings: Section, checkout: Checkout) -> Forge | None:
    """The host, not yet asked anything; None where the user's own branch counts."""
    if not settings.remote:
        return None
    url = checkout.remote_url(settings.remote)
    table = {"url": url, "timeout_s": settings.timeout_s, "proposals": settings.proposals}
    return FORGES.open(settings.kind, table, Tools(system_clock, _no_program, _no_secret))


def standing(checkout: Checkout, forge: Forge | None) -> Checkout:
    """The checkout, whose main is that of the host where there is one."""
    return replace(checkout, trunk="" if forge is None else f"{forge.trunk}heads/{checkout.main}")


def bring(forge: Forge | None, mirror: Mirror, checkout: Checkout) -> None:
    """Have the host's main here; if it does not answer, work goes on from where it was seen last."""
    if forge is not None:
        with suppress(Unreachable):
            forge.bring(mirror, f"refs/heads/{checkout.main}")


def _no_program(*_: object, **__: object) -> Ran:
    raise Invalid("a forge runs no programs")


def _no_secret(name: str) -> str:
    raise Invalid(f"secret {name!r} is not available to forges")
