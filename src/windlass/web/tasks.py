"""GET /v1/tasks…: tasks as they stand."""

from typing import Any, Final

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
    "readTask": read_task,
    "readTaskHistory": read_history,
}
