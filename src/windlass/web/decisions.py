"""/v1/decisions and /v1/policies: what waits for a person, and the standing answers that grew out of it."""

from typing import Any, Final

from windlass.contracts import models
from windlass.mesh import Caller
from windlass.store import Transaction
from windlass.web import records
from windlass.web.bind import Handler
from windlass.web.call import Call


def list_decisions(call: Call) -> Any:
    def look(tx: Transaction) -> Any:
        chosen = call.filtered(tx)
        call.allow(repository=chosen.id if chosen else None)
        return records.decisions(tx, chosen.id if chosen else 0, call.query["status"], call.query["limit"])

    return {"decisions": [records.decision_view(row) for row in call.read(look)]}


def read_decision(call: Call) -> Any:
    def look(tx: Transaction) -> Any:
        row = records.decision(tx, call.path["decision_id"])
        call.allow(task=row["task_id"], repository=row["repository_id"])
        return row

    return records.decision_view(call.read(look))


def answer_decision(call: Call, body: models.AnswerDecision) -> Any:
    number = call.path["decision_id"]
    text = body.text if isinstance(body.text, str) else ""
    call.allowed = True  # the mesh looks at the right, with the risk of what is decided
    done = call.served.mesh.decide(_caller(call), number, body.choice, text)
    told = {"decision": records.decision_view(call.read(lambda tx: records.decision(tx, number)))}
    return told | ({"offer": done["offer"]} if done.get("offer") else {})


def list_policies(call: Call) -> Any:
    call.allowed = True
    revoked = call.query["revoked"]
    return {
        "policies": call.served.mesh.policies(_caller(call), call.query.get("repository"), revoked=revoked)
    }


def create_policy(call: Call, body: models.CreatePolicy) -> Any:
    call.allowed = True
    repository = body.repository if isinstance(body.repository, str) else None
    return call.served.mesh.add_policy(_caller(call), repository, (body.kind, body.pattern, body.choice))


def revoke_policy(call: Call) -> Any:
    call.allowed = True
    return call.served.mesh.revoke_policy(_caller(call), call.path["policy_id"])


def _caller(call: Call) -> Caller:
    return Caller(call.principal, None, "rest")


HANDLERS: Final[dict[str, Handler]] = {
    "listDecisions": list_decisions,
    "readDecision": read_decision,
    "answerDecision": answer_decision,
    "listPolicies": list_policies,
    "createPolicy": create_policy,
    "revokePolicy": revoke_policy,
}
