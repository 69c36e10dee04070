"""From what is found to tasks that can be claimed: the look, the gate, the filing, the tick of the mesh."""

from collections.abc import Container

from windlass import backlog, dispatch, land, mesh, plan, trials
from windlass.app.discovery import discover
from windlass.app.wiring import Plant, weights_of
from windlass.backlog import ItemState
from windlass.dispatch import Site


def look(plant: Plant, site: Site) -> bool:
    """Look for work and route what is open; whether some of that has to wait for another look.

    A landing opens its item again. Where that happens while we look, we may have seen the item's findings
    before they were gone, and would hand out work that is done.
    """
    repository = site.repository.id
    items = plant.database.read(lambda tx: backlog.items(tx, repository, (ItemState.ACTIVE,)))
    discover(plant, site)
    return not plant.watches and bool(route(plant, site, but={item.id for item in items}).late)


def route(plant: Plant, site: Site, *, but: Container[int] = ()) -> plan.Planned:
    """Open again what a look has overtaken, let the gate look at every open item, then make tasks of what it
    let through.
    """
    tick(plant, site)
    settings, capable = plant.plan_settings, dispatch.staff(site.runners).taker
    planned = plant.database.write(
        lambda tx: plan.tick(tx, site.repository, settings, capable, tx.now(), but=but)
    )
    tick(plant, site)
    return planned


def tick(plant: Plant, site: Site) -> bool:
    """Move everything of one repository one step; whether tasks were filed."""
    rules = mesh.rules_of(site)
    plant.database.write(lambda tx: mesh.tick(tx, site.repository.id, rules, tx.now()))
    land.revert.tick(site)
    trials.tick(site, weights_of(plant.config), site.clock())
    filed = bool(dispatch.tick(site, site.clock()).filed)
    plant.database.write(lambda tx: dispatch.roster.bury_silent(tx, tx.now()))
    if plant.database.read(lambda tx: dispatch.matches.due(tx, tx.now())):
        plant.database.write(lambda tx: dispatch.match_up(tx, site.repository.id, tx.now()))
    return filed
