"""/v1/state and /v1/locks: what instances share, with a version or a fence for everything."""

from typing import Any, Final

from windlass import commons
from windlass.commons import Lock, Shared
from windlass.contracts import models
from windlass.kernel import NotFound, iso
from windlass.store import Transaction
from windlass.web.bind import Handler
from windlass.web.call import Call, Reply


def list_state(call: Call) -> Any:
    def look(tx: Transaction) -> list[Shared]:
        chosen = call.chosen(tx)
        call.allow(repository=chosen.id)
        return commons.entries(tx, chosen.id, prefix=call.query.get("prefix", ""))

    found = call.read(look)[: call.query["limit"]]
    return {"entries": [_head(one) for one in found]}


def read_state(call: Call) -> Any:
    def look(tx: Transaction) -> Shared | None:
        chosen = call.chosen(tx)
        call.allow(repository=chosen.id)
        return commons.look(tx, chosen.id, call.path["key"])

    found = call.read(look)
    if found is None:
        raise NotFound(f"nothing is kept under {call.path['key']!r}", hint='write it with `If-Match: "0"`')
    return _told(found)


def write_state(call: Call, body: models.WriteState) -> Any:
    expected = int(call.headers["If-Match"].strip('"'))
    value = body.model_dump(mode="json")["value"]

    def change(tx: Transaction) -> Shared:
        chosen = call.chosen(tx)
        call.allow(repository=chosen.id)
        return commons.put(
            tx, chosen.id, call.path["key"], value, tx.now(), expected=expected, by=call.who
        )

    return _told(call.write(change))


def list_locks(call: Call) -> Any:
    def look(tx: Transaction) -> list[Lock]:
        chosen = call.chosen(tx)
        call.allow(repository=chosen.id)
        return commons.locks(tx, chosen.id, tx.now())

    return {"locks": [_lock(one) for one in call.read(look)]}


def take_lock(call: Call, body: models.TakeLock) -> Any:
    task = body.task_id if isinstance(body.task_id, int) else None

    def take(tx: Transaction) -> Lock:
        chosen = call.chosen(tx)
        call.allow(repository=chosen.id, task=task)
        return commons.acquire(
            tx, chosen.id, call.path["resource"], tx.now(), holder=call.who, ttl_s=float(body.ttl_s),
            task_id=task,
        )  # fmt: skip

    return _lock(call.write(take))


def release_lock(call: Call) -> Any:
    def give(tx: Transaction) -> None:
        chosen = call.chosen(tx)
        call.allow(repository=chosen.id)
        commons.release(
            tx, chosen.id, call.path["resource"], tx.now(), holder=call.who, fence=call.query["fence"]
        )

    call.write(give)


def _told(found: Shared) -> Reply:
    return Reply(_head(found) | {"value": found.value}, {"ETag": f'"{found.version}"'})


def _head(found: Shared) -> dict[str, Any]:
    return {
        "key": found.key, "version": found.version, "changed_by": found.changed_by,
        "changed_at": iso(found.changed_at),
    }  # fmt: skip


def _lock(one: Lock) -> dict[str, Any]:
    return {
        "resource": one.resource, "holder": one.holder, "task_id": one.task_id, "fence": one.fence,
        "expires_at": iso(one.expires_at),
    }  # fmt: skip


HANDLERS: Final[dict[str, Handler]] = {
    "listState": list_state,
    "readState": read_state,
    "writeState": write_state,
    "listLocks": list_locks,
    "takeLock": take_lock,
    "releaseLock": release_lock,
}
