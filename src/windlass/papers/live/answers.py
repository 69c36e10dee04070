"""Hold an answer against what a contract says of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from windlass.papers.live import serial
from windlass.papers.live.calls import Contract, Operation
from windlass.papers.live.target import Answer, Ask
from windlass.papers.live.validating import TooLong, Unusable
from windlass.papers.references import Place, pointer
from windlass.papers.told import Fault

SHOWN_MAX: Final = 60
_BARE: Final = (204, 205, 304)
"""Answers that never have a body."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a contract says of one status: a place, and by which word it is found."""

    place: Place
    word: str


def fault(operation: Operation, rule: str, status: object, text: str, *, grave: bool = True) -> Fault:
    """A fault of an operation, known again by its rule, its name and the status."""
    at = f"{operation.name} {status}".rstrip()
    return Fault(operation.place.paper.path, rule, at, operation.line, text, grave)


def said(contract: Contract, operation: Operation, status: int) -> Told | None:
    """What is declared of a status: by its number, its hundred, or for all."""
    holder = operation.declared
    if holder is None or not isinstance(holder.value, dict):
        return None
    for word in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if word in holder.value:
            place = contract.told.inner(holder, word)
            return Told(place, word) if place is not None else Told(Place(holder.paper, (), {}), word)
    return None


def shown(ask: Ask) -> str:
    """What was asked, as one can ask it again."""
    body = f" with {ask.body[:SHOWN_MAX].decode('utf-8', 'replace')}" if ask.body else ""
    return f"{ask.method} {ask.target[:120]}{body}"


def held(contract: Contract, operation: Operation, ask: Ask, answer: Answer) -> Iterator[Fault | str]:
    """What is wrong with an answer, whatever was asked."""
    status = answer.status
    told = said(contract, operation, status)
    if status >= 500 and (told is None or told.word != str(status) or status == 500):
        text = f"{shown(ask)}: answered {status} {_begin(answer.body)}: the service broke on it"
        yield fault(operation, "server-error", status, text)
    elif told is None:
        declared = ", ".join(_statuses(operation)) or "nothing"
        text = f"answered {status}, the contract declares {declared}: {shown(ask)}"
        yield fault(operation, "undeclared-status", status, text)
    elif isinstance(told.place.value, dict):
        found = [*_headers(contract, operation, told.place, answer)]
        if operation.method != "HEAD" and status not in _BARE and status >= 200:
            found += _body(contract, operation, told.place, answer)
        for one in found:
            yield one if isinstance(one, str) else replace(one, text=f"{one.text} ({shown(ask)})")


def _body(contract: Contract, operation: Operation, place: Place, answer: Answer) -> Iterator[Fault | str]:
    types = _declared(contract, operation, place)
    if not types:
        return
    told = answer.header("Content-Type")
    media = (told or "").partition(";")[0].strip().lower()
    if not answer.body:
        if _wants_body(types, media):
            text = f"the answer is empty, the contract declares {', '.join(types)[:100]}"
            yield fault(operation, "missing-body", answer.status, text)
        return
    name = _matching(media, list(types))
    if name is None:
        came = f"is {media[:60]!r}" if media else "has no content-type"
        text = f"the answer {came}, the contract declares {', '.join(types)[:120]}"
        yield fault(operation, "undeclared-media-type", answer.status, text)
    elif serial.speaks_json(media):
        yield from _json(contract, operation, types[name], answer)


def _wants_body(types: dict[str, Place], media: str) -> bool:
    """Whether an empty answer is none of what is declared: an empty text may be."""
    name = _matching(media, list(types)) if media else None
    kinds = [name] if name is not None else list(types)
    return all(not one.startswith("text/") and one != "*/*" for one in kinds)


def _declared(contract: Contract, operation: Operation, place: Place) -> dict[str, Place]:
    """Where the schema of each media type is told; of Swagger, one schema for all types."""
    if contract.swagger:
        if not isinstance(place.value.get("schema"), dict):
            return {}
        several = operation.place.value.get("produces", contract.paper.value.get("produces"))
        names = [one for one in several if isinstance(one, str)] if isinstance(several, list) else []
        return {one.strip().lower(): place for one in names or ["application/json"]}
    content = place.value.get("content")
    found: dict[str, Place] = {}
    for name in content if isinstance(content, dict) else ():
        holder = contract.told.inner(place, "content", name)
        if holder is not None:
            found[str(name).partition(";")[0].strip().lower()] = holder
    return found


def _matching(media: str, names: Sequence[str]) -> str | None:
    """The declared media type that one is of: itself, its family, or any."""
    family = f"{media.partition('/')[0]}/*"
    return next((one for one in (media, family, "*/*", "*") if one in names), None)


def _json(contract: Contract, operation: Operation, place: Place, answer: Answer) -> Iterator[Fault | str]:
    try:
        value = json.loads(answer.body, parse_constant=_constant)
    except (ValueError, RecursionError):
        text = f"the answer says that it is JSON and is none: {_begin(answer.body)}"
        yield fault(operation, "body-misfit", answer.status, text)
        return
    schema = place.value.get("schema") if isinstance(place.value, dict) else None
    if not isinstance(schema, dict | bool):
        return
    where = Place(place.paper, (*place.steps, "schema"), schema)
    try:
        misfit = contract.told.misfit(where, value)
    except (Unusable, TooLong) as error:
        yield f"unread: the body of {operation.name} {answer.status} could not be held: {error}"
        return
    if misfit is not None:
        text = f"in the answer at {pointer(misfit[0])[-80:] or '/'}: {misfit[1]}"
        yield fault(operation, "body-misfit", answer.status, text)


def _headers(contract: Contract, operation: Operation, place: Place, answer: Answer) -> Iterator[Fault | str]:
    named = place.value.get("headers")
    for name in named if isinstance(named, dict) else ():
        header = contract.told.inner(place, "headers", name)
        if header is None or not isinstance(header.value, dict) or name.lower() == "content-type":
            continue
        came = answer.field(name)
        if came is None:
            if header.value.get("required") is True and not contract.swagger:
                text = f"the answer has no header {name[:60]!r}, which the contract requires"
                yield fault(operation, "missing-header", f"{answer.status} {name}", text)
            continue
        try:
            why = _header(contract, header, came)
        except (Unusable, TooLong) as error:
            yield f"unread: the header {name[:60]!r} of {operation.name} could not be held: {error}"
            continue
        if why:
            text = f"the header {name[:60]!r} is {came[:SHOWN_MAX]!r}: {why}"
            yield fault(operation, "header-misfit", f"{answer.status} {name}", text)


def _header(contract: Contract, header: Place, text: str) -> str:
    """Why a header does not fit: none of what its text may stand for does."""
    if contract.swagger:
        schema = Place(header.paper, header.steps, header.value)
    elif isinstance(header.value.get("schema"), dict):
        schema = Place(header.paper, (*header.steps, "schema"), header.value["schema"])
    else:
        return ""
    why = ""
    for value in _meant(text):
        misfit = contract.told.misfit(schema, value)
        if misfit is None:
            return ""
        why = why or misfit[1]
    return why


def _meant(text: str) -> Iterator[Any]:
    """What a header may stand for in its plain style."""
    words = [one.strip() for one in text.split(",")]
    pairs = [one.partition("=") for one in words]
    for many in (False, True):
        yield [_scalar(one) for one in words] if many else _scalar(text)
        yield words if many else text
    if all(mark for _, mark, _ in pairs):
        yield {key: _scalar(value) for key, _, value in pairs}
    if len(words) % 2 == 0:
        yield {key: _scalar(value) for key, value in zip(words[::2], words[1::2], strict=True)}


def _scalar(text: str) -> Any:
    value = serial.said(text) if len(text) < 400 else text
    return text if isinstance(value, dict | list) else value


def _statuses(operation: Operation) -> list[str]:
    holder = operation.declared
    return [str(one) for one in holder.value][:12] if holder and isinstance(holder.value, dict) else []


def _begin(body: bytes) -> str:
    return repr(body[:SHOWN_MAX].decode("utf-8", "replace"))


def _constant(name: str) -> None:
    raise ValueError(name)

