"""/v1/attempt and /v1/leases: what a worker host needs beside the tools."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from windlass import dispatch, identity
from windlass.contracts import models
from windlass.dispatch import Lease, LeaseLost
from windlass.identity import Principal, Unknown
from windlass.kernel import iso
from windlass.mesh import Caller
from windlass.store import Transaction
from windlass.web.bind import Handler
from windlass.web.call import Call, Reply

PACK: Final = "application/x-git-packed-objects"


def renew_many(call: Call, body: models.RenewLeases) -> Any:
    """One transaction to see whose they are, one to renew them: in the order of tasks, as every bulk does."""
    tokens: list[str] = body.model_dump()["lease_tokens"]

    def look(tx: Transaction) -> list[Principal | None]:
        call.allow(repository=call.principal.repository)
        now = tx.now()
        return [_known(tx, token, now) for token in tokens]

    found = call.read(look)
    lease_s = call.served.mesh.lease_s
    wanted = {
        (one.lease.task_id, one.lease.fence): (_lease(one), lease_s(one.repository))
        for one in found
        if one is not None and one.lease
    }
    if not wanted:
        return {"leases": [{"state": "unknown"} for _ in found]}
    ordered = [wanted[place] for place in sorted(wanted)]
    renewed = call.write(lambda tx: _renewed(tx, ordered))
    return {"leases": [_told(one, renewed, lease_s) for one in found]}


def _known(tx: Transaction, token: str, now: float) -> Principal | None:
    try:
        found = identity.resolve(tx, token, now)
    except Unknown:
        return None
    return found if found.lease is not None else None


def _renewed(
    tx: Transaction, leases: Sequence[tuple[Lease, float]]
) -> dict[tuple[int, int], Lease]:
    """Each for its own seconds; those that are lost are left out."""
    now, renewed = tx.now(), {}
    for lease, ttl_s in leases:
        try:
            renewed[lease.task_id, lease.fence] = dispatch.renew(tx, lease, now, ttl_s=ttl_s)
        except LeaseLost:
            continue
    return renewed


def _told(
    one: Principal | None, renewed: Mapping[tuple[int, int], Lease], lease_s: Callable[[int | None], float]
) -> dict[str, Any]:
    if one is None or one.lease is None:
        return {"state": "unknown"}
    longer = renewed.get((one.lease.task_id, one.lease.fence))
    if longer is None:
        return {"state": "lost", "task_id": one.lease.task_id}
    return {
        "state": "alive", "task_id": longer.task_id, "expires_at": iso(longer.expires_at),
        "renew_every_s": lease_s(one.repository) / 3,
    }  # fmt: skip


def _lease(one: Principal) -> Lease:
    assert one.lease is not None
    return Lease(one.lease.task_id, one.lease.fence, one.lease.worker, one.lease.node, 0.0)


def read_base(call: Call) -> Any:
    _allow(call)
    base, pack = call.served.mesh.workspace(_caller(call))
    return Reply(None, {"Windlass-Base": base}, media_type=PACK, file=pack)


def write_pack(call: Call, body: Path) -> Any:
    _allow(call)
    return call.served.mesh.upload(_caller(call), call.query["commit"], body)


def end(call: Call, body: models.EndAttempt) -> Any:
    _allow(call)
    detail = body.detail if isinstance(body.detail, str) else ""
    return call.served.mesh.end_attempt(_caller(call), body.outcome, detail)


def _allow(call: Call) -> None:
    """Only for the task of the bearer's own lease; whether that lease is alive the mesh says."""
    call.allow(task=call.principal.lease.task_id if call.principal.lease else None)


def _caller(call: Call) -> Caller:
    return Caller(call.principal, call.headers.get("Idempotency-Key"), "rest")


HANDLERS: Final[dict[str, Handler]] = {
    "renewLeases": renew_many,
    "readAttemptBase": read_base,
    "writeAttemptPack": write_pack,
    "endAttempt": end,
}
