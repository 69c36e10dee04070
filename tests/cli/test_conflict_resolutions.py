"""What was learned is shown and forgotten; views are not mixed."""

from pathlib import Path

from click.testing import CliRunner
from tests.journeys.plant import Plant

from windlass.cli.conflicts import conflicts


def test_nothing_is_known_and_nothing_can_be_forgotten_at_first(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    done = plant.windlass("conflicts", "resolutions", "--repo", str(plant.repo))
    assert "Nothing was learned of conflicts yet." in done.stdout


def test_views_are_not_mixed() -> None:
    for words in (["--matrix", "--stats"], ["resolutions", "--stats"], ["--since", "1d"], ["--forget", "x"]):
        assert CliRunner().invoke(conflicts, words).exit_code == 2
