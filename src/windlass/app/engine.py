"""The only module that knows DBOS: durable workflows, started in the caller's transaction.

A workflow is one stage of one thing (verify a submission, land it, discover a repository). Its body may run
again from the top after a crash, so bodies are idempotent: they keep evidence as they go and write
conditionally. The task row stays the state machine; if every workflow were lost, the daemon's tick would
start them again. Each repository has queues of its own, since not every server tends every repository.
"""

import json
import logging
import os
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from dbos import DBOS, DBOSClient, DBOSConfig, Serializer
from sqlalchemy.exc import OperationalError

from windlass.kernel import Unavailable, WindlassError
from windlass.store import Database, Starter, Transaction

Body = Callable[..., None]
"""What one workflow does; takes the inputs by name."""

APPLICATION: Final = "windlass"
VERSION: Final = "wf-1"
"""Constant on purpose: the default hashes the sources and would strand running workflows at an upgrade."""

POLL_S: Final = 0.05
RETENTION_S: Final = 7 * 86_400
AT_ONCE: Final = 1 + max(2, os.cpu_count() or 2)
"""Bodies that this process runs at the same time, over all repositories."""

Owner = Callable[[str, Mapping[str, Any]], int | None]
"""The repository that a workflow of this name with these inputs belongs to."""


class Progress(Enum):
    """Where a workflow is, as far as its row tells."""

    ABSENT = "absent"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Engine:
    """Start workflows in a transaction, run them, take over those of dead nodes."""

    def __init__(
        self, database: Database, *, node: str, concurrency: Mapping[str, int],
        repositories: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        """`repositories`: those whose workflows this process runs; None: the queues that belong to none."""
        self._database = database
        self._repositories = repositories
        self._room = _Room(AT_ONCE)
        self._node = node
        self._concurrency = concurrency
        self._starting = threading.Lock()
        self._engine = database.engine()
        self._client: DBOSClient | None = None

    def start(self, tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
        """See `store.Starter`; for work that belongs to no repository."""
        self._start(tx, (name, name), key, inputs)

    def starter(self, repository: int) -> Starter:
        """What starts the workflows of one repository."""

        def start(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
            self._start(tx, (name, queue_of(name, repository)), key, inputs)

        return start

    def _start(
        self, tx: Transaction, place: tuple[str, str], key: str, inputs: Mapping[str, str | int]
    ) -> None:
        name, queue = place
        with self._starting:
            if self._client is None:
                raise WindlassError(f"workflow {name!r} was started before the engine")
            self._client.enqueue_in_transaction(
                tx.connection,
                {"queue_name": queue, "workflow_name": name, "workflow_id": key, "app_version": VERSION},
                dict(inputs),
            )

    def launch(self, bodies: Mapping[str, Body]) -> None:
        """Create the engine's tables if needed, register the workflows and begin to work."""
        try:
            self._launch(bodies)
        except OperationalError as error:
            said = str(error.orig).partition("\n")[0]
            raise Unavailable(
                f"the database went away while the workflows were started: {said}",
                hint="start again when it answers; nothing was begun",
            ) from error

    def _launch(self, bodies: Mapping[str, Body]) -> None:
        _quiet()
        config: DBOSConfig = {
            "name": APPLICATION, "system_database_url": _url(self._database.url), "executor_id": self._node,
            "system_database_engine": self._engine, "application_version": VERSION, "log_level": "CRITICAL",
            "serializer": _Json(), "run_migrations": True,
            "notification_listener_polling_interval_sec": POLL_S,
        }  # fmt: skip
        DBOS(config=config)
        for name, body in bodies.items():
            DBOS.workflow(name=name)(_workflow(name, body, self._room))
        queues = self._queues(bodies)
        DBOS.listen_queues(list(queues))
        DBOS.launch()
        for queue, name in queues.items():
            at_once = self._concurrency.get(name, 1)
            DBOS.register_queue(queue, worker_concurrency=at_once, polling_interval_sec=POLL_S)
        self._client = DBOSClient(
            system_database_url=_url(self._database.url), system_database_engine=self._engine,
            serializer=_Json(), application_name=APPLICATION,
        )  # fmt: skip

    def adopt(self, owner: Owner, bodies: Mapping[str, Body]) -> int:
        """Bring what an older version queued for no repository in particular to its repository's queue."""
        tended = self._repositories
        if tended is None:
            return 0
        moved = 0
        for name in bodies:
            for waiting in DBOS.list_workflows(status="ENQUEUED", queue_name=name, load_output=False):
                given: Any = waiting.input
                repository = owner(name, given["args"][0])
                if repository is not None and repository in tended:
                    DBOS.resume_workflows([waiting.workflow_id], queue_name=queue_of(name, repository))
                    moved += 1
        return moved

    @property
    def at_work(self) -> int:
        """Bodies that this process is running now."""
        return self._room.taken

    def progress(self, key: str) -> Progress:
        """What became of the workflow with this key."""
        status = DBOS.get_workflow_status(key)
        if status is None:
            return Progress.ABSENT
        if status.status == "SUCCESS":
            return Progress.DONE
        return Progress.RUNNING if status.status in ("PENDING", "ENQUEUED", "DELAYED") else Progress.FAILED

    def resume(self, node: str) -> int:
        """Take over what a dead node left running; call it only for nodes known to be dead."""
        left = DBOS.list_workflows(status="PENDING", executor_id=node, load_input=False, load_output=False)
        by_queue: dict[str, list[str]] = {}
        for workflow in left:
            by_queue.setdefault(workflow.queue_name or workflow.name, []).append(workflow.workflow_id)
        for queue, keys in by_queue.items():
            DBOS.resume_workflows(keys, queue_name=queue)
        return len(left)

    def running(self) -> int:
        """Workflows that are queued or at work, of any node."""
        return len(DBOS.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False, load_output=False))

    def forget_before(self, iso_time: str, *, limit: int = 500) -> int:
        """Delete finished workflows older than this moment; the engine itself keeps them for ever."""
        done = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
        old = DBOS.list_workflows(
            status=done, completed_before=iso_time, limit=limit, load_input=False, load_output=False
        )
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])
        return len(old)

    def _queues(self, bodies: Mapping[str, Body]) -> dict[str, str]:
        """The queues this process serves, with the name of their workflows."""
        if self._repositories is None:
            return {name: name for name in bodies}
        return {queue_of(name, one): name for name in bodies for one in self._repositories}

    def close(self, *, wait_s: int = 0) -> None:
        """Stop working. What is unfinished stays in the database for the next start."""
        if self._client is not None:
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=wait_s)
            self._client = None
        self._engine.dispose()


class _Room:
    """Places for bodies, and how many are taken."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._lock = threading.Lock()
        self.taken = 0

    def __enter__(self) -> None:
        self._places.acquire()
        with self._lock:
            self.taken += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.taken -= 1
        self._places.release()


def queue_of(name: str, repository: int) -> str:
    """The queue of one kind of workflow of one repository."""
    return f"{name}-{repository}"


def _workflow(name: str, body: Body, room: "_Room") -> Callable[[dict[str, Any]], None]:
    @DBOS.step(name=f"{name}.body")
    def step(inputs: dict[str, Any]) -> None:
        with room:
            body(**inputs)

    def workflow(inputs: dict[str, Any]) -> None:
        step(inputs)

    workflow.__qualname__ = workflow.__name__ = name
    return workflow


class _Json(Serializer):
    """JSON instead of the default pickle: whoever can write a row must not be able to run code."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "windlass_json"


def _quiet() -> None:
    warnings.filterwarnings("ignore", module="dbos")
    logging.getLogger("dbos").setLevel(logging.CRITICAL)


def _url(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1] if url.startswith("postgres") else url
