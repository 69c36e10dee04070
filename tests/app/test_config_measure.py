"""The hours at which a server measures by itself."""

import pytest

from windlass.app.config import build
from windlass.app.config_layers import environment_layer, toml_layer
from windlass.app.config_measure import Measure
from windlass.app.config_sections import Config
from windlass.app.hours import parse_hour
from windlass.kernel import Invalid


def test_it_is_on_by_default_and_the_defaults_are_hours() -> None:
    assert Config().measure == Measure("02:17", "sun 02:17")
    assert parse_hour(Measure().nightly_at) is not None
    assert parse_hour(Measure().weekly_at) is not None


@pytest.mark.parametrize("text", ["24:00", "2:17", "sun 02:17", "noon"])
def test_what_is_no_hour_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"measure\.nightly_at"):
        build([toml_layer(f'[measure]\nnightly_at = "{text}"\n'.encode(), "windlass.toml")])


def test_it_can_be_turned_off_and_a_repository_does_not_say_when() -> None:
    off = build([environment_layer({"WINDLASS_MEASURE_WEEKLY_AT": "never"})])
    assert parse_hour(off.config.measure.weekly_at) is None
    off = build([toml_layer(b'[measure]\nnightly_at = ""\n', "windlass.toml")])
    assert parse_hour(off.config.measure.nightly_at) is None
    with pytest.raises(Invalid, match="may not be set from inside the repository"):
        build([toml_layer(b'[measure]\nnightly_at = "12:00"\n', "windlass.toml", inside=True)])
