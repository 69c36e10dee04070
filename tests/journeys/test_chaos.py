"""A storm of a minute: nothing is lost, nothing is done twice. `scripts/chaos.py` blows for longer."""

from pathlib import Path

import pytest

from tests.journeys.storm import Storm, Weather


@pytest.mark.slow
@pytest.mark.postgres
def test_workers_and_servers_that_die_freeze_and_lose_connections_lose_no_work(
    tmp_path: Path, postgres_url: str
) -> None:
    books = Storm(tmp_path, postgres_url, Weather()).run()
    assert books.wrong == [], books.told()
    assert sum(books.blows.values()) > 15
    assert books.landed > 5
