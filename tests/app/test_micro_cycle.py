"""The story of a bug: mended without a test and sent back, then shown red and green, and landed as such."""

import json
from dataclasses import replace

from tests.app.shop import Shop, bench

from windlass import backlog, dispatch, land, verify
from windlass.app.filing import Order, filer
from windlass.app.wiring import scope_of
from windlass.app.workflows import LAND, VERIFY, bodies
from windlass.backlog import ItemState
from windlass.dispatch import RunnerSpec, TaskStatus
from windlass.store import Started, Transaction

BUG = "def half(a):\n    return a  # FIXME: forgets to halve\n"
TEST = "import unittest\nfrom shop.half import half\n\n\nclass HalfTest(unittest.TestCase):\n"
SECOND = TEST + "    def test_half(self):\n        self.assertEqual(half(4), 2)\n"
AGENT = f"""
printf 'def half(a):\\n    return a / 2\\n' > shop/half.py
if grep -q 'no red test' "$WINDLASS_TASK"; then
cat > tests/test_half.py <<'END'
{SECOND}END
fi
"""
"""Mends the bug, and writes a test only when it is told that one is missing."""


def test_a_fix_comes_back_for_its_red_test_and_lands_with_it(shop: Shop) -> None:
    shop.commit({"shop/half.py": BUG, "shop/__init__.py": "", "tests/__init__.py": ""})
    start, plant = Started(), shop.open(land=True)
    plant.mirror.sync(plant.checkout)
    runners = {"agent": RunnerSpec("command", {"command": ["sh", "-c", AGENT]})}
    at = bench(plant, start, runners=runners, scope=replace(scope_of(plant.config), max_files=5))

    def found(tx: Transaction) -> int:
        draft = backlog.Draft("bug:1", "Halve", category="bug")
        item = backlog.add_item(tx, plant.repository.id, draft, 1.0)
        tx.execute(
            "INSERT INTO wl_finding (repository_id, item_id, source, rule, fingerprint, path, line, text,"
            " severity, state, first_commit, first_seen_at, last_seen_at)"
            " VALUES (:r, :i, 'comments', 'FIXME', 'f', 'shop/half.py', 2, 'forgets to halve', 'warning',"
            " 'open', 'c', 1, 1)",
            r=plant.repository.id, i=item.id,
        )  # fmt: skip
        backlog.move_item(tx, item.id, ItemState.ROUTED, 1.0, actor="ann")  # ranked too high to go unasked
        return item.id

    plant.database.write(found)
    [number] = dispatch.tick(at.site, at.site.clock()).filed
    assert at.task(number).spec.playbook == "bug"
    assert "How this is done (playbook bug)" in at.task(number).spec.instructions
    notes = []
    for _ in range(2):
        worked = dispatch.work_once(at.site, "w1")
        assert worked is not None
        assert worked.status is TaskStatus.REVIEW_NEEDED, worked
        bodies(at.site)[VERIFY](task=number, fence=worked.fence)
        notes.append(at.task(number).note)
    assert "the change brings no new or changed test" in notes[0]
    [landing] = at.read(lambda tx: land.landings(tx, plant.repository.id))
    bodies(at.site)[LAND](landing=landing.id)
    assert at.task(number).status is TaskStatus.COMPLETED, at.task(number)
    cycle = at.read(lambda tx: verify.cycle.shown(tx, number, at.task(number).fence))
    assert [str(one) for one in cycle.shown] == [
        "tests/test_half.py::HalfTest::test_half: failed on the base, passed on the change"
        " (AssertionError: 4 != 2)"
    ]
    said = shop.outside.git("log", "-1", "--format=%B", "main")
    assert f"Windlass-Evidence: {cycle.shown[0]}" in said


def test_a_filed_bug_carries_its_acceptance_checks_and_its_playbook(shop: Shop) -> None:
    plant = shop.open()
    order = Order(
        "Halve", "backend", ("shop/",), text="It forgets.", kind="bug", acceptance=("pytest tests/test_h.py",)
    )
    made = plant.database.write(filer(plant, order, "ann"))
    spec = plant.database.read(lambda tx: dispatch.task(tx, made.task)).spec
    assert (spec.playbook, spec.acceptance) == ("bug", ("pytest tests/test_h.py",))
    assert spec.allowed == ("shop/", *plant.playbooks.named("bug").also)
    assert spec.instructions.endswith("- `pytest tests/test_h.py`")
    assert json.loads(spec.dump())["acceptance"] == ["pytest tests/test_h.py"]
