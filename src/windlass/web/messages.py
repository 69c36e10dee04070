"""The messages of asyncapi.yaml, each with a validator; from the second on a check costs a microsecond."""

from collections.abc import Mapping
from typing import Any, Final

import jsonschema_rs

from windlass.kernel import NotFound

UNLISTED: Final = "unlisted"
_OTHERS: Final = frozenset({"hello", "ping", "pong", "bye", "subscribe", "client-ping", UNLISTED})
"""Messages that are not kinds of events."""


class Messages:
    """What may be said on the streams."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._components = document["components"]
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self.kinds = frozenset(self._components["messages"]) - _OTHERS
        """The kinds of events that the document lists."""

    def problem(self, name: str, message: object) -> str | None:
        """What is wrong with `message` as a message called `name`, None if nothing is."""
        validator = self._validator(name)
        if validator.is_valid(message):
            return None
        error = next(iter(validator.iter_errors(message)))
        where = "/".join(str(part) for part in error.instance_path)
        return f"{where or 'message'}: {error.message}"

    def _validator(self, name: str) -> jsonschema_rs.Draft202012Validator:
        """Compiled when it is first asked for: all of them together take a quarter of a second."""
        if name not in self._components["messages"]:
            raise NotFound(f"the contract has no message {name!r}")
        if (found := self._validators.get(name)) is None:
            place = f"#/components/messages/{_escaped(name)}/payload"
            found = jsonschema_rs.Draft202012Validator({"$ref": place, "components": self._components})
            self._validators[name] = found
        return found


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
