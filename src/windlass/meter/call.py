"""The body of a call, as it goes to the provider: read strictly, written anew, with usage asked for. Pure.

It is always written anew, so that the provider reads the same model and options that were judged here; two
fields of one name could otherwise be read differently by two readers.
"""

import json
from dataclasses import dataclass
from typing import Any

from windlass.kernel import Invalid
from windlass.meter.model import Protocol
from windlass.meter.provider import Route


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a model. `hides_usage`: the agent did not ask for the usage that the stream brings."""

    model: str
    body: bytes
    streamed: bool = False
    hides_usage: bool = False
    priced_as: str = ""
    """The model, and behind `@` the service tier where one was asked for: tiers have prices of their own."""


def parse_call(route: Route, data: bytes) -> Call:
    """Read the body of a request. Raises Invalid for what cannot be measured or understood."""
    if not route.metered and not data:
        return Call("", b"")
    try:
        body = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the request is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Invalid("the request is no JSON object")
    model = route.model or body.get("model")
    if not isinstance(model, str) or not 0 < len(model) <= 200:
        raise Invalid("the request names no model")
    if body.get("background"):
        raise Invalid("a call in the background cannot be measured", hint="leave `background` out")
    streamed = route.streamed if route.streamed is not None else body.get("stream") is True
    hides = streamed and route.protocol is Protocol.CHAT and _ask_for_usage(body)
    return Call(model, _written(body), streamed, hides, model + _tier(body))


def _ask_for_usage(body: dict[str, Any]) -> bool:
    """Make a chat stream tell its usage; whether that was not asked for."""
    options = body.get("stream_options")
    if options is None:
        options = {}
    if not isinstance(options, dict):
        raise Invalid("'stream_options' of the request is no object")
    asked = options.get("include_usage") is True
    body["stream_options"] = {**options, "include_usage": True}
    return not asked


def _tier(body: dict[str, Any]) -> str:
    tier = body.get("service_tier")
    return "" if tier in (None, "auto", "default", "standard_only") else f"@{str(tier)[:40]}"


def _written(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
