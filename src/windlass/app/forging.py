"""The host whose main branch counts, as the settings name it."""

import os
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

from windlass.app.config_forge import Forge as Section
from windlass.app.private import read_private
from windlass.forge import FORGES, Forge, Unreachable
from windlass.kernel import Invalid, NotFound, Ran, Tools, system_clock
from windlass.workspace import Checkout, Mirror


def forge_of(settings: Section, checkout: Checkout) -> Forge | None:
    """The host, not yet asked anything; None where the user's own branch counts."""
    if not settings.remote:
        return None
    url = checkout.remote_url(settings.remote)
    table = {"url": url, "timeout_s": settings.timeout_s, "proposals": settings.proposals}
    known = {one.name for one in fields(FORGES.module(settings.kind).Settings)}
    table |= {name: value for name, value in asdict(settings).items() if name in known}
    return FORGES.open(settings.kind, table, Tools(system_clock, _no_program, secret))


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


def secret(place: str) -> str:
    """What is at `env:NAME` or in `file:PATH` now; it can be changed while windlass runs."""
    kind, _, name = place.partition(":")
    if kind == "file":
        return read_private(Path(name), "token")
    if not (found := os.environ.get(name, "").strip()):
        raise NotFound(f"variable {name!r} holds no token", hint="set it where windlass starts")
    return found
