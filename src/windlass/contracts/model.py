"""What the HTTP contract says of one operation: how it is called, by whom, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windlass.contracts.mistakes import Mistake, find

Schema = Mapping[str, Any]

ANYBODY = "any"
"""The action of operations that every known caller may use."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `kind`: the JSON type its text stands for; arrays repeat."""

    name: str
    place: str
    required: bool
    kind: str
    many: bool
    default: object


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes. `model`: the name of the schema, empty for bytes."""

    media_type: str
    bytes_max: int
    model: str
    validator: Any

    @property
    def is_json(self) -> bool:
        return self.media_type == "application/json"

    def mistakes(self, value: object) -> tuple[Mistake, ...]:
        return find(self.validator, value, "body")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer an operation may give. `media`: its media types with their validators; none for bytes."""

    status: int
    media: Mapping[str, Any]
    headers: Mapping[str, Any]
    headers_required: frozenset[str]

    def mistakes(self, media_type: str, value: object, headers: Mapping[str, str]) -> tuple[Mistake, ...]:
        """What of an answer the contract does not allow; `headers` by lower-case names."""
        if media_type not in self.media and (self.media or media_type):
            return (Mistake("header", "content-type", "content", f"{media_type!r} is not declared"),)
        missing = self.headers_required - set(headers)
        found = [Mistake("header", name, "required", "is missing") for name in sorted(missing)]
        for name, check in self.headers.items():
            if name in headers and not any(check.is_valid(one) for one in _readings(headers[name])):
                found.append(Mistake("header", name, "schema", "does not fit"))
        validator = self.media.get(media_type)
        return (*found, *(find(validator, value, "body") if validator is not None else ()))


def _readings(text: str) -> tuple[str | int, ...]:
    """What a header's text may stand for."""
    return (text, int(text)) if text.isascii() and text.isdigit() else (text,)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `actions`: any of these rights is enough; none at all: nobody is asked who they are.

    `security`: sets of schemes, one of which has to be met. `stream`: the answer goes on and on.
    """

    id: str
    method: str
    path: str
    summary: str
    actions: tuple[str, ...]
    security: tuple[frozenset[str], ...]
    parameters: tuple[Parameter, ...]
    checks: Mapping[str, Any]
    """For each place of parameters, the validator of all of them as one object."""
    body: Body | None
    answers: Mapping[int, Answer]
    stream: bool

    def mistakes(self, place: str, values: Mapping[str, object]) -> tuple[Mistake, ...]:
        """What of the parameters in `place` does not fit."""
        return find(self.checks[place], values, place)

    @property
    def is_tool(self) -> bool:
        return self.path.startswith("/v1/tools/")

    @property
    def success(self) -> int:
        """The status of the answer when all went well."""
        return min(status for status in self.answers if status < 400)


@dataclass(frozen=True, slots=True)
class ToolSchemas:
    """A tool's arguments and answer as JSON Schemas that stand alone."""

    arguments: dict[str, Any]
    answer: dict[str, Any]
