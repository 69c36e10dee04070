"""Errors as problem documents (RFC 9457): the same for every protocol, and no secret in any of them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from windlass.contracts.mistakes import Mistake
from windlass.identity import redacted
from windlass.kernel import Invalid, Kind, WindlassError

DETAIL_MAX: Final = 4000
HINT_MAX: Final = 2000


class Unfit(Invalid):
    """What was sent does not fit the contract; `hint` says where that is to be read."""

    def __init__(self, mistakes: Sequence[Mistake], *, hint: str) -> None:
        first = mistakes[0]
        where = f"{first.place}{' ' if first.pointer else ''}{first.pointer}"
        super().__init__(f"{where}: {first.detail}", hint=f"`errors` names every place; {hint}")
        self.mistakes = tuple(mistakes)


def problem(error: WindlassError, *, instance: str = "") -> dict[str, Any]:
    """The document for an error that may be shown. A bug is not explained, only named: the log has the rest
    under `instance`.
    """
    bug = error.kind is Kind.BUG
    code = "bug" if bug else error.code
    detail, hint = str(error), error.hint
    if bug:
        detail, hint = "a bug in windlass", "report it; the server's log has it under `instance`"
    made: dict[str, Any] = {
        "type": f"urn:windlass:problem:{code}", "title": HTTPStatus(error.http_status).phrase,
        "status": error.http_status, "detail": redacted(detail)[:DETAIL_MAX], "code": code,
        "hint": redacted(hint)[:HINT_MAX], "exit_code": error.kind.exit_code,
    }  # fmt: skip
    if instance:
        made["instance"] = instance
    if isinstance(error, Unfit):
        made["errors"] = [_told(one) for one in error.mistakes]
    return made


def _told(one: Mistake) -> dict[str, str]:
    pointer, detail = redacted(one.pointer), redacted(one.detail)
    return {"in": one.place, "pointer": pointer, "rule": one.rule, "detail": detail}
