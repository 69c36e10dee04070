"""/v1/lanes: what waits where, and how much of it may run at once."""

from typing import Any, Final

from windlass import dispatch
from windlass.contracts import models
from windlass.store import Row, Transaction
from windlass.web import records
from windlass.web.bind import Handler
from windlass.web.call import Call


def list_lanes(call: Call) -> Any:
    def look(tx: Transaction) -> list[Row]:
        chosen = call.filtered(tx)
        call.allow(repository=chosen.id if chosen else None)
        return records.lanes(tx, chosen.id if chosen else 0)

    return {"lanes": [records.lane_view(row) for row in call.read(look)]}


def set_lane(call: Call, body: models.SetLane) -> Any:
    def change(tx: Transaction) -> Row:
        (found,) = dispatch.lanes.of(tx, [records.lane(tx, call.path["lane_id"])["id"]])
        call.allow(repository=found.repository_id)
        told = {"limit": found.limit, "weight": found.weight} | body.model_dump(exclude_unset=True)
        dispatch.lanes.change(tx, found.repository_id, found.name, tx.now(), by=call.who, **told)
        return records.lane(tx, found.id)

    return records.lane_view(call.write(change))


HANDLERS: Final[dict[str, Handler]] = {"listLanes": list_lanes, "setLane": set_lane}
