"""Settings full of mistakes: all of them at once, each with place, value and what to write instead."""

from pathlib import Path

import pytest

from tests.journeys.care import again, commit, light, refusal, run, untouched
from tests.journeys.plant import Plant

MISTAKES = """
[autonmy]
level = "propose"
[autonomy]
level = "yolo"
max_files = "many"
[backlog]
threshold = -3
agging_max = 2
[verify]
pr = 7
[dispatch]
workers = 0
"""
TOLD = (
    "autonmy: is no section windlass knows (did you mean 'autonomy'?)",
    "autonomy.level = 'yolo': must be one of watch, propose, merge-on-green, unattended",
    "autonomy.max_files = 'many': must be a whole number of at least 1",
    "backlog.threshold = -3: must be a number of at least 0",
    "backlog.agging_max: is no key windlass knows (did you mean 'aging_max'?)",
    "verify.pr = 7: must be a list of commands",
    "dispatch.workers = 0: must be a whole number from 1 to 1000",
)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return light(tmp_path)


@pytest.mark.parametrize("where", ["data home", "repository"])
def test_every_mistake_of_a_settings_file_is_told_at_once(plant: Plant, where: str) -> None:
    if where == "data home":
        assert plant.windlass("init", "--repo", str(plant.repo)).returncode == 0
        (place,) = plant.home.glob("mirrors/*/windlass.toml")
        place.write_text(MISTAKES)
    else:
        (plant.repo / "windlass.toml").write_text(MISTAKES)
        commit(plant)
        place = Path("windlass.toml")
    with untouched(plant):
        told = refusal(run(plant, "--json"), 2)["message"]
    assert "7 mistakes" in told
    for line in TOLD:
        assert f"{place}: {line}" in told
    assert not (plant.home / "windlass.db").exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[autonomy\nlevel =", "is not valid TOML"), (b"\xff\xfe\x00", "is not UTF-8"),
     (b"x = 1\n" * 50_000, "is larger than 262144 bytes")],
)  # fmt: skip
def test_a_settings_file_that_cannot_be_read_says_why(plant: Plant, content: bytes, words: str) -> None:
    assert plant.windlass("init", "--repo", str(plant.repo)).returncode == 0
    (place,) = plant.home.glob("mirrors/*/windlass.toml")
    place.write_bytes(content)
    told = refusal(run(plant, "--json"), 2)["message"]
    assert f"{place}: {words}" in told


def test_every_mistake_of_the_environment_is_told_and_no_password(plant: Plant) -> None:
    wrong = again(
        plant, WINDLASS_BACKLOG_THRESHOLD="abc", WINDLASS_AUTONOMY_LEVLE="propose",
        WINDLASS_DATABASE_URL="mysql://me:hunter2@host/x",
    )  # fmt: skip
    done = run(wrong, "--json")
    told = refusal(done, 2)["message"]
    assert "3 mistakes" in told
    for line in (
        "environment: WINDLASS_BACKLOG_THRESHOLD = 'abc': must be a number",
        "environment: WINDLASS_AUTONOMY_LEVLE: is no variable windlass knows",
        "environment: WINDLASS_DATABASE_URL = 'mysql://me:***@host/x': must be empty, or an address",
    ):
        assert line in told
    assert "hunter2" not in done.stdout + done.stderr


def test_a_database_server_that_is_away_is_told_without_its_password(plant: Plant) -> None:
    away = again(plant, WINDLASS_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/x")
    done = run(away, "--json")
    told = refusal(done, 7)
    assert "127.0.0.1:1/x" in told["message"]
    assert "hunter2" not in done.stdout + done.stderr
