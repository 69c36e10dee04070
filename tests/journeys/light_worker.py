"""A worker of few parts: claims a task over HTTP, makes a commit with git, uploads it, submits it.

light_worker.py SERVER TOKEN_FILE REPOSITORY FOLDER SEED, with the standard library alone: somebody else's
worker, that knows of windlass only what its contract says. It renews its leases, repeats calls that were not
answered under the same key, and drops its work when a lease is lost.
"""

import contextlib
import http.client
import json
import os
import random
import subprocess
import sys
import time
import urllib.parse
import uuid
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0


class Said(Exception):
    """The server said no."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"{status} {body[:300]!r}")
        self.status = status


class Worker:
    def __init__(self, server: str, token: str, repository: str, folder: Path, seed: int) -> None:
        self.url, self.token, self.repository = urllib.parse.urlsplit(server), token, repository
        self.git_dir, self.random = folder / "clone.git", random.Random(seed)
        self.line: http.client.HTTPConnection | None = None
        if not self.git_dir.exists():
            subprocess.run(["git", "clone", "-q", "--bare", repository, str(self.git_dir)], check=True)

    def call(self, method: str, path: str, body: Any = None, *, bearer: str = "", key: str = "") -> Any:
        """One call, repeated while nobody answers."""
        headers = {"Authorization": f"Bearer {bearer or self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = body
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/x-git-packed-objects"
        elif body is not None:
            content = json.dumps(body).encode()
        until, wait = time.monotonic() + PATIENCE_S, 0.1
        while True:
            try:
                return self._once(method, path, content, headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._hang_up()
                if time.monotonic() > until:
                    raise TimeoutError(str(error)) from error
            except Said as said:
                if said.status < 500 or time.monotonic() > until:
                    raise
            time.sleep(wait * self.random.uniform(0.5, 1.5))
            wait = min(2 * wait, 2.0)

    def _once(self, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> Any:
        if self.line is None:
            self.line = http.client.HTTPConnection(self.url.hostname or "", self.url.port, timeout=30)
        self.line.request(method, path, content, headers)
        answer = self.line.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise Said(answer.status, told)
        return json.loads(told) if told else {}

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def git(self, *args: str, stdin: bytes = b"", index: str = "") -> bytes:
        env = {**os.environ, "GIT_DIR": str(self.git_dir), **({"GIT_INDEX_FILE": index} if index else {})}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "Light", f"GIT_{who}_EMAIL": "light@example.org"}
        return subprocess.run(["git", *args], input=stdin, env=env, capture_output=True, check=True).stdout

    def commit(self, base: str, path: str, text: str) -> tuple[str, bytes]:
        """A commit on the base with one more file, and the pack of it."""
        if subprocess.run(["git", "-C", str(self.git_dir), "cat-file", "-e", base], check=False).returncode:
            self.git("fetch", "-q", self.repository, "+refs/heads/*:refs/heads/*")
        index = str(self.git_dir / f"index-{uuid.uuid4().hex}")
        try:
            self.git("read-tree", base, index=index)
            blob = self.git("hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()
            self.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", index=index)
            tree = self.git("write-tree", index=index).decode().strip()
        finally:
            Path(index).unlink(missing_ok=True)
        made = self.git("commit-tree", tree, "-p", base, "-m", f"Write {path}").decode().strip()
        pack = self.git(
            "pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=f"{made}\n^{base}\n".encode()
        )
        return made, pack

    def work(self) -> bool:
        """One task from claim to submission; whether there was one."""
        try:
            answer = self.call("POST", "/v1/tools/claim_task", {"lanes": ["light"]}, key=uuid.uuid4().hex)
        except Said:
            return False  # a claim whose answer was lost, and whose lease has ended since
        if answer["task"] is None:
            return False
        task, lease = answer["task"], answer["lease"]["token"]
        path = task["spec"]["paths"][0]
        try:
            text = f"{path} by {uuid.uuid4().hex} at fence {task['fence']}\n"
            made, pack = self.commit(answer["workspace"]["base"], path, text)
            self._ponder(lease)
            self.call("PUT", f"/v1/attempt/pack?commit={made}", pack, bearer=lease)
            self._ponder(lease)
            note = {"commit": made, "note": "written"}
            self.call("POST", "/v1/tools/submit_for_review", note, bearer=lease, key=f"s-{made}")
        except Said as said:
            if said.status not in (401, 409):
                raise RuntimeError(f"task {task['id']} fence {task['fence']}: {said}") from said
        return True

    def _ponder(self, lease: str) -> None:
        """Think for a while, and keep the lease meanwhile."""
        time.sleep(self.random.expovariate(2.0))
        key = uuid.uuid4().hex
        self.call("POST", "/v1/tools/renew_lease", {}, bearer=lease, key=key)


def main() -> None:
    server, token_file, repository, folder, seed = sys.argv[1:6]
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    worker = Worker(server, Path(token_file).read_text().strip(), repository, place, int(seed))
    while True:
        worked = False
        with contextlib.suppress(TimeoutError):
            worked = worker.work()
        if not worked:
            time.sleep(worker.random.uniform(0.3, 1.2))


if __name__ == "__main__":
    main()
