"""Silence is only what was listened to."""

from windlass.app.silence import GAP_MAX_S, Heard, listen, silent


def hear(looks: list[tuple[float, dict[str, float]]]) -> dict[str, Heard]:
    heard: dict[str, Heard] = {}
    for gap_s, beats in looks:
        heard = listen(heard, beats, gap_s)
    return heard


def test_a_beat_that_stays_is_silence_and_a_new_one_ends_it() -> None:
    looks = [(3.0, {"n": 10.0})] * 6
    assert silent(hear(looks), 15.0) == {"n": 10.0}
    assert silent(hear([*looks, (3.0, {"n": 11.0})]), 15.0) == {}
    assert silent(hear(looks[:-1]), 15.0) == {}


def test_the_first_look_proves_nothing_however_old_the_beat_is() -> None:
    assert silent(hear([(3.0, {"n": -1e9})]), 0.1) == {}


def test_a_beat_from_the_future_is_no_sign_of_life() -> None:
    assert silent(hear([(3.0, {"n": 1e12})] * 7), 15.0) == {"n": 1e12}


def test_a_clock_that_jumps_moves_beats_and_so_makes_nobody_dead() -> None:
    assert silent(hear([(3.0, {"n": 1000.0}), (3.0, {"n": 4600.0}), (3.0, {"n": 1003.0})]), 1.0) == {}


def test_a_listener_that_was_away_heard_no_silence() -> None:
    """An outage of the database, or our own freeze: nobody could beat, or nobody looked."""
    heard = hear([(3.0, {"n": 10.0}), (3600.0, {"n": 10.0})])
    assert heard["n"].silent_s == GAP_MAX_S
    assert silent(heard, 15.0) == {}


def test_a_node_that_is_buried_or_gone_is_forgotten() -> None:
    assert hear([(3.0, {"n": 10.0}), (3.0, {})]) == {}
