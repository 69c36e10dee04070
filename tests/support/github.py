"""A small GitHub on loopback: the part of the REST API that windlass uses, over a real bare repository.

It keeps pull requests, labels, comments and statuses in memory, reads branches from the repository whenever
it is asked, knows a merged pull request by its commit being reachable from its base, and refuses what GitHub
refuses: https://docs.github.com/rest/pulls/pulls, /issues/comments, /issues/labels, /commits/statuses.
"""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghp_the-very-secret-token"
REPOSITORY = "acme/shop"


@dataclass
class Request:
    number: int
    title: str
    body: str
    head: str
    base: str
    author: str = "windlass[bot]"
    fork: bool = False
    draft: bool = False
    closed: bool = False
    merged: bool = False
    sha: str = ""
    labels: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class GitHub:
    """`answers`: what is answered next instead, (status, headers, body) each; `calls`: what was asked.
    `lost`: how calls begin that are done and whose answer never arrives. `heard` is told of each one done.
    """

    def __init__(self, repository: Path) -> None:
        self.path, self.requests = repository, dict[int, Request]()
        self.statuses: dict[str, list[dict]] = {}
        self.writers = {"ada"}
        self.calls: list[str] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.heads: list[dict[str, str]] = []
        self.lost: list[str] = []
        self.heard: Callable[[str], None] = lambda _: None
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.root = f"http://127.0.0.1:{self.server.server_port}"

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", "-C", str(self.path), *args], capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    def add(self, branch: str, commit: str, **given) -> Request:
        """Somebody opens a pull request; of a fork there is only `refs/pull/N/head` here, as at GitHub."""
        with self.lock:
            made = Request(len(self.requests) + 1, given.pop("title", "Mine"), "", branch, "main", **given)
            made.sha = commit
            self.requests[made.number] = made
            self.git("update-ref", f"refs/pull/{made.number}/head", commit)
            if not made.fork:
                self.git("update-ref", f"refs/heads/{branch}", commit)
            return made

    def push(self, request: Request, commit: str) -> None:
        request.sha = commit
        self.git("update-ref", f"refs/pull/{request.number}/head", commit)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        github = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(size)
                with github.lock:
                    github.calls.append(f"{self.command} {self.path}")
                    github.heads.append(dict(self.headers.items()))
                    status, headers, body = github.answer(self.command, self.path, self.headers, content)
                call = f"{self.command} {self.path}"
                github.heard(call)
                if any(call.startswith(one) for one in github.lost):
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PATCH = do_DELETE = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(self, method, path, headers, content) -> tuple[int, dict[str, str], bytes]:
        if self.answers:
            return self.answers.pop(0)
        if headers["Authorization"] != f"Bearer {TOKEN}":
            status, told = 401, {"message": "Bad credentials"}
        else:
            parts = urlsplit(path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            status, told = self._told(method, parts.path, query, json.loads(content) if content else None)
        body = b"" if status == 204 else json.dumps(told).encode()
        return status, {"Content-Type": "application/json; charset=utf-8"}, body

    def _told(self, method, path, query, given):
        top = f"/repos/{REPOSITORY}"
        if not path.startswith(top):
            return 404, {"message": "Not Found"}
        path = path.removeprefix(top)
        if (method, path) == ("GET", ""):
            return 200, {"full_name": REPOSITORY, "permissions": {"push": True}}
        if (method, path) == ("GET", "/pulls"):
            return 200, self._list(query)
        if (method, path) == ("POST", "/pulls"):
            return self._create(given)
        if found := re.fullmatch(r"/statuses/([0-9a-f]{40})", path):
            self.statuses.setdefault(found[1], []).append(given)
            return 201, given
        if found := re.fullmatch(r"/collaborators/([^/]+)/permission", path):
            return 200, {"permission": "write" if found[1] in self.writers else "read"}
        if found := re.fullmatch(r"/(?:pulls|issues)/(\d+)(/.*)?", path):
            request = self.requests.get(int(found[1]))
            if request is None:
                return 404, {"message": "Not Found"}
            return self._one(method, request, found[2] or "", given)
        return 404, {"message": "Not Found"}

    def _list(self, query):
        owner, _, branch = query.get("head", ":").partition(":")
        found = [
            one for one in reversed(self.requests.values())
            if (query["state"] == "all" or self._table(one)["state"] == query["state"])
            and (not branch or (one.head == branch and owner == "acme" and not one.fork))
        ]  # fmt: skip
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        return [self._table(one) for one in found[(page - 1) * size : page * size]]

    def _create(self, given):
        head, base = self.git("rev-parse", f"refs/heads/{given['head']}"), given["base"]
        mine = (one for one in self.requests.values() if not one.fork and not one.closed)
        known = any(one.head == given["head"] for one in mine)
        ahead = self.git("rev-list", f"{base}..{head}")
        why = (
            f"A pull request already exists for acme:{given['head']}." if known
            else "head is invalid" if not head
            else f"No commits between {base} and {given['head']}" if not ahead
            else ""
        )  # fmt: skip
        if why:
            errors = [{"resource": "PullRequest", "message": why}]
            return 422, {"message": "Validation Failed", "errors": errors}
        made = Request(len(self.requests) + 1, given["title"], given["body"], given["head"], base, sha=head)
        self.requests[made.number] = made
        return 201, self._table(made)

    def _one(self, method, request, rest, given):
        if (method, rest) == ("GET", ""):
            return 200, self._table(request)
        if (method, rest) == ("PATCH", ""):
            request.closed = given["state"] == "closed"
            return 200, self._table(request)
        if (method, rest) == ("POST", "/comments"):
            request.comments.append(given["body"])
            return 201, {"id": len(request.comments), "body": given["body"]}
        if (method, rest) == ("POST", "/labels"):
            request.labels += [one for one in given["labels"] if one not in request.labels]
            return 200, [{"name": one} for one in request.labels]
        if method == "DELETE" and rest.startswith("/labels/"):
            name = rest.removeprefix("/labels/")
            if name not in request.labels:
                return 404, {"message": "Label does not exist"}
            request.labels.remove(name)
            return 200, [{"name": one} for one in request.labels]
        return 404, {"message": "Not Found"}

    def _table(self, one: Request) -> dict:
        if not one.fork and not one.closed and not one.merged:
            one.sha = self.git("rev-parse", f"refs/heads/{one.head}") or one.sha
            done = subprocess.run(
                ["git", "-C", str(self.path), "merge-base", "--is-ancestor", one.sha, one.base],
                capture_output=True,
            )
            one.merged = one.closed = done.returncode == 0
        owner = "mallory/shop" if one.fork else REPOSITORY
        return {
            "number": one.number, "title": one.title, "body": one.body, "draft": one.draft,
            "state": "closed" if one.closed else "open",
            "merged_at": "2026-11-22T12:00:00Z" if one.merged else None,
            "html_url": f"https://github.example/{REPOSITORY}/pull/{one.number}",
            "user": {"login": one.author}, "labels": [{"name": name} for name in one.labels],
            "author_association": "MEMBER" if one.author in self.writers else "NONE",
            "head": {"ref": one.head, "sha": one.sha, "repo": {"full_name": owner}},
            "base": {"ref": one.base, "sha": self.git("rev-parse", one.base)},
        }  # fmt: skip


@contextmanager
def serving(repository: Path) -> Iterator[GitHub]:
    github = GitHub(repository)
    thread = threading.Thread(target=github.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield github
    finally:
        github.server.shutdown()
        github.server.server_close()
        thread.join()
