"""`windlass backlog …`: what could be done, and in which order."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from windlass import backlog, dispatch, history
from windlass.app import Plant
from windlass.backlog import Imported, Item, ItemState, Ranked
from windlass.cli.budget import spent_for
from windlass.cli.explaining import explained
from windlass.cli.opening import opened, who
from windlass.cli.render import emit, note, output_options, pairs, repo_option, table
from windlass.cli.task import last_shown
from windlass.dispatch import TaskStatus
from windlass.history import Act
from windlass.kernel import Invalid, NotFound, iso
from windlass.store import Transaction

OPEN = (
    TaskStatus.PENDING, TaskStatus.PLANNING, TaskStatus.IN_PROGRESS, TaskStatus.BLOCKED,
    TaskStatus.REVIEW_NEEDED,
)  # fmt: skip
SCALE = click.Choice(["1", "2", "3", "5", "8", "13"])


def _row(one: Ranked, place: int | None) -> dict[str, object]:
    item = one.item
    return {
        "id": item.id,
        "place": place,
        "state": item.state.value,
        "band": one.band,
        "wsjf": round(one.wsjf, 2),
        "rank": round(one.rank_score, 3),
        "category": item.category,
        "source": item.source,
        "rule": item.rule,
        "title": item.title,
        "findings": one.findings,
        "paths": list(one.paths),
        "age_days": round(one.age_days, 1),
        "value": item.value,
        "criticality": item.criticality,
        "risk_reduction": item.risk_reduction,
        "size": item.size,
        "scored_by": item.scored_by,
        "reason": item.reason,
        "route": item.route,
        "route_reasons": list(item.route_reasons),
        "labels": list(item.labels),
        "fixable": item.fixable,
        "acceptance": list(item.acceptance),
        "playbook": item.playbook,
    }


def _one(plant: Plant, number: int) -> Ranked:
    """One open item with its numbers."""
    settings = plant.plan_settings.rank

    def look(tx: Transaction) -> list[Ranked]:
        backlog.item(tx, number)
        return backlog.ranked(tx, plant.repository.id, tx.now(), settings)

    for one in plant.database.read(look):
        if one.item.id == number:
            return one
    raise NotFound(
        f"item {number} is closed or declined", hint=f"see it with: windlass audit list --item {number}"
    )


@click.command(help="List items in the order in which they will be done.")
@click.option("--state", type=click.Choice([s.value for s in ItemState]), help="Only this state.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@repo_option
@output_options
def list_items(state: str | None, limit: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        ranked = plant.database.read(
            lambda tx: backlog.ranked(tx, plant.repository.id, tx.now(), plant.plan_settings.rank)
        )
    kept = [(n, r) for n, r in enumerate(ranked, 1) if state is None or r.item.state.value == state]
    rows = [
        (n, r.item.id, f"{r.wsjf:.2f}", r.band, r.item.state.value, r.findings, r.item.title)
        for n, r in kept[:limit]
    ]
    header = ("#", "ID", "WSJF", "BAND", "STATE", "PLACES", "TITLE")
    emit(
        [_row(r, n) for n, r in kept[:limit]],
        as_json=as_json,
        fields=fields,
        lines=lambda: (
            table(header, rows) if rows else ["The backlog is empty. Look for work with: windlass discover"]
        ),
    )
    if len(kept) > limit and not as_json:
        note(f"{len(kept) - limit} more; see them with --limit {len(kept)}.")


@click.command(help="Show one item with its findings and history.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def show(number: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        one = _one(plant, number)
        found = plant.database.read(lambda tx: backlog.findings(tx, number))
    row = _row(one, None)
    row["text"] = one.item.text
    row["created_at"] = iso(one.item.created_at)
    row["places"] = [f"{f.path}:{f.line} {f.text}" for f in found]
    emit(row, as_json=as_json, fields=fields, lines=lambda: _shown(row))


def _shown(row: dict[str, Any]) -> list[str]:
    places = row["places"]
    plain = {
        name: value
        for name, value in row.items()
        if name not in ("places", "paths") and value not in ("", [])
    }
    more = [f"  … and {len(places) - 20} more places"] if len(places) > 20 else []
    return [*pairs(plain), "places", *(f"  {place}" for place in places[:20]), *more]


@click.command(help="Explain an item's score, band, route and why it waits.")
@click.argument("number", metavar="ID", type=int)
@repo_option
@output_options
def explain(number: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        one = _one(plant, number)
        settings = plant.plan_settings.rank
        open_tasks = plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id, OPEN))
        task = next((task for task in reversed(open_tasks) if task.item_id == number), None)
        spent = spent_for(plant, task) if task is not None else ""
        shown = () if task is None else plant.database.read(lambda tx: last_shown(tx, task.id))
    told = explained(one, settings, task, spent=spent, shown=shown)
    emit({**_row(one, None), "explanation": told}, as_json=as_json, fields=fields, lines=lambda: told)


accept_option = click.option(
    "--accept", multiple=True, metavar="CHECK",
    help="What shows that it is done: a test (tests/test_x.py::test_y) or a command. Replaces all.",
)  # fmt: skip
playbook_option = click.option(
    "--playbook", metavar="NAME", help="How it is done, instead of what its category says; '' for that again."
)


add_label_option = click.option(
    "--add-label", "added", multiple=True, help="One more label: auto-merge, emergency-pause, hotfix, bulk, …"
)


@click.command(help="Add an item by hand.")
@click.argument("title")
@click.option("--text", default="", help="What has to be done, in more words.")
@click.option("--category", default="technical_debt", show_default=True)
@click.option("--value", type=SCALE, default="3", show_default=True, help="Business value.")
@click.option("--criticality", type=SCALE, default="1", show_default=True, help="Time criticality.")
@click.option("--risk", type=SCALE, default="1", show_default=True, help="Risk reduction.")
@click.option("--size", type=SCALE, default="3", show_default=True, help="Job size.")
@add_label_option
@accept_option
@playbook_option
@repo_option
def add(title: str, repo: str | None, **given: Any) -> None:
    score = backlog.Score(*(int(given[name]) for name in ("value", "criticality", "risk", "size")))
    draft = backlog.Draft(
        key=f"manual:{uuid.uuid4().hex}",
        source="manual",
        rule="",
        category=given["category"],
        title=title,
        text=given["text"],
        score=score,
        labels=tuple(dict.fromkeys(given["added"])),
        acceptance=given["accept"],
        playbook=given["playbook"] or "",
    )
    with opened(repo) as plant:
        if given["playbook"]:
            plant.playbooks.named(given["playbook"])
        number = plant.repository.id

        def work(tx: Transaction) -> Item:
            act = Act("backlog add", who(), title, number)
            with history.recording(tx, act, [(thing, ()) for thing in backlog.ITEM_THINGS]) as running:
                made = backlog.add_item(tx, number, draft, tx.now(), actor=who())
                running.made(backlog.ITEM_THINGS[0], made.id)
                running.tells(f"item {made.id}: {made.title}")
            return made

        made = plant.database.write(work)
    click.echo(f"Item {made.id} is in the backlog")


@click.command(help="Change an item's title, text, labels or state.")
@click.argument("number", metavar="ID", type=int)
@click.option("--title")
@click.option("--text")
@click.option("--label", "labels", multiple=True, help="Replaces all labels; may be repeated.")
@add_label_option
@click.option("--remove-label", "removed", multiple=True, help="Take one label away.")
@accept_option
@playbook_option
@click.option("--state", type=click.Choice(["open", "declined", "closed"]))
@click.option("--reason", default="", help="With --state: why.")
@repo_option
def edit(number: int, repo: str | None, **given: Any) -> None:
    changes, relabels = _changes(given), bool(given["labels"] or given["added"] or given["removed"])
    if not changes and not relabels and not given["state"]:
        raise click.UsageError("Nothing to change: name what is to be changed, see --help.")
    words = [*sorted([*changes, *["labels"] * relabels]), *(["state"] if given["state"] else [])]
    with opened(repo) as plant:
        if given["playbook"]:
            plant.playbooks.named(given["playbook"])

        def work(tx: Transaction) -> Item:
            act = Act("backlog edit", who(), f"item {number}: {', '.join(words)}", plant.repository.id)
            with history.recording(tx, act, [(thing, (number,)) for thing in backlog.ITEM_THINGS]):
                labels = _labels(given, backlog.item(tx, number).labels)
                backlog.edit_item(tx, number, tx.now(), actor=who(), labels=labels, **changes)
                if given["state"]:
                    state = ItemState(given["state"])
                    backlog.move_item(
                        tx, number, state, tx.now(), reason=given["reason"] or "by hand", actor=who()
                    )
            return backlog.item(tx, number)

        item = plant.database.write(work)
    click.echo(f"Item {item.id} is {item.state.value}: {item.title}")


def _changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be changed but labels and state."""
    changes = {name: given[name] for name in ("title", "text", "playbook") if given[name] is not None}
    if given["accept"]:
        changes["acceptance"] = tuple(check for check in given["accept"] if check)
    return changes


def _labels(given: Mapping[str, Any], before: Sequence[str]) -> tuple[str, ...]:
    wanted = dict.fromkeys((*(given["labels"] or before), *given["added"]))
    return tuple(label for label in wanted if label not in given["removed"])


@click.command(help="Score an item yourself, on 1-2-3-5-8-13.")
@click.argument("number", metavar="ID", type=int)
@click.option("--value", type=SCALE)
@click.option("--criticality", type=SCALE)
@click.option("--risk", "risk_reduction", type=SCALE)
@click.option("--size", type=SCALE)
@repo_option
def score(number: int, repo: str | None, **given: str | None) -> None:
    chosen = {name: int(value) for name, value in given.items() if value is not None}
    if not chosen:
        raise click.UsageError("Give at least one of --value, --criticality, --risk and --size.")
    with opened(repo) as plant:

        def work(tx: Transaction) -> None:
            old = backlog.item(tx, number)
            words = ", ".join(f"{name} {value}" for name, value in chosen.items())
            act = Act("backlog score", who(), f"item {number}: {words}", plant.repository.id)
            with history.recording(tx, act, [(thing, (number,)) for thing in backlog.ITEM_THINGS]):
                backlog.set_score(tx, number, replace(old.score, **chosen), tx.now(), by=who())

        plant.database.write(work)
        one = _one(plant, number)
    click.echo(f"Item {number} has WSJF {one.wsjf:.2f}, {one.band}")


@click.command(help="Write backlog.yml.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("-"))
@repo_option
def export(file: Path, repo: str | None) -> None:
    with opened(repo) as plant:
        text = plant.database.read(lambda tx: backlog.export_backlog(tx, plant.repository.id))
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text)
    except OSError as error:
        raise Invalid(
            f"{str(file)!r} cannot be written: {error.strerror}", hint="name another file"
        ) from error
    note(f"Written to {file}. Edit it and read it back with: windlass backlog import {file}")


@click.command(help="Read an edited backlog.yml back.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@repo_option
def import_file(file: Path, repo: str | None) -> None:
    text = file.read_text(errors="replace")
    with opened(repo) as plant:

        def work(tx: Transaction) -> Imported:
            act = Act("backlog import", who(), file.name, plant.repository.id)
            with history.recording(tx, act, [(thing, None) for thing in backlog.ITEM_THINGS]) as running:
                done = backlog.import_backlog(tx, plant.repository.id, text, tx.now(), by=who())
                running.tells(f"{file.name}: {done.added} added, {done.changed} changed")
            return done

        done = plant.database.write(work)
    left = f", {len(done.done)} done there and left out" if done.done else ""
    click.echo(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged{left}")
