"""/v1/letters: messages between instances and people."""

from typing import Any, Final

from windlass import commons
from windlass.commons import Letter
from windlass.contracts import models
from windlass.kernel import iso
from windlass.store import Transaction
from windlass.web.bind import Handler
from windlass.web.call import Call
from windlass.web.records import at


def list_letters(call: Call) -> Any:
    limit, box = call.query["limit"], call.query.get("box", call.box)

    def look(tx: Transaction) -> list[Letter]:
        if box == call.box:
            call.allow()
        else:
            call.allow_only("read", repository=call.principal.repository)
        return commons.inbox(
            tx, box, unread_only=call.query["unread"], after=call.query["after"], limit=limit
        )

    found = call.read(look)
    return {"letters": [view(one) for one in found], "next": found[-1].id if len(found) == limit else None}


def send(call: Call, body: models.SendLetter) -> Any:
    task = body.task_id if isinstance(body.task_id, int) else None
    kind = body.kind if isinstance(body.kind, str) else "note"

    def put(tx: Transaction) -> tuple[int, ...]:
        call.allow(repository=call.principal.repository, task=task)
        return commons.send(
            tx, body.receiver, body.body, tx.now(), sender=call.box, kind=kind, task_id=task
        )

    return {"letters": list(call.write(put))}


def read(call: Call, body: models.ReadLetters) -> Any:
    numbers = body.model_dump()["letters"]

    def note(tx: Transaction) -> int:
        call.allow()
        return commons.receipt(tx, call.box, [int(one) for one in numbers], tx.now())

    return {"read": call.write(note)}


def view(one: Letter) -> dict[str, Any]:
    return {
        "id": one.id, "sender": one.sender, "receiver": one.receiver, "task_id": one.task_id,
        "kind": one.kind, "body": one.body, "at": iso(one.at), "read_at": at(one.read_at),
    }  # fmt: skip


HANDLERS: Final[dict[str, Handler]] = {"listLetters": list_letters, "sendLetter": send, "readLetters": read}
