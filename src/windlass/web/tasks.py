"""/v1/tasks…: tasks as they stand, and new ones for agents that claim them."""

from collections.abc import Mapping
from typing import Any, Final

from windlass.app import Order
from windlass.contracts import models
from windlass.kernel import Unavailable
from windlass.mesh import Caller
from windlass.store import Transaction
from windlass.web import records
from windlass.web.bind import Handler
from windlass.web.call import Call
from windlass.web.records import Wanted


def list_tasks(call: Call) -> Any:
    limit = call.query["limit"]

    def look(tx: Transaction) -> Any:
        chosen = call.filtered(tx)
        call.allow(repository=chosen.id if chosen else None)
        wanted = Wanted(
            chosen.id if chosen else 0, call.query.get("status", ()), call.query.get("lane", ""),
            call.query["after"], limit,
        )  # fmt: skip
        return records.tasks(tx, wanted)

    rows = call.read(look)
    shown = [records.task_view(row, spec=False) for row in rows[:limit]]
    return {"tasks": shown, "next": shown[-1]["id"] if len(rows) > limit else None}


def file_task(call: Call, body: models.FileTask) -> Any:
    chosen = call.read(call.chosen)
    call.allow(repository=chosen.id)
    asked = body.model_dump(mode="json")
    order = _order(asked)
    plant = call.served.plants.get(chosen.id)
    if plant is None:
        raise Unavailable(
            f"this server does not tend {chosen.name!r}", hint="file it at the one that does"
        )
    file = order.filer(plant, call.who)

    def work(tx: Transaction, now: float) -> dict[str, Any]:
        made = file(tx)
        return {"id": made.task, "lane": order.lane, "risk": made.risk, "reasons": list(made.reasons)}

    caller = Caller(call.principal, call.headers.get("Idempotency-Key"), "rest")
    return call.served.mesh.once(caller, "task.create", {**asked, "repository": chosen.id}, work)


def _order(asked: Mapping[str, Any]) -> Order:
    return Order(
        asked["title"], asked["lane"], tuple(asked["paths"]), text=asked["text"],
        kind=asked.get("kind", "change"), needs=tuple(asked.get("needs", ())),
        skills=tuple(asked.get("skills", ())), wsjf=float(asked["wsjf"]), risky=asked["high_risk"],
        acceptance=tuple(asked.get("acceptance", ())),
    )  # fmt: skip


def read_task(call: Call) -> Any:
    def look(tx: Transaction) -> Any:
        row = records.task(tx, call.path["task_id"])
        call.allow(
            task=row["id"], repository=row["repository_id"], author=records.workers(tx, row["id"])
        )
        return row

    return records.task_view(call.read(look), spec=True)


def read_history(call: Call) -> Any:
    return call.tool(
        "get_task_history",
        {"task_id": call.path["task_id"], "after": call.query["after"], "limit": call.query["limit"]},
    )


HANDLERS: Final[dict[str, Handler]] = {
    "listTasks": list_tasks,
    "fileTask": file_task,
    "readTask": read_task,
    "readTaskHistory": read_history,
}
