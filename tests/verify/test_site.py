"""A site of dispatch is all this room needs; mypy holds the two together."""

from windlass.dispatch import Site as Dispatched
from windlass.verify.site import Site


def narrowed(site: Dispatched) -> Site:
    """Does not type-check when the two drift apart."""
    return site


def test_every_part_this_room_needs_is_part_of_a_site() -> None:
    assert {"database", "mirror", "launcher", "folders", "clock", "start", "verify"} <= set(
        Dispatched.__slots__
    )
