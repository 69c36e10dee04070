"""The tools of the brain: answer, approve, reject. Nobody approves the own work, or what was not verified."""

from windlass import dispatch
from windlass.dispatch import Review, Submission, Task
from windlass.identity import authorize, self_approved
from windlass.kernel import Conflict, Denied
from windlass.mesh import answering, controller, records
from windlass.mesh.office import Office, Request, once
from windlass.mesh.records import Answer
from windlass.store import Transaction


def respond(office: Office, request: Request) -> Answer:
    asked = request.asked

    def work(tx: Transaction, now: float) -> Answer:
        task = dispatch.task(tx, asked["task_id"])
        authorize(request.principal, "task.answer", task=task.id, repository=task.repository_id)
        words = (asked.get("choice"), asked["answer"])
        status = answering.respond(tx, task.id, words, request.principal.subject, now)
        return {"status": status.value}

    return once(office, request, work)


def approve(office: Office, request: Request) -> Answer:
    asked = request.asked

    def work(tx: Transaction, now: float) -> Answer:
        task = dispatch.task(tx, asked["task_id"])
        authors = records.authors(tx, [task.id])
        authorize(
            request.principal, "task.approve", task=task.id, repository=task.repository_id, author=authors,
            risk=task.risk,
        )  # fmt: skip
        task, offered = controller.submission_in_review(tx, task.id)
        _check_same(task, offered, asked["commit"])
        _check_ready(task, offered)
        own = self_approved(request.principal, authors)
        following = controller.approve(
            tx, office.rules(task), offered, request.principal.subject, now, note=str(asked.get("note", "")),
            self_approved=own,
        )  # fmt: skip
        link = None if following is None else {"role": following.role, "task_id": following.task_id}
        return {"status": task.status.value, "next": link, "self_approved": own}

    return once(office, request, work)


def reject(office: Office, request: Request) -> Answer:
    asked = request.asked

    def work(tx: Transaction, now: float) -> Answer:
        task = dispatch.task(tx, asked["task_id"])
        authorize(request.principal, "task.reject", task=task.id, repository=task.repository_id)
        task, offered = controller.submission_in_review(tx, task.id)
        if "commit" in asked:
            _check_same(task, offered, asked["commit"])
        by = request.principal.subject
        status = dispatch.verdicts.reject(tx, task.id, task.fence, asked["reason"], now, actor=by)
        review = {"reviewer": by, "role": "brain", "verdict": "reject", "reason": asked["reason"]}
        dispatch.chain.keep_review(tx, offered, review, now)
        return {"status": status.value, "rejections": task.rejections + 1}

    return once(office, request, work)


def _check_same(task: Task, offered: Submission, commit: str) -> None:
    """What was looked at is what is judged."""
    if offered.commit != commit:
        raise Conflict(
            f"task {task.id} offers {offered.commit} and not {commit}",
            hint="look at the commit that is offered now, and decide about that one",
        )


def _check_ready(task: Task, offered: Submission) -> None:
    if not task.role:
        raise Conflict(
            f"task {task.id} has no guardians: the gate alone decides about it",
            hint="nothing is to be done; `reject_work` still sends it back",
        )
    if task.review is Review.NONE:
        raise Conflict(
            f"task {task.id} is not verified yet", hint="wait until the gate has passed it: windlass wait"
        )
    if missing := controller.check_high_risk(task, offered):
        raise Denied(
            f"task {task.id} is of high risk and lacks: {', '.join(missing)}",
            hint="send it back with reject_work; its worker submits with evidence",
            action="task.approve", missing=list(missing),
        )  # fmt: skip
