"""Learn from an answer: from what it holds, where it says something was created, and the contract's links."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import unquote

from windlass.papers.live import answers
from windlass.papers.live.calls import Operation
from windlass.papers.live.target import Answer
from windlass.papers.live.values import Call, Finder

LINKS_MAX: Final = 50


def learn(finder: Finder, call: Call, answer: Answer, every: Sequence[Operation]) -> None:
    """Remember what an answer of success teaches."""
    if not 200 <= answer.status < 300:
        return
    one, learned = call.operation, finder.learned
    if one.method == "DELETE":
        learned.forget(one.path, call.path_values)
        return
    try:
        value = json.loads(answer.body) if answer.body else None
    except (ValueError, RecursionError):
        value = None
    learned.learn(one.path, call.path_values, value, created=one.method == "POST")
    if one.method == "POST" and (where := answer.header("Location")):
        learned.located(where, [each.path for each in every])
    for name, parameter, told in _links(finder, call, answer, every):
        found = _said(told, call, answer, value)
        if isinstance(found, str | int) and not isinstance(found, bool) and found != "":
            learned.linked.setdefault(name, {})[parameter] = found


def _links(
    finder: Finder, call: Call, answer: Answer, every: Sequence[Operation]
) -> Iterator[tuple[str, str, Any]]:
    """Operations that a link leads to, each with a parameter and what that is to be."""
    told = answers.said(finder.contract, call.operation, answer.status)
    if told is None or not isinstance(told.place.value, dict):
        return
    several = told.place.value.get("links")
    for name in list(several)[:LINKS_MAX] if isinstance(several, dict) else ():
        link = finder.contract.told.inner(told.place, "links", name)
        if link is None or not isinstance(link.value, dict):
            continue
        parameters = link.value.get("parameters")
        if not isinstance(parameters, dict):
            continue
        for one in every:
            if _leads(link.value, one):
                for key, value in parameters.items():
                    yield one.name, str(key).partition(".")[2] or str(key), value


def _leads(link: dict[str, Any], one: Operation) -> bool:
    if isinstance(link.get("operationId"), str):
        return bool(one.place.value.get("operationId") == link["operationId"])
    ref = str(link.get("operationRef", "")).partition("#/paths/")[2]
    path, _, method = ref.rpartition("/")
    return unquote(path).replace("~1", "/").replace("~0", "~") == one.path and method.upper() == one.method


def _said(told: Any, call: Call, answer: Answer, body: Any) -> Any:
    """What an expression of a link comes to; None where it comes to nothing."""
    if not isinstance(told, str) or not told.startswith("$"):
        return told
    source, _, rest = told.partition(".")
    where, mark, pointer = rest.partition("#")
    if where == "body" and mark:
        content = call.content.value if call.content is not None else None
        return _below(body if source == "$response" else content, pointer)
    kind, _, name = rest.partition(".")
    if source == "$response" and kind == "header":
        return answer.header(name)
    if source == "$request":
        sent = {(each.where, each.name): one.value for each, one in call.filled}
        return sent.get((kind, name))
    return None


def _below(value: Any, pointer: str) -> Any:
    for raw in pointer.split("/")[1:]:
        name = unquote(raw).replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value
