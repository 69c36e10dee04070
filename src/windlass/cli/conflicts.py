"""`windlass conflicts`: which branches will collide, before anybody merges them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from windlass import conflicts as room
from windlass.cli.conflict_resolutions import show_resolutions
from windlass.cli.conflict_statistics import show_statistics
from windlass.cli.duration import seconds
from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option, table, width

SHOWN_MAX: Final = 3
"""Paths of one pair that are shown."""
PAIRS_SHOWN: Final = 20
"""Pairs in conflict, and paths by the number of them, that are shown below the matrix."""
NAME_MIN: Final = 12
"""Characters of a name that are left beside the columns."""
SIGNS: Final = {True: ".", False: "x", None: "?"}


@click.command(help="Predict which branches and proposals cannot be merged with each other.")
@click.argument("view", type=click.Choice(["resolutions"]), required=False)
@click.option("--forget", metavar="ID", help="With resolutions: do not settle that hunk by itself any more.")
@click.option("--matrix", is_flag=True, help="Merge all live work in pairs, unfinished attempts too.")
@click.option("--stats", is_flag=True, help="Count the conflicts that landings met, and how each ended.")
@click.option("--since", help="With --stats: only those that were met within, e.g. 30d.")
@repo_option
@output_options
def conflicts(
    *, view: str | None, forget: str | None, repo: str | None, matrix: bool, stats: bool, since: str | None,
    as_json: bool, fields: str | None,
) -> None:  # fmt: skip
    if sum((view is not None, matrix, stats)) > 1:
        raise click.UsageError("resolutions, --matrix and --stats are three views: ask for one")
    if (since is not None and not stats) or (forget is not None and view is None):
        raise click.UsageError("--since is for --stats, and --forget is for resolutions")
    if view is not None:
        show_resolutions(repo, forget, as_json=as_json, fields=fields)
        return
    if stats:
        show_statistics(repo, seconds(since), as_json=as_json, fields=fields)
        return
    show = _matrix if matrix else _radar
    show(repo, as_json=as_json, fields=fields)


def _radar(repo: str | None, *, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        main = plant.mirror.sync(plant.checkout)
        tips = {name: tip for name, tip in plant.checkout.branches().items() if name != plant.checkout.main}
        found = room.radar(plant.mirror, tips, main)
    data = [
        {
            "left": o.left, "right": o.right, "shared": list(o.shared), "conflicts": list(o.conflicts),
            "unknown": o.unknown,
        }
        for o in found.overlaps
    ]  # fmt: skip
    told = [o for o in found.overlaps if o.conflicts or o.unknown]
    rows = [(o.left, o.right, f"unknown: {o.unknown}" if o.unknown else listed(o.conflicts)) for o in told]
    unknown = sum(1 for o in told if o.unknown)
    last = (
        f"{len(tips)} branches, pairs with common files: {len(found.overlaps)}, {len(told) - unknown} in"
        f" conflict{f', {unknown} unknown' if unknown else ''}"
    )
    emit(
        data,
        as_json=as_json,
        fields=fields,
        lines=lambda: [*(table(("BRANCH", "BRANCH", "CONFLICTS IN"), rows) if rows else []), last],
    )
    if found.skipped:
        note(f"{found.skipped} more pairs with common files were not merged")


def _matrix(repo: str | None, *, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        plant.mirror.sync(plant.checkout)
        at = plant.repository.id, plant.checkout.main
        live = plant.database.read(lambda tx: room.live(tx, plant.mirror, *at))
        found = room.matrix(plant.mirror, live.tips)
    data = {
        "tips": dict(live.tips), "left_out": live.left_out, "pairs": len(found.fits),
        "conflicts": [_pair(pair, paths=list(paths)) for pair, paths in found.conflicts.items()],
        "unknown": [_pair(pair, reason=why) for pair, why in found.unknown.items()],
        "paths": dict(found.hot),
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: [*grid(found, width()), *_told(found)])
    if live.left_out:
        note(f"{live.left_out} branches and attempts with older commits were left out")


def _pair(pair: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"left": pair[0], "right": pair[1], **more}


def grid(found: room.Matrix, columns: int) -> Iterator[str]:
    """One row and one column for each piece of work, as many columns as fit; the ones with most conflicts
    come first, the main branch always.
    """
    worst = {name: 0 for name in found.tips}
    for pair in (*found.conflicts, *found.unknown):
        for one in pair:
            worst[one] += 1
    main, *rest = found.tips
    names = [main, *sorted(rest, key=lambda one: -worst[one])]
    digits = len(str(len(names)))
    fitting = names[: max(1, columns - NAME_MIN - digits - 2)]
    room_left = columns - len(fitting) - digits - 2
    size = min(room_left, max(len(one) for one in names))
    for place in range(digits):
        heads = (str(number).rjust(digits)[place] for number in range(1, len(fitting) + 1))
        yield (" " * (digits + size + 2) + "".join(heads)).rstrip()
    for number, one in enumerate(names, 1):
        cells = "".join(_sign(found, one, other) for other in fitting)
        yield f"{number:>{digits}} {_cut(one, size)} {cells}"


def _sign(found: room.Matrix, left: str, right: str) -> str:
    fit = found.at(left, right)
    return "-" if fit is None else SIGNS[fit.clean]


def _told(found: room.Matrix) -> Iterator[str]:
    yield "x conflict  ? unknown  . merges  - itself"
    rows = [(*pair, listed(paths)) for pair, paths in found.conflicts.items()]
    rows += [(*pair, f"unknown: {why}") for pair, why in found.unknown.items()]
    if rows:
        yield from ("", *table(("WORK", "WORK", "CONFLICTS IN"), rows[:PAIRS_SHOWN]))
        yield from _more(rows, "pairs: --json has them all")
    if found.hot:
        yield from ("", *table(("PATH", "PAIRS"), found.hot[:PAIRS_SHOWN]))
        yield from _more(found.hot, "paths")
    yield (
        f"{len(found.tips)} pieces of work, {len(found.fits)} pairs, {len(found.conflicts)} in conflict,"
        f" {len(found.unknown)} unknown"
    )


def _more(rows: Sequence[object], what: str) -> Iterator[str]:
    if len(rows) > PAIRS_SHOWN:
        yield f"and {len(rows) - PAIRS_SHOWN} more {what}"


def listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - SHOWN_MAX} more" if len(paths) > SHOWN_MAX else ""
    return ", ".join(paths[:SHOWN_MAX]) + more


def _cut(name: str, size: int) -> str:
    return name.ljust(size) if len(name) <= size else name[: size - 1] + "…"
