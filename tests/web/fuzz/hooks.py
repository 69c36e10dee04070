"""What Schemathesis must know to fuzz a living server: do not wait, do not follow for ever, keep the token.

Numbers and lease tokens are now and then replaced by some that exist, so that calls reach what lies behind
the contract.
"""

import os
from typing import Any

import schemathesis

OWN_TOKENS_MAX = 100
"""Tokens with smaller numbers are those the run itself needs."""
TASKS = int(os.environ.get("WINDLASS_TASKS", "1"))
LEASES = [text for text in os.environ.get("WINDLASS_LEASES", "").split(",") if text]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    operation = case.operation.definition.raw.get("operationId")
    body, query, path = (_table(one) for one in (case.body, case.query, case.path_parameters))
    if operation == "claimTask" and _within(body.get("wait_s"), 0.05, 30):
        body["wait_s"] = 0.05
    if operation == "streamEvents" and _within(query.get("for_s", 1), 0, 86_400):
        query["for_s"] = 0
    if operation == "revokeToken" and _within(path.get("token_id"), 1, OWN_TOKENS_MAX):
        path["token_id"] += OWN_TOKENS_MAX
    for given in (body, path):
        number = given.get("task_id")
        if _within(number, 1, 2**53) and number % 3:
            given["task_id"] = number % TASKS + 1
    if isinstance(body.get("lease_token"), str) and LEASES and body["lease_token"].isascii():
        body["lease_token"] = LEASES[len(body["lease_token"]) % len(LEASES)]


@schemathesis.serializer("application/x-git-packed-objects")
def pack(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _within(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
