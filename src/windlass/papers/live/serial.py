"""Write values as a contract says: parameters in their styles, bodies in their media types. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib import parse

from windlass.papers.live.calls import FORM, PARTS, Body, Parameter

BOUNDARY: Final = "windlass-7d1c0f5b2a"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_WHOLE_MAX: Final = 2**53
"""Up to here 5.0 is 5, which is how whole numbers are written."""
_RESERVED: Final = ":/?#[]@!$&'()*+,;="
_SEPARATORS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


class Unwritable(Exception):
    """There is no way to write it that is known here."""


def quote(text: str, safe: str) -> str:
    """Escaped for an address. Raises Unwritable of half a character, which JSON can hold and UTF-8 cannot."""
    try:
        return parse.quote(text, safe=safe)
    except UnicodeEncodeError as error:
        raise Unwritable("half of a character cannot be sent") from error


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Unwritable("half of a character cannot be sent") from error


def path(one: Parameter, value: Any) -> str:
    """A value as it stands in a path. Raises Unwritable."""
    joint = {"label": ".", "matrix": ";"}.get(one.style, ",")
    if one.media:
        made = quote(_text(value, one.media), safe="")
    elif one.style == "matrix":
        return _matrix(one, value)
    else:
        inner = joint if one.explode and one.style == "label" else ","
        made = _joined(value, inner, explode=one.explode)
    if made in ("", ".", ".."):
        raise Unwritable("a part of a path cannot be empty")
    return f".{made}" if one.style == "label" else made


def query(one: Parameter, value: Any) -> list[str]:
    """The pairs of a query that a value stands for, every sign escaped. Raises Unwritable."""
    safe = _RESERVED.replace("&", "").replace("#", "").replace("+", "") if one.reserved else ""
    name = quote(one.name, safe="[]$")
    if one.where == "querystring":
        return [_text(value, one.media)] if one.media != FORM else _form(value, {})
    if one.media:
        return [f"{name}={quote(_text(value, one.media), safe=safe)}"]
    if isinstance(value, dict):
        if one.style == "deepObject":
            return list(_deep(name, value))
        if one.explode:
            return [f"{quote(str(key), safe='')}={_word(each, safe)}" for key, each in value.items()]
        joint = _SEPARATORS.get(one.style, ",")
        return [f"{name}={_joined(value, joint, explode=False, inner=joint)}"] if value else []
    if isinstance(value, list):
        if one.explode and one.style not in _SEPARATORS:
            return [f"{name}={_word(each, safe)}" for each in value]
        joint = _SEPARATORS.get(one.style, ",")
        return [f"{name}={joint.join(_word(each, safe) for each in value)}"] if value else []
    return [f"{name}={_word(value, safe)}"]


def header(one: Parameter, value: Any) -> str:
    """A value as a header or a cookie has it. Raises Unwritable."""
    if one.media:
        text = _text(value, one.media)
    elif isinstance(value, dict):
        joint = "=" if one.explode else ","
        text = ",".join(f"{key}{joint}{plain(each)}" for key, each in value.items())
    elif isinstance(value, list):
        text = ",".join(plain(each) for each in value)
    else:
        text = plain(value)
    if one.where == "cookie":
        return quote(text, safe="!#$&'()*+/:=?@[]^`{|}~<>")
    if not text.isascii() or not text.isprintable():
        raise Unwritable("a header has plain signs alone")
    return text


def body(one: Body, value: Any) -> tuple[str, bytes]:
    """Content type and bytes. Raises Unwritable."""
    media = one.media.partition(";")[0].strip().lower()
    if speaks_json(media) or media in ("*/*", "application/*"):
        return one.media if "*" not in media else "application/json", json.dumps(value).encode()
    if media == FORM and isinstance(value, dict):
        return media, "&".join(_form(value, one.encoding)).encode()
    if media == PARTS and isinstance(value, dict):
        return f"{PARTS}; boundary={BOUNDARY}", b"".join(_parts(value, one))
    if isinstance(value, str) and "*" not in media:
        return one.media, _bytes(value)
    raise Unwritable(f"{media[:60]} is not written here")


def speaks_json(media: str) -> bool:
    """Whether what a media type names is JSON."""
    name = media.partition(";")[0].strip().lower()
    return name.endswith(("/json", "+json"))


def plain(value: Any) -> str:
    """One value as a text. Raises Unwritable of what is made of several."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise Unwritable("a list or an object stands in another where no style writes that")
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE_MAX
    return str(int(value) if whole else value)


def _word(value: Any, safe: str = "") -> str:
    return quote(plain(value), safe=safe)


def _joined(value: Any, joint: str, *, explode: bool, inner: str = ",") -> str:
    if isinstance(value, dict):
        inner = "=" if explode else inner
        return joint.join(f"{quote(str(key), safe='')}{inner}{_word(one)}" for key, one in value.items())
    if isinstance(value, list):
        return joint.join(_word(one) for one in value)
    return _word(value)


def _matrix(one: Parameter, value: Any) -> str:
    name = quote(one.name, safe="")
    pairs = [(name, _joined(value, ",", explode=False))]
    if isinstance(value, dict) and one.explode:
        pairs = [(quote(str(key), safe=""), _word(each)) for key, each in value.items()]
    if isinstance(value, list) and one.explode:
        pairs = [(name, _word(each)) for each in value]
    return "".join(f";{key}={word}" if word else f";{key}" for key, word in pairs)  # RFC 6570, 3.2.7


def _deep(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    for key, one in value.items():
        inner = f"{name}[{quote(str(key), safe='')}]"
        if isinstance(one, dict):
            yield from _deep(inner, one)
        elif isinstance(one, list):
            yield from (f"{inner}={_word(each)}" for each in one)
        else:
            yield f"{inner}={_word(one)}"


def _text(value: Any, media: str) -> str:
    told = isinstance(value, str) and not speaks_json(media)
    return str(value) if told else json.dumps(value, separators=(",", ":"))


def _form(value: Mapping[str, Any], encoding: Mapping[str, Any]) -> list[str]:
    made: list[str] = []
    for key, one in value.items():
        name, told = quote(str(key), safe=""), encoding.get(key)
        explode = not isinstance(told, dict) or told.get("explode", True) is not False
        if isinstance(one, list) and not any(isinstance(each, dict | list) for each in one):
            words = [_word(each) for each in one]
            made += [f"{name}={word}" for word in words] if explode else [f"{name}={','.join(words)}"]
        elif isinstance(one, dict) and isinstance(told, dict) and told.get("style") == "deepObject":
            made += _deep(name, one)
        else:
            made.append(f"{name}={quote(_field(one), safe='')}")
    return made


def _field(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else plain(value)


def _parts(value: Mapping[str, Any], body: Body) -> Iterator[bytes]:
    for key, one in value.items():
        told, file = body.encoding.get(key), key in body.files
        name = quote(str(key), safe=" []$.")
        named = f'; filename="{name}.txt"' if file else ""
        for each in one if isinstance(one, list) else [one]:
            media = told.get("contentType") if isinstance(told, dict) else None
            kind = str(media).partition(",")[0].strip() if isinstance(media, str) else ""
            if not kind or "*" in kind or not kind.isascii() or not kind.isprintable():
                kind = "application/octet-stream" if file else ""
                kind = kind or ("application/json" if isinstance(each, dict | list) else "")
            typed = f"Content-Type: {kind}\r\n" if kind else ""
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{typed}\r\n'
            yield _bytes(head) + _bytes(_field(each)) + b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def said(text: str) -> Any:
    """What a text of JSON says; the text itself where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def address(text: str) -> str:
    """A path or a query as it may stand in a request, what is escaped already left so."""
    return quote(text, safe=f"{_RESERVED.replace('#', '')}%-._~")


def sound(name: str, text: str) -> None:
    """Raises Unwritable where a header would be none, or more than one."""
    if not _TOKEN.fullmatch(name) or not text.isascii() or not text.isprintable():
        raise Unwritable(f"{name[:40]!r} cannot be a header with such a value")
