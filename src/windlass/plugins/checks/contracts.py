"""Hold contracts against their standards: OpenAPI, Swagger, AsyncAPI and JSON Schema, found by what they say.

Found are documents that cannot be read, keys that stand there twice, what the official meta-schema or the
dialect refuses, references that lead to nothing in the tree or out of it, operations of one name and
parameters of paths that are not declared. Examples and defaults that do not fit are for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from windlass.kernel import Tools
from windlass.verify import Check, Outcome, Reading, Scene

ENDS: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Settings:
    """`leave_out`: patterns of paths that are not looked at. `off`: nothing is."""

    leave_out: Sequence[str] = ()
    off: bool = False


def open(settings: Settings, tools: Tools) -> Check:
    return Contracts(settings)


@dataclass(frozen=True, slots=True)
class Contracts:
    settings: Settings

    @property
    def role(self) -> Literal["scan"]:
        return "scan"

    @property
    def tiers(self) -> tuple[int, ...]:
        return (0,)

    def absent(self, scene: Scene) -> str:
        if self.settings.off:
            return "[verify] leave_out names it"
        return (
            "" if any(path.lower().endswith(ENDS) for path in scene.changed) else "no YAML or JSON is changed"
        )

    def read(self, scene: Scene) -> Reading:
        if not scene.having(lambda path: path.lower().endswith(ENDS)):
            nothing = {"collected": 0.0}
            return Reading("contracts", Outcome.PASSED, metrics=nothing, detail="there is no YAML or JSON")
        return scene.looked("contracts", {"leave_out": list(self.settings.leave_out)})
