"""The employer behind a network: claims, keeps and ends leases over HTTP, and carries commits as packs.

A call that was not answered is repeated under the same idempotency key, so it is done once however often it
was sent. All leases of this host are renewed in one call.
"""

import contextlib
import hashlib
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from windlass.app.client import Client, patiently, remote_of
from windlass.dispatch import (
    Assignment,
    FindingRef,
    Job,
    Lease,
    LeaseLost,
    Made,
    Outcome,
    Refusal,
    TaskStatus,
)
from windlass.kernel import Conflict, Denied, Invalid, Unavailable, WindlassError
from windlass.workspace import Mirror

T = TypeVar("T")

RENEW_S: Final = 10.0
STALE_S: Final = 60.0
"""A lease that could not be renewed for so long is in doubt, though not lost."""
PATIENCE_S: Final = 280.0
"""How long a call under a lease is repeated: about as long as a lease lives without renewal."""
TEXT_MAX: Final = 60_000
NAME_MAX: Final = 128


@dataclass(slots=True)
class _Held:
    """One lease of this host."""

    token: str
    renewed_at: float
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """How this host makes itself known. `name` is fresh for every start; the token's own comes before it."""

    name: str
    host: str
    lanes: tuple[str, ...]
    slots: int
    version: str


@dataclass(slots=True)
class RemoteEmployer:
    """See `dispatch.Employer`; one for all slots of a host. `mirrors`: where bases are kept between tasks."""

    client: Client
    registration: Registration
    mirrors: Path
    stop: threading.Event
    name: str = ""
    """This instance, once it was introduced."""
    draining: threading.Event = field(default_factory=threading.Event)
    """Set when somebody asked this host, by way of the server, to take nothing new."""
    _held: dict[tuple[int, int], _Held] = field(default_factory=dict)
    _names: dict[tuple[int, int], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def introduce(self) -> None:
        """Ask who this host is by its token, and become known as an instance of that runner."""
        ask = partial(self.client.call, "GET", "/v1/session")
        told = patiently(ask, self.stop, patience_s=PATIENCE_S)
        runner = str(told.get("subject", "")).removeprefix("runner:")
        self.name = f"{runner}.{self.registration.name}"[:NAME_MAX]
        self._register()

    def _register(self) -> None:
        """Make this host known; again after the server forgot it."""
        made = self.registration
        body = {
            "name": self.name, "kind": "worker", "host": made.host, "lanes": list(made.lanes),
            "capacity": made.slots, "beat_every_s": RENEW_S, "version": made.version,
        }  # fmt: skip
        patiently(lambda: self.client.call("POST", "/v1/instances", body), self.stop, patience_s=PATIENCE_S)

    def leave(self) -> None:
        """Say that this host takes nothing more; nobody hears it when the server is away."""
        with contextlib.suppress(WindlassError):
            self.client.call("DELETE", f"/v1/instances/{self.name}")

    def take(self, worker: str) -> Job | None:
        with self._turn:  # one claim at a time from one host: an idle host costs its server one small call
            if self.stop.is_set() or self.draining.is_set():
                return None
            key = f"claim-{uuid.uuid4().hex}"
            asked = {"lanes": list(self.registration.lanes)}
            try:
                answer = patiently(lambda: self._claim(asked, key), self.stop, patience_s=PATIENCE_S)
            except Conflict:
                return None  # an answer that was lost was for a lease that has ended meanwhile
        if answer.get("task") is None:
            return None
        job = job_of(answer, worker, self.name)
        place = (job.lease.task_id, job.lease.fence)
        with self._lock:
            self._held[place] = _Held(str(answer["lease"]["token"]), time.monotonic())
            self._names[place] = str(answer["task"]["repository"])
        return job

    def prolong(self, lease: Lease) -> Lease:
        known = self._known(lease)
        if time.monotonic() - known.renewed_at > STALE_S:
            raise Unavailable(f"{self.client.server} has not renewed the lease of task {lease.task_id}")
        return lease

    def holds(self, lease: Lease) -> bool:
        with self._lock:
            known = self._held.get((lease.task_id, lease.fence))
        return known is not None and not known.lost

    def workspace(self, job: Job) -> tuple[Mirror, str]:
        place, base = (job.lease.task_id, job.lease.fence), job.assignment.base
        mirror = self._mirror(self._names[place], base)
        if not (base and mirror.exists(base)):
            base = self._under(job.lease, lambda token: self._fetch(mirror, token))
        return mirror, base

    def hand_in(self, job: Job, made: Made) -> TaskStatus | Refusal:
        lease = job.lease
        path = f"/v1/attempt/pack?commit={made.head}"
        try:
            self._under(lease, lambda token: self.client.upload(path, made.pack, bearer=token))
            body = {"commit": made.head, **({"note": made.note[:TEXT_MAX]} if made.note else {})}
            key = f"submit-{lease.task_id}-{lease.fence}-{made.head}"
            answer = self._tool(lease, "/v1/tools/submit_for_review", body, key)
        except (Denied, Invalid) as refused:
            return Refusal(str(refused))
        self._forget(lease)
        return TaskStatus(answer["status"])

    def end(self, job: Job, outcome: Outcome, detail: str) -> TaskStatus:
        return self._end(job.lease, outcome.value, detail)

    def release(self, job: Job, reason: str) -> None:
        self._end(job.lease, "released", reason)

    def hand_back(self, reason: str) -> None:
        """Release every lease of this host; the work that goes on notices at its next look."""
        with self._lock:
            held = list(self._held.items())
        for (task, fence), one in held:
            with contextlib.suppress(WindlassError):
                body = {"outcome": "released", "detail": reason}
                key = f"end-{task}-{fence}-released"
                self.client.call("POST", "/v1/attempt/end", body, bearer=one.token, key=key)
            one.lost = True

    def renew(self) -> None:
        """Renew every lease of this host and say that it lives: two calls, whatever it holds."""
        with self._lock:
            held = [one for one in self._held.values() if not one.lost]
        began = time.monotonic()
        if held:
            body = {"lease_tokens": [one.token for one in held]}
            found = self.client.call("POST", "/v1/leases/renew", body)["leases"]
            for one, told in zip(held, found, strict=True):
                if told["state"] == "alive":
                    one.renewed_at = began
                else:
                    one.lost = True
        self._beat()

    def _beat(self) -> None:
        try:
            told = self.client.call("POST", f"/v1/instances/{self.name}/beat")
        except WindlassError as error:
            remote = remote_of(error)
            if remote is None or remote.status not in (404, 409):
                raise
            self._register()
            return
        if told.get("state") == "draining":
            self.draining.set()
        else:
            self.draining.clear()

    def _claim(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        return self.client.call("POST", "/v1/tools/claim_task", asked, key=key)

    def _end(self, lease: Lease, outcome: str, detail: str) -> TaskStatus:
        body = {"outcome": outcome, **({"detail": detail[:TEXT_MAX]} if detail else {})}
        key = f"end-{lease.task_id}-{lease.fence}-{outcome}"
        answer = self._tool(lease, "/v1/attempt/end", body, key)
        self._forget(lease)
        return TaskStatus(answer["status"])

    def _tool(self, lease: Lease, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return self._under(lease, lambda token: self.client.call("POST", path, body, bearer=token, key=key))

    def _under(self, lease: Lease, call: Callable[[str], T]) -> T:
        """A call with the lease's token, repeated until it is answered or the lease is lost."""
        token = self._known(lease).token

        def once() -> T:
            self._known(lease)
            return call(token)

        try:
            return patiently(once, threading.Event(), patience_s=PATIENCE_S)
        except WindlassError as error:
            if is_lost(error):
                self._forget(lease)
                raise LeaseLost(lease) from error
            raise

    def _known(self, lease: Lease) -> _Held:
        with self._lock:
            known = self._held.get((lease.task_id, lease.fence))
        if known is None or known.lost:
            raise LeaseLost(lease)
        return known

    def _forget(self, lease: Lease) -> None:
        with self._lock:
            self._held.pop((lease.task_id, lease.fence), None)
            self._names.pop((lease.task_id, lease.fence), None)

    def _mirror(self, repository: str, base: str) -> Mirror:
        """One private mirror per server and repository, so that objects are fetched once."""
        name = hashlib.sha256(f"{self.client.server}\0{repository}".encode()).hexdigest()[:16]
        kind = "sha256" if len(base) == 64 else "sha1"
        return Mirror.create(self.mirrors / f"remote-{name}", object_format=kind)

    def _fetch(self, mirror: Mirror, token: str) -> str:
        with tempfile.TemporaryDirectory(dir=mirror.tmp, prefix="base-") as folder:
            pack = Path(folder) / "base.pack"
            headers = self.client.fetch("/v1/attempt/base", pack, bearer=token)
            mirror.receive(pack)
        base = headers.get("windlass-base", "")
        if not mirror.exists(base):
            raise Unavailable(f"{self.client.server} sent a pack without the commit {base!r}")
        return base


def is_lost(error: WindlassError) -> bool:
    """Whether a server's no means that others decide about the task now."""
    remote = remote_of(error)
    if remote is None:
        return isinstance(error, LeaseLost)
    return remote.code == "lease-lost" or remote.status == 401 or isinstance(error, Conflict)


def job_of(answer: dict[str, Any], worker: str, instance: str) -> Job:
    """What claim_task answered, as a worker is told it."""
    try:
        task, spec, grant, place = (
            answer["task"],
            answer["task"]["spec"],
            answer["lease"],
            answer["workspace"],
        )
        lease = Lease(int(grant["task_id"]), int(grant["fence"]), worker, instance, 0.0)
        return Job(lease, str(spec["runner"]), Assignment(
            task=lease.task_id, fence=lease.fence, attempt=int(task["attempt"]), title=str(task["title"]),
            instructions=str(spec["instructions"]), source=str(spec.get("source", "")),
            category=str(spec.get("category", "")), rules=_words(spec["rules"]), paths=_words(spec["paths"]),
            findings=tuple(
                FindingRef(str(one["path"]), int(one["line"]), str(one["rule"]), str(one["text"]))
                for one in spec["findings"]
            ),
            feedback=str(task["note"]), base=str(place["base"]), branch=str(place["branch"]),
        ))  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"the server's answer to claim_task cannot be read: {error!r}") from error


def _words(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
