"""The mesh of a process starts workflows where they belong and hands out the right procedure."""

import pytest
from tests.app.shop import Shop, bench

from windlass.app.config_sections import Config, Mesh
from windlass.app.engine import Engine
from windlass.app.meshing import mesh_settings, procedures, starter
from windlass.kernel import NotFound
from windlass.mesh import Approve, procedure
from windlass.store import Started, Transaction


def test_a_workflow_goes_to_the_queue_of_its_repository(any_shop: Shop) -> None:
    plant = any_shop.open()
    plant.mirror.sync(plant.checkout)
    at = bench(plant, Started())
    task = at.file()
    engine = Engine(plant.database, node="n", concurrency={}, repositories=())
    engine.launch({"verify": lambda task, fence: None})
    try:
        start = starter(engine)
        plant.database.write(lambda tx: start(tx, "verify", "verify:1:1", task=task, fence=1))

        def nothing(tx: Transaction) -> None:
            start(tx, "verify", "verify:99:1", task=99, fence=1)

        with pytest.raises(NotFound):
            plant.database.write(nothing)
        assert engine.running() == 1  # nobody serves that queue here
    finally:
        engine.close()


def test_a_procedure_is_the_repositorys_own_where_it_has_one(shop: Shop) -> None:
    own = "---\nrole: worker\nversion: 1.0.0\nsummary: ours\n---\n# Ours\n\nAsk Ann first.\n"
    shop.commit({".windlass/sops/worker.md": own})
    plant = shop.open()
    plant.mirror.sync(plant.checkout)
    at = bench(plant, Started())
    task = at.task(at.file())
    assert "Ask Ann first." in procedures({plant.repository.id: at.site})(task)
    assert procedures({})(task) == procedure("worker").text




def test_what_the_owner_set_reaches_the_server_s_mesh() -> None:
    own = Mesh(guardians=("audit",), approve=Approve.NEVER, guardians_of=("typo:",), rerun_s=30.0)
    found = mesh_settings(Config(mesh=own), land=True)
    assert (found.guardians, found.approve, found.land) == (("audit",), Approve.NEVER, True)
    assert (dict(found.guardians_of), found.rerun_s) == ({"typo": ()}, 30.0)
