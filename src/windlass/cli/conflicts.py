"""`windlass conflicts`: which branches will collide, before anybody merges them."""

import click

from windlass import land
from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option, table

SHOWN_MAX = 3


@click.command(help="Predict which branches and proposals cannot be merged with each other.")
@repo_option
@output_options
def conflicts(repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        main = plant.mirror.sync(plant.checkout)
        tips = {name: tip for name, tip in plant.checkout.branches().items() if name != plant.checkout.main}
        found = land.radar(plant.mirror, tips, main)
    data = [
        {"left": o.left, "right": o.right, "shared": list(o.shared), "conflicts": list(o.conflicts)}
        for o in found.overlaps
    ]
    rows = [(o.left, o.right, _listed(o.conflicts)) for o in found.conflicts]
    last = f"{len(tips)} branches, {len(found.overlaps)} pairs with common files, {len(rows)} in conflict"
    emit(
        data,
        as_json=as_json,
        fields=fields,
        lines=lambda: [*(table(("BRANCH", "BRANCH", "CONFLICTS IN"), rows) if rows else []), last],
    )
    if found.skipped:
        note(f"{found.skipped} more pairs with common files were not merged")


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - SHOWN_MAX} more" if len(paths) > SHOWN_MAX else ""
    return ", ".join(paths[:SHOWN_MAX]) + more
