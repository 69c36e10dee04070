"""From what was found to tasks that can be claimed: the gate, the filing, and the mesh's own tick."""

from windlass import dispatch, land, mesh, plan, trials
from windlass.app.wiring import Plant, weights_of
from windlass.dispatch import Site


def route(plant: Plant, site: Site) -> None:
    """Open again what a look has overtaken, let the gate look at every open item, then make tasks of what it
    let through.
    """
    tick(plant, site)
    settings, capable = plant.plan_settings, dispatch.staff(site.runners).taker
    plant.database.write(lambda tx: plan.tick(tx, site.repository, settings, capable, tx.now()))
    tick(plant, site)


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
