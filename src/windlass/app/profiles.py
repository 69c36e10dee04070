"""What holds a profile to its model and its limits, and which of them nobody could hold. Pure."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

from windlass import dispatch
from windlass.app.config import provider_named
from windlass.app.config_agents import Profile
from windlass.app.config_budget import MICRO
from windlass.app.config_values import Plug
from windlass.dispatch import budgets
from windlass.kernel import Invalid

MODEL: Final = "model"
OUTSIDE: Final = "nobody: agents that connect by themselves bring a model and limits of their own"
UNASKED: Final = "nobody needs to: its runner has no provider, so its box reaches no model"
HELD: Final = {
    "model": "the meter: it is told to the runner, and another one is refused with 403",
    "requests": "the meter: one more in the window is answered 429 with Retry-After; no attempt begins",
    "cost": "the budget of each of its tasks: a person is asked whether to extend it",
}
BOX: Final = {
    "time": "the sandbox: each program of an attempt is ended",
    "memory_mb": "the sandbox: a control group where one is delegated, else each process",
}


def metered(profile: Profile) -> bool:
    """Whether windlass sees what its agents ask of models."""
    return profile.runner is not None and bool(provider_named(profile.runner))


def held_by(profile: Profile) -> dict[str, str]:
    """By what each limit of a profile is held, in words."""
    if profile.runner is None:
        return dict.fromkeys((*HELD, *BOX), OUTSIDE)
    return {**(HELD if metered(profile) else dict.fromkeys(HELD, UNASKED)), **BOX}


def limited(budget: budgets.Budget, profiles: Sequence[Profile]) -> budgets.Budget:
    """A budget, and what the profiles may use: money for a task, and requests in a window.

    Raises Invalid where money is limited and nobody would see it go.
    """
    for one in profiles:
        if one.limits.cost is not None and not metered(one):
            raise Invalid(
                f"profile {one.name!r} limits its cost, which nobody could measure",
                hint="give it a runner with a provider, or leave the limit out",
            )
    counted = [one for one in profiles if metered(one)]
    return replace(
        budget,
        task_of=tuple(
            (one.name, ((budgets.Counter.MONEY, math.ceil(one.limits.cost * MICRO)),))
            for one in counted
            if one.limits.cost is not None
        ),
        windows=tuple((one.name, one.limits.requests, one.limits.window_s) for one in counted),
    )


def with_model(profile: Profile, runner: Plug) -> Plug:
    """A profile's runner, set to the profile's model where its kind takes one.

    Raises Invalid when the two name different models.
    """
    if not profile.model or MODEL not in {
        one.name for one in fields(dispatch.RUNNERS.module(runner.kind).Settings)
    }:
        return runner
    own = runner.settings.get(MODEL, profile.model)
    if own != profile.model:
        raise Invalid(
            f"profile {profile.name!r} names model {profile.model!r}, and its runner {own!r}",
            hint="name it once, in the profile",
        )
    return replace(runner, settings={**runner.settings, MODEL: own})
