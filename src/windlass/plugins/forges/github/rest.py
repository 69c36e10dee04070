"""Talk with GitHub's REST API: one question, one answer, bounded in time and size, and never the token told.

What it answers is a stranger's until `pulls.py` has read it. No redirect is followed: the token would go
wherever the answer says. Documented at docs.github.com/rest (rate limits: "Best practices for using the REST
API").
"""

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx

from windlass.forge import Rejected, Unreachable, clean
from windlass.kernel import Clock, Invalid

VERSION: Final = "2022-11-28"
BODY_MAX: Final = 16 << 20
"""Bytes of one answer; 50 pull requests with long texts take some four million."""
SECONDARY_S: Final = 60.0
"""How long to wait after a rate limit that says nothing else, as GitHub asks."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TOKEN: Final = re.compile(r"[!-~]{1,1000}")
_DIGITS: Final = re.compile(r"[0-9]{1,12}")
_HINT: Final = "[forge] github.token, and what the token may do: contents, pull requests, statuses"


@dataclass(frozen=True, slots=True)
class Answer:
    """`told` is the JSON of the body, None where there was none."""

    status: int
    told: object


@dataclass(frozen=True)
class Rest:
    """One API at `root`. `token` is asked for at every question; `timeout_s` bounds each, from end to end."""

    root: str
    token: Callable[[], str] = field(repr=False)
    clock: Clock
    timeout_s: float = 60.0

    def ask(
        self, method: str, path: str, body: object = None, query: Mapping[str, str | int] | None = None
    ) -> Answer:
        """The answer to a question that was taken or was about nothing (404). Raises `Rejected` where the
        host refuses it, `Unreachable` for all else.
        """
        token = self.token()
        if not _TOKEN.fullmatch(token):
            raise Invalid("the token for GitHub is no line of visible ASCII characters", hint=_HINT)
        headers = {
            "Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json",
            "Accept-Encoding": "identity", "User-Agent": "windlass", "X-GitHub-Api-Version": VERSION,
        }  # fmt: skip
        try:
            request = httpx.Request(
                method, self.root + path, params=dict(query or {}), headers=headers,
                json=body if body is not None else None,
            )  # fmt: skip
            status, had, content = asyncio.run(self._exchange(request))
        except TimeoutError as error:
            raise Unreachable(f"{self.root} did not answer within {self.timeout_s:.0f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            why = clean(str(error).replace(token, "***")) or type(error).__name__
            raise Unreachable(f"{self.root} did not answer: {why}") from error
        return self._judged(f"{method} {path}", status, had, (content.replace(token.encode(), b"***")))

    async def _exchange(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        limits = httpx.Timeout(self.timeout_s)
        async with (
            asyncio.timeout(self.timeout_s),
            httpx.AsyncClient(
                verify=self._context, trust_env=self.root.startswith("https:"), follow_redirects=False,
                timeout=limits,
            ) as client,
        ):  # fmt: skip
            answer = await client.send(request, stream=True)
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise Unreachable(f"{self.root} answered in an encoding that was not asked for")
            content = bytearray()
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > BODY_MAX:
                    raise Unreachable(f"{self.root} answered with more than {BODY_MAX} bytes")
            return answer.status_code, answer.headers, bytes(content)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    def _judged(self, what: str, status: int, headers: httpx.Headers, content: bytes) -> Answer:
        if status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NOT_FOUND):
            return Answer(status, parsed(content, self.root))
        if status == HTTPStatus.NO_CONTENT:
            return Answer(status, None)
        said = words(content)
        told = f"{self.root} answered {what} with {status}: {said or 'it said nothing'}"
        after_s = limited(status, headers, said, self.clock())
        if after_s is not None:
            raise Unreachable(f"{told}; asked again in {after_s:.0f} s", after_s=after_s)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.MULTIPLE_CHOICES:
            raise Unreachable(told)
        if status < HTTPStatus.BAD_REQUEST:
            raise Rejected(
                f"{told}; it says that it is at {clean(headers.get('location', 'nowhere'))}",
                hint="no redirect is followed: name the address in [forge] github.repository or github.api",
            )
        raise Rejected(told, hint=_HINT)


def parse_root(text: str) -> str:
    """The address of an API, without a slash at its end; Invalid for one that windlass does not talk to."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Invalid(f"{clean(text)!r} is no address of an API") from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    odd = parts.username is not None or parts.query or parts.fragment or not text.isprintable() or " " in text
    if not secure or not host or odd or port == 0:
        raise Invalid(f"{clean(text)!r} is no address of an API", hint="for example https://HOST/api/v3")
    return text.rstrip("/")


def parsed(content: bytes, root: str) -> object:
    """The JSON of an answer; `Unreachable` for what is none."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreachable(f"{root} answered with something that is no JSON") from error
    return found


def words(content: bytes) -> str:
    """What an error says, in one line."""
    try:
        told = json.loads(content[: 1 << 16])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    errors = told.get("errors")
    listed = errors[:5] if isinstance(errors, list) else []
    found = [told.get("message"), *(one.get("message") if isinstance(one, dict) else one for one in listed)]
    return clean(": ".join(one[:1_000] for one in found if isinstance(one, str)))


def limited(status: int, headers: Mapping[str, str], said: str, now: float) -> float | None:
    """Seconds to wait where the answer is a rate limit; None where it is none."""
    if status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    after = headers.get("retry-after", "").strip()
    if _DIGITS.fullmatch(after):
        return max(1.0, float(after))
    if after:
        try:
            return max(1.0, parsedate_to_datetime(after).timestamp() - now)
        except (ValueError, TypeError, OverflowError):
            return SECONDARY_S
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and _DIGITS.fullmatch(reset):
        return max(1.0, float(reset) - now)
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in said.lower():
        return SECONDARY_S
    return None
