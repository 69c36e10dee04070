"""Every answer is held against the contract before its first byte leaves, in production too.

An answer that the contract does not know is a bug of ours: it is counted, recorded, and never sent; the
caller gets a problem document in its place.
"""

import json
import logging
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from windlass.contracts import Mistake, Operation, problem
from windlass.identity import redacted
from windlass.kernel import Denied, Kind, WindlassError
from windlass.web.call import Reply
from windlass.web.problem import MEDIA_TYPE, headers_of

NAMED_MAX: Final = 3
RECORDED_EVERY_S: Final = 60.0

_LOG: Final = logging.getLogger("windlass.web")


class ContractViolated(WindlassError):
    """An answer of ours does not keep our contract."""


Tell = Callable[[str, str], None]
"""Told of an operation's violation and what it was."""


@dataclass(slots=True)
class Violations:
    """How many answers did not keep the contract, by operation; `tell` hears of each."""

    tell: Tell
    counts: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, operation: str, what: str) -> None:
        with self.lock:
            self.counts[operation] = self.counts.get(operation, 0) + 1
        _LOG.error("contract violated by %s: %s", operation, what)
        self.tell(operation, what)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


class Replier:
    """Makes responses. `strict`: a violation is raised instead, for tests."""

    def __init__(self, violations: Violations, *, strict: bool) -> None:
        self._violations, self._strict = violations, strict

    def reply(self, operation: Operation, given: object) -> Response:
        """The response for what a handler returned."""
        told = given if isinstance(given, Reply) else Reply(given, media_type="" if given is None else _JSON)
        status = operation.success if told.status is None else told.status
        headers = {name.lower(): value for name, value in told.headers.items()}
        wrong = self._wrong(operation, status, told, headers)
        if wrong:
            return self._violated(operation, status, wrong)
        if told.file is not None:
            remove = BackgroundTask(told.file.unlink, missing_ok=True)
            return FileResponse(told.file, status, dict(told.headers), told.media_type, background=remove)
        return Response(_encoded(told), status, dict(told.headers), _content_type(told.media_type))

    def refuse(self, operation: Operation, error: WindlassError) -> Response:
        """The problem document for an error."""
        instance = f"urn:windlass:request:{uuid.uuid4().hex}"
        if error.kind is Kind.BUG:
            _LOG.error("%s %s: %s", instance, operation.id, redacted(_trace(error)))
        elif not isinstance(error, Denied):
            _LOG.info("%s %s: %s", instance, operation.id, redacted(str(error)))
        told = Reply(problem(error, instance=instance), headers_of(error), error.http_status, MEDIA_TYPE)
        headers = {name.lower(): value for name, value in told.headers.items()}
        wrong = self._wrong(operation, error.http_status, told, headers)
        if wrong:
            return self._violated(operation, error.http_status, wrong)
        return Response(_encoded(told), told.status or 500, dict(told.headers), MEDIA_TYPE)

    def broken(self, operation: Operation, error: Exception) -> Response:
        """The answer to an error that nobody expected."""
        if self._strict:
            raise error
        return self.refuse(operation, _bug(error))

    def _wrong(
        self, operation: Operation, status: int, told: Reply, headers: Mapping[str, str]
    ) -> tuple[Mistake, ...]:
        answer = operation.answers.get(status)
        if answer is None:
            return (Mistake("header", "status", "responses", f"{status} is not declared"),)
        return answer.mistakes(told.media_type, told.body, headers)

    def _violated(self, operation: Operation, status: int, wrong: tuple[Mistake, ...]) -> Response:
        named = "; ".join(f"{one.place} {one.pointer} {one.rule}: {one.detail}" for one in wrong[:NAMED_MAX])
        what = f"status {status}: {redacted(named)}"
        if self._strict:
            raise ContractViolated(f"{operation.id}: {what}")
        self._violations.note(operation.id, what)
        told = problem(ContractViolated(what), instance=f"urn:windlass:request:{uuid.uuid4().hex}")
        return Response(json.dumps(told), 500, media_type=MEDIA_TYPE)


_JSON: Final = "application/json"


def _encoded(told: Reply) -> bytes:
    if told.media_type.endswith("json"):
        return json.dumps(told.body, ensure_ascii=False, separators=(",", ":")).encode()
    return told.body if isinstance(told.body, bytes) else str(told.body or "").encode()


def _content_type(media_type: str) -> str | None:
    if media_type.startswith("text/plain"):
        return f"{media_type}; version=0.0.4; charset=utf-8"
    return media_type or None


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _bug(error: Exception) -> WindlassError:
    made = WindlassError("a bug in windlass")
    made.__cause__ = error
    return made
