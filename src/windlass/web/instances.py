"""/v1/instances: who can take work, and whether they live."""

from typing import Any, Final

from windlass import fleet
from windlass.contracts import models
from windlass.fleet import Instance
from windlass.kernel import NotFound, iso
from windlass.store import Transaction
from windlass.web import records
from windlass.web.bind import Handler
from windlass.web.call import Call


def list_instances(call: Call) -> Any:
    def look(tx: Transaction) -> list[dict[str, Any]]:
        call.allow(repository=call.principal.repository)
        held, now = records.held(tx), tx.now()
        return [view(one, held, now) for one in fleet.instances(tx)]

    return {"instances": call.read(look)}


def read_instance(call: Call) -> Any:
    def look(tx: Transaction) -> dict[str, Any]:
        call.allow(repository=call.principal.repository, instance=_name(call))
        return view(fleet.instance(tx, _name(call)), records.held(tx), tx.now())

    return call.read(look)


def register(call: Call, body: models.RegisterInstance) -> Any:
    told = body.model_dump(exclude_unset=True)
    name = told.pop("name")

    def put(tx: Transaction) -> dict[str, Any]:
        call.allow(repository=call.principal.repository, instance=name)
        found = fleet.register(tx, name, tx.now(), **told)
        return view(found, records.held(tx), tx.now())

    return call.write(put)


def beat(call: Call) -> Any:
    def note(tx: Transaction) -> dict[str, Any]:
        call.allow(repository=call.principal.repository, instance=_name(call))
        if not fleet.beat(tx, [_name(call)], tx.now()).known:
            raise NotFound(f"no instance {_name(call)!r}", hint="register it: POST /v1/instances")
        return view(fleet.instance(tx, _name(call)), records.held(tx), tx.now())

    return call.write(note)


def drain(call: Call, body: models.DrainInstance) -> Any:
    def turn(tx: Transaction) -> dict[str, Any]:
        call.allow(repository=call.principal.repository, instance=_name(call))
        found = fleet.drain(tx, _name(call), tx.now(), actor=call.who, reason=body.reason)
        return view(found, records.held(tx), tx.now())

    return call.write(turn)


def resume(call: Call) -> Any:
    def turn(tx: Transaction) -> dict[str, Any]:
        call.allow(repository=call.principal.repository, instance=_name(call))
        found = fleet.resume(tx, _name(call), tx.now(), actor=call.who)
        return view(found, records.held(tx), tx.now())

    return call.write(turn)


def leave(call: Call) -> Any:
    def turn(tx: Transaction) -> dict[str, Any]:
        call.allow(repository=call.principal.repository, instance=_name(call))
        return view(fleet.leave(tx, _name(call), tx.now()), records.held(tx), tx.now())

    return call.write(turn)


def view(one: Instance, held: dict[str, int], now: float) -> dict[str, Any]:
    leases = sum(count for worker, count in held.items() if one.is_mine(worker.removeprefix("runner:")))
    return {
        "name": one.name, "kind": one.kind, "host": one.host, "lanes": list(one.lanes),
        "skills": dict(one.skills), "capacity": one.capacity, "state": one.state.value,
        "standing": fleet.standing(one, now, leased=leases > 0).value, "reason": one.reason,
        "beat_at": iso(one.beat), "beat_every_s": one.beat_every_s, "started_at": iso(one.started_at),
        "version": one.version, "leases": leases,
    }  # fmt: skip


def _name(call: Call) -> str:
    name: str = call.path["instance"]
    return name


HANDLERS: Final[dict[str, Handler]] = {
    "listInstances": list_instances,
    "readInstance": read_instance,
    "registerInstance": register,
    "beatInstance": beat,
    "drainInstance": drain,
    "resumeInstance": resume,
    "leaveInstance": leave,
}
