"""Settings of planning."""

from windlass.plan import PlanSettings
from windlass.plan.model import NO_RUNNER
from windlass.policy import Scope


def test_defaults_are_the_documented_ones() -> None:
    settings = PlanSettings()
    assert settings.rank.threshold == 1.0
    assert settings.scope == Scope()
    assert settings.questions_max == 50
    assert NO_RUNNER == "no runner accepts it"
