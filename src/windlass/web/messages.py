"""The messages of asyncapi.yaml, each with a compiled validator; a check costs about a microsecond."""

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
        components = document["components"]
        self._validators = {
            name: jsonschema_rs.Draft202012Validator(
                {"$ref": f"#/components/messages/{_escaped(name)}/payload", "components": components}
            )
            for name in components["messages"]
        }
        self.kinds = frozenset(self._validators) - _OTHERS
        """The kinds of events that the document lists."""

    def problem(self, name: str, message: object) -> str | None:
        """What is wrong with `message` as a message called `name`, None if nothing is."""
        validator = self._validators.get(name)
        if validator is None:
            raise NotFound(f"the contract has no message {name!r}")
        if validator.is_valid(message):
            return None
        error = next(iter(validator.iter_errors(message)))
        where = "/".join(str(part) for part in error.instance_path)
        return f"{where or 'message'}: {error.message}"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
