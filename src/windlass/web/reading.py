"""Turn a request into values the contract knows: parameters by their types, a body by its media type."""

import math
import re
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from windlass.contracts import Malformed, Mistake, Operation, Unfit, parse_json
from windlass.web.problem import TooLarge, UnsupportedMediaType

SEE: Final = "the contract is at /openapi.yaml"
"""Where a caller reads what fits."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,17}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,17}(\.[0-9]{1,17})?")


def parameters(operation: Operation, request: Request) -> dict[str, dict[str, Any]]:
    """By place, every parameter as its type; raises Unfit with every mistake."""
    given = {
        "path": {name: [str(value)] for name, value in request.path_params.items()},
        "query": {name: request.query_params.getlist(name) for name in request.query_params},
        "header": _headers(operation, request),
    }
    found: dict[str, dict[str, Any]] = {}
    mistakes: list[Mistake] = []
    for place, texts in given.items():
        known = {one.name: one for one in operation.parameters if one.place == place}
        mistakes += [
            Mistake(place, name, "once", "is given more than once")
            for name, many in texts.items()
            if len(many) > 1 and name in known and not known[name].many
        ]
        found[place] = {
            name: _value(known[name].kind, many, repeats=known[name].many) if name in known else many[0]
            for name, many in texts.items()
        }
        mistakes += operation.mistakes(place, found[place])
        for name, one in known.items():
            if one.default is not None:
                found[place].setdefault(name, one.default)
    if mistakes:
        raise Unfit(mistakes, hint=SEE)
    return found


def _headers(operation: Operation, request: Request) -> dict[str, list[str]]:
    wanted = [one.name for one in operation.parameters if one.place == "header"]
    return {name: many for name in wanted if (many := request.headers.getlist(name))}


def _value(kind: str, texts: Iterable[str], *, repeats: bool) -> Any:
    values = [_typed(kind, text) for text in texts]
    return values if repeats else values[0]


def _typed(kind: str, text: str) -> Any:
    """What the text stands for; the text itself when it is nothing of that kind, which is then a mistake."""
    if kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def check_media_type(operation: Operation, request: Request) -> None:
    assert operation.body is not None
    media, _, parameter = request.headers.get("content-type", "").partition(";")
    charset = parameter.strip().lower().replace('"', "")
    if media.strip().lower() != operation.body.media_type or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType(operation.body.media_type)


async def read_bytes(request: Request, size_max: int) -> bytes:
    """The whole body, unless it is larger."""
    _check_length(request, size_max)
    pieces, size = [], 0
    async for piece in _pieces(request):
        size += len(piece)
        if size > size_max:
            raise TooLarge(size_max)
        pieces.append(piece)
    return b"".join(pieces)


async def read_file(request: Request, size_max: int) -> Path:
    """The whole body in a file, which is the caller's to remove."""
    _check_length(request, size_max)
    with ExitStack() as undo, tempfile.NamedTemporaryFile(prefix="windlass-body-", delete=False) as file:
        path, size = Path(file.name), 0
        undo.callback(path.unlink)
        async for piece in _pieces(request):
            size += len(piece)
            if size > size_max:
                raise TooLarge(size_max)
            file.write(piece)
        undo.pop_all()
    return path


def body(operation: Operation, text: bytes) -> Any:
    """The document of a JSON body; raises Malformed or Unfit."""
    assert operation.body is not None
    value = parse_json(text)
    if mistakes := operation.body.mistakes(value):
        raise Unfit(mistakes, hint=SEE)
    return value


async def _pieces(request: Request) -> Any:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise Malformed("the body ends early") from error


def _check_length(request: Request, size_max: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > size_max:
        raise TooLarge(size_max)
