"""A night measures main for real, once, and goes on where it was broken off."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import pytest
from tests.app.online import online
from tests.app.shop import CLEAN, Bench, Shop, bench, held

from windlass import policy, ratchet
from windlass.app import night_log
from windlass.app.config_measure import Measure
from windlass.app.night_log import Every, Part, State
from windlass.app.nights import Measuring, Nights
from windlass.app.ratcheting import start_nothing
from windlass.app.verifying import Verifying
from windlass.app.wiring import Plant
from windlass.events import history
from windlass.kernel import FixedClock

ROOT = Path(__file__).parents[2]
TEST = "from shop.part_0 import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
HOUR = {"WINDLASS_MEASURE_NIGHTLY_AT": "02:17", "WINDLASS_MEASURE_WEEKLY_AT": "never"}
NAMES = ["tier-2", "recall", "mutation-5"]
MANY = "".join(
    f"def f{n}(a, b):\n    if a > b:\n        return a - {n}\n    return a + b\n" for n in range(80)
)
TRIES = "from shop import many\n\n\n" + "".join(
    f"def test_{n}():\n    assert many.f{n}(1, 2) == 3\n    assert many.f{n}(5, 2) == {5 - n}\n"
    for n in range(80)
)


def first_night() -> float:
    """02:17 UTC of tomorrow: the repository is under care by then."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return tomorrow.replace(hour=2, minute=17, second=0, microsecond=0).timestamp()


class House:
    """A repository under care whose clock is ours."""

    def __init__(self, shop: Shop, **settings: str) -> None:
        shop.outside.more_env.update({**HOUR, **settings})
        self.shop, self.clock = shop, FixedClock(first_night())
        self.open()

    def open(self) -> None:
        """As a server that starts, or starts again."""
        self.plant: Plant = self.shop.open()
        self.at: Bench = bench(self.plant, start_nothing, clock=self.clock)
        self.measuring = Measuring(self.plant, self.at.site, zone=UTC)

    def steps(self, most: int = 12) -> int:
        return next(n for n in range(most) if not (self.measuring.due() and self.measuring.step()))

    def told(self) -> list[tuple[str, Any]]:
        found = self.at.read(lambda tx: history(tx))
        return [
            (one.kind, one.data.get("part") or one.data["every"])
            for one in found
            if one.kind.startswith("night.")
        ]

    def parts(self) -> dict[str, Part]:
        number = self.plant.repository.id

        def look(tx):
            night = night_log.newest(tx, number, Every.NIGHT)
            return night_log.parts(tx, number, night)

        return self.at.read(look)


@pytest.fixture
def house(shop: Shop) -> House:
    """Code without a test: what there is to measure is measured in seconds."""
    shop.commit({"shop/part_0.py": CLEAN})
    return House(shop)


@pytest.mark.slow
def test_a_night_that_is_due_measures_everything_once(shop: Shop) -> None:
    shop.commit({"shop/part_0.py": CLEAN, "tests/test_part.py": TEST})
    house = House(shop)
    house.clock.at -= 1.0
    assert house.measuring.due() is (house.clock.at > time.time() + 86_400.0)
    house.clock.at += 1.0
    assert house.steps() == 4
    assert house.told() == [
        ("night.began", "night"), *(("night.measured", name) for name in NAMES), ("night.finished", "night"),
    ]  # fmt: skip
    found = house.parts()
    assert (found["tier-2"].said, found["tier-2"].final) == ("passed", True), found
    assert found["tier-2"].figures["checks"] > 2
    # One statement has few faults: measured, and told as saying too little.
    assert found["recall"].said == found["mutation-5"].said == "unknown"
    assert found["recall"].final
    assert found["recall"].figures["faults"] > 0
    assert "say too little" in found["mutation-5"].why[0]
    assert house.at.read(
        lambda tx: tx.scalar("SELECT count(*) FROM wl_evidence WHERE check_id LIKE 'pytest%:again-1'")
    )
    house.clock.advance(3_600.0)
    assert house.steps() == 0
    house.clock.advance(86_400.0)
    assert house.steps() == 1
    assert house.told()[-1] == ("night.unchanged", "night")
    assert house.steps() == 0


def test_a_missed_week_is_made_good_once_and_a_changed_tree_is_measured_anew(house: House) -> None:
    assert house.steps() == 4
    house.shop.commit({"README": "a shop"})
    house.clock.advance(7 * 86_400.0 + 40_000.0)
    house.open()
    assert house.steps() == 4
    kinds = [kind for kind, _ in house.told()]
    assert (kinds.count("night.began"), kinds.count("night.finished")) == (2, 2)
    # What moves main in the day waits for its night.
    house.shop.commit({"README": "a shop, still"})
    assert house.steps() == 0


def test_what_is_not_there_is_unknown_with_the_reason_and_not_tried_again(house: House) -> None:
    house.steps()
    found = house.parts()
    assert found["recall"].why == ("no check here runs tests; windlass doctor says why",)
    assert (found["recall"].said, found["recall"].final) == ("unknown", True)
    number = house.plant.repository.id
    night = house.at.read(lambda tx: night_log.newest(tx, number, Every.NIGHT))
    assert (night.state, night.commit) == (State.FINISHED, house.shop.outside.git("rev-parse", "HEAD"))
    (over,) = house.at.events("night.finished")
    assert '"recall: no check here runs tests' in over


def test_a_measurement_that_breaks_is_on_record_and_told_and_tried_again_the_next_night(house: House) -> None:
    database, head = house.plant.database, house.shop.outside.git("rev-parse", "HEAD")
    Verifying(house.plant).main(0, head)
    database.write(lambda tx: tx.execute("UPDATE wl_evidence SET metrics = 'nothing that was ever written'"))
    with pytest.raises(JSONDecodeError):
        house.measuring.step()
    database.write(lambda tx: tx.execute("DELETE FROM wl_evidence"))
    (why,) = house.parts()["tier-2"].why
    assert why.startswith("JSONDecodeError: ")
    house.open()
    assert house.steps() == 3
    house.clock.advance(86_400.0)
    assert house.steps() == 2
    assert house.told()[-3:] == [
        ("night.began", "night"), ("night.measured", "tier-2"), ("night.finished", "night"),
    ]  # fmt: skip
    assert house.parts()["tier-2"].said != "unknown"


@pytest.mark.slow
def test_what_stays_unknown_of_a_tree_is_tried_only_so_often(shop: Shop) -> None:
    # What these tests run cannot be recorded, and another night changes nothing about that.
    shop.commit({"shop/part_0.py": CLEAN, "tests/test_part.py": TEST, "conftest.py": "raise SystemExit\n"})
    house = House(shop)
    for _ in range(night_log.TRIES_MAX + 2):
        house.steps()
        house.clock.advance(86_400.0)
    recalls = [one for one in data(house, "night.measured") if one["part"] == "recall"]
    assert [one["said"] for one in recalls] == ["unknown"] * night_log.TRIES_MAX
    assert "no map of tests" in recalls[0]["why"][0]
    assert house.told()[-1] == ("night.unchanged", "night")


def test_a_night_goes_on_with_its_commit_and_begins_anew_where_that_is_gone(house: House) -> None:
    git, first = house.shop.outside.git, house.shop.outside.git("rev-parse", "HEAD")
    assert house.measuring.step()
    house.shop.commit({"README": "one more"})
    house.open()
    assert house.measuring.step()
    assert {one["commit"] for one in data(house, "night.measured")} == {first}
    git("reset", "-q", "--hard", "HEAD~2")
    house.shop.commit({"README": "another history"})
    assert house.steps() == 4
    last = data(house, "night.finished")[-1]
    assert last["commit"] == git("rev-parse", "HEAD") != first
    assert [kind for kind, _ in house.told()].count("night.began") == 2


def test_landings_go_first_and_what_struck_before_the_repository_came_was_not_missed(house: House) -> None:
    with held(house.at):
        assert not house.measuring.due()
    assert house.measuring.due()
    house.at.plant.database.write(lambda tx: tx.execute("UPDATE wl_task SET status = 'review_needed'"))
    assert not house.measuring.due()
    house.at.plant.database.write(lambda tx: tx.execute("UPDATE wl_task SET status = 'completed'"))
    assert house.measuring.due()
    house.clock.at = time.time()
    assert not house.measuring.due()


def test_a_clock_that_is_set_back_stops_no_night(house: House) -> None:
    house.clock.advance(400 * 86_400.0)
    assert house.steps() == 4
    house.clock.advance(-300 * 86_400.0)
    assert house.steps() == 1
    assert house.told()[-1] == ("night.unchanged", "night")


def test_the_week_goes_first_and_the_night_has_nothing_left(shop: Shop) -> None:
    shop.commit({"shop/part_0.py": CLEAN})
    day = datetime.fromtimestamp(first_night(), UTC).strftime("%a").lower()
    house = House(shop, WINDLASS_MEASURE_WEEKLY_AT=f"{day} 02:17")
    assert house.steps() == 5
    assert house.told() == [
        ("night.began", "week"), ("night.measured", "tier-3"), ("night.measured", "recall"),
        ("night.measured", "mutation-100"), ("night.finished", "week"), ("night.unchanged", "night"),
    ]  # fmt: skip


def test_no_hour_is_never_and_a_repository_that_is_only_watched_is_not_measured(house: House) -> None:
    house.shop.outside.more_env["WINDLASS_MEASURE_NIGHTLY_AT"] = "never"
    house.open()
    assert (house.measuring.wanted, house.measuring.due()) == (False, False)
    assert Measure().nightly_at
    house.shop.outside.more_env["WINDLASS_MEASURE_NIGHTLY_AT"] = "02:17"
    for level, runs in (("watch", False), ("propose", True)):
        house.shop.outside.more_env["WINDLASS_AUTONOMY_LEVEL"] = level
        plant = house.shop.open()
        nights = Nights(plant, house.at.site, may=lambda: False, on_trouble=lambda trouble: None)
        nights.start()
        assert (nights._thread.ident is not None) is runs
        nights.stop()
        nights.join(10)


CHILD = """
import sys
from datetime import UTC
from pathlib import Path
import os
from dataclasses import replace
from windlass.app.nights import Measuring
from windlass.app.ratcheting import start_nothing
from windlass.app.wiring import Wish, open_plant, site_of
from windlass.kernel import FixedClock
plant = open_plant(Wish(repo=Path(sys.argv[1])), os.environ)
site = replace(site_of(plant, start_nothing, "node-child"), clock=FixedClock(float(sys.argv[2])))
measuring = Measuring(plant, site, zone=UTC)
while measuring.step():
    print("step", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing_on_record(shop: Shop, steps: int) -> None:
    shop.commit({"shop/part_0.py": CLEAN, "tests/test_part.py": TEST})
    house = House(shop)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(shop.repo), str(house.clock.at)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, **shop.env}, cwd=ROOT,
    )  # fmt: skip
    assert child.stdout is not None
    for _ in range(steps):
        assert child.stdout.readline() == "step\n"
    time.sleep(0.3)  # into the next measurement
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    before = house.told()
    assert len(before) >= steps
    house.open()
    house.steps()
    assert house.told()[: len(before)] == before
    assert house.told() == [
        ("night.began", "night"), *(("night.measured", name) for name in NAMES), ("night.finished", "night"),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_server_measures_by_itself_and_never_in_a_pause(shop: Shop) -> None:
    shop.commit({"shop/part_0.py": CLEAN})
    shop.outside.more_env.update(HOUR)
    plant = shop.open()
    number = plant.repository.id

    def long_ago(tx):
        tx.execute("UPDATE wl_repository SET added_at = 1 WHERE id = :id", id=number)
        policy.pauses.pause(tx, number, tx.now(), by="person:ann", reason="holidays")

    def nights() -> list[str]:
        found = plant.database.read(lambda tx: history(tx))
        return [one.kind for one in found if one.kind.startswith("night.")]

    plant.database.write(long_ago)
    with online(shop):
        time.sleep(12)
        assert nights() == []
        plant.database.write(lambda tx: policy.pauses.resume(tx, number, tx.now(), by="person:ann"))
        until = time.monotonic() + 90
        while "night.finished" not in nights() and time.monotonic() < until:
            time.sleep(0.5)
    assert nights() == ["night.began", *["night.measured"] * 3, "night.finished"]


@pytest.mark.nightly
def test_enough_faults_are_figures_and_count_for_the_ratchet(shop: Shop) -> None:
    shop.commit({"shop/many.py": MANY, "tests/test_many.py": TRIES, "shop/part_0.py": CLEAN})
    house = House(shop)
    assert house.steps() == 4
    found = house.parts()
    assert found["recall"].said in ("passed", "failed")
    assert found["recall"].figures["faults"] >= 20
    assert found["mutation-5"].said == "passed"
    score = found["mutation-5"].figures["score"]
    metrics = ratchet.parse_metrics(house.at.site.ratchet)
    standing = house.at.read(
        lambda tx: ratchet.standings(tx, house.plant.repository.id, [ratchet.find(metrics, "mutation")])
    )[0]
    assert standing.latest.value == pytest.approx(score)


def data(house: House, kind: str) -> list[Any]:
    return [one.data for one in house.at.read(lambda tx: history(tx)) if one.kind == kind]
