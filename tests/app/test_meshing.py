"""The mesh of a process starts workflows where they belong and hands out the right procedure."""

from pathlib import Path

import pytest
from tests.app.shop import Shop, bench, new_shop

from windlass import dispatch, policy
from windlass.app.engine import Engine
from windlass.app.meshing import mesh_of, procedures, starter
from windlass.app.wiring import Wish, open_plant, settings_place
from windlass.identity import Principal, Role
from windlass.kernel import NotFound
from windlass.mesh import Approve, Caller, procedure, rules_of
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


def test_every_call_goes_by_the_settings_of_the_repository_that_it_is_about(tmp_path: Path) -> None:
    """Two repositories on one server, with other times and other guardians; the first one is not for all."""
    one, two = new_shop(tmp_path / "one"), new_shop(tmp_path / "two")
    first = one.open()
    place = settings_place(first.home, two.repo)
    place.parent.mkdir()
    place.write_text(
        '[project]\nname = "two"\n[dispatch]\nlease = "60s"\n[mesh]\nguardians = ["audit"]\n'
        'approve = "never"\nguardians_of = ["typo:"]\nrerun_limit = "30s"\nanswer_within = "2m"\n'
    )
    second = open_plant(Wish(repo=two.repo), one.env, first.database)
    benches = [bench(plant, Started()) for plant in (first, second)]
    found = rules_of(benches[1].site).settings
    assert (found.guardians, found.approve, found.rerun_s) == (("audit",), Approve.NEVER, 30.0)
    assert dict(found.guardians_of) == {"typo": ()}
    engine = Engine(first.database, node="n", concurrency={}, repositories=())
    sites = {at.site.repository.id: at.site for at in benches}
    mesh = mesh_of(first.database, sites, engine)
    caller = Caller(Principal("runner:w", Role.AGENT, instance="w"))
    for at, lease_s, within_s in zip(benches, (300.0, 60.0), (86_400.0, 120.0), strict=True):
        at.site.mirror.sync(at.site.checkout)
        at.file()
        claimed = mesh.call("claim_task", caller, {"repository": at.site.repository.name})
        lease = claimed["lease"]
        assert lease["renew_every_s"] == mesh.lease_s(at.site.repository.id) / 3 == lease_s / 3
        token = {"lease_token": lease["token"]}
        assert mesh.call("renew_lease", caller, token)["renew_every_s"] == lease_s / 3
        held = at.read(lambda tx, n=lease["task_id"]: dispatch.lease_of(tx, n))
        assert held is not None
        assert lease_s - 30 < held.expires_at - at.read(lambda tx: tx.now()) <= lease_s
        asked = mesh.call("ask_clarification", caller, {**token, "question": "which?"})
        decision = at.read(lambda tx, n=asked["decision_id"]: policy.decision(tx, n))
        assert decision.deadline - decision.created_at == within_s
    engine.close()
    one.close()
