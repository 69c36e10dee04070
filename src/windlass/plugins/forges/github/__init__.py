"""A repository on GitHub, github.com or an Enterprise Server: a git remote that has pull requests.

The branch that counts moves as that of any git remote: by a push with a lease, never forced, with the
credentials of the user's own git. The API, and the token for it, are for pull requests alone.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from windlass.forge import FORGES, Forge, Pulls, Rejected, clean
from windlass.kernel import Invalid, Tools
from windlass.plugins.forges.github.pulls import GitHubPulls
from windlass.plugins.forges.github.rest import Rest, parse_root
from windlass.workspace import Mirror

PUBLIC: Final = "github.com"
API: Final = "https://api.github.com"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")
_SCP: Final = re.compile(r"(?:[^@/:]+@)?([A-Za-z0-9.-]+):(.+)")


@dataclass(frozen=True, slots=True)
class Settings:
    """`url`: where git finds it. `token`: the name of the secret for the API. `timeout_s`: for one question.
    `repository`: owner/name, `api`: where the API is; both follow from the address if they are empty.
    `pull_requests`: what is offered becomes pull requests, with these `labels`, and those of people that are
    labelled `queue` (empty: none) and with none of `held` enter the merge queue.
    """

    url: str
    token: str = ""
    repository: str = ""
    api: str = ""
    pull_requests: bool = True
    labels: tuple[str, ...] = ("windlass",)
    queue: str = "auto-merge"
    held: tuple[str, ...] = ("do-not-merge", "emergency-pause")
    timeout_s: float = 120.0
    proposals: bool = False


def open(settings: Settings, tools: Tools) -> Forge:
    host, named = parse_place(settings.url)
    repository = settings.repository or named
    if not _NAME.fullmatch(repository) or repository.endswith(("/.", "/..")):
        raise Invalid(
            f"{clean(repository or settings.url)!r} is no repository of GitHub",
            hint='[forge] github.repository = "owner/name"',
        )
    if not settings.api and not host:
        raise Invalid(f"nothing tells where the API of {clean(settings.url)} is", hint="[forge] github.api")
    root = parse_root(settings.api or (API if host == PUBLIC else f"https://{host}/api/v3"))
    if not settings.token:
        raise Invalid("GitHub wants a token", hint='[forge] github.token = "env:GITHUB_TOKEN" or "file:/…"')
    rest = Rest(root, lambda: tools.secret(settings.token), tools.clock, settings.timeout_s)
    proposals = settings.proposals or settings.pull_requests
    table = {"url": settings.url, "timeout_s": settings.timeout_s, "proposals": proposals}
    pulls = GitHubPulls(
        rest, repository, settings.url, settings.labels, queue=settings.queue, held=settings.held
    )
    git = FORGES.open("git", table, tools)
    return GitHub(git, rest, repository, pulls if settings.pull_requests else None)


@dataclass(frozen=True, slots=True)
class GitHub:
    """`git`: the same repository as a git remote, which does all that git can do."""

    git: Forge
    rest: Rest
    repository: str
    pulls: Pulls | None

    @property
    def name(self) -> str:
        return self.git.name

    @property
    def trunk(self) -> str:
        return self.git.trunk

    @property
    def proposals(self) -> bool:
        return self.git.proposals

    def ref(self, mirror: Mirror, name: str) -> str | None:
        return self.git.ref(mirror, name)

    def bring(self, mirror: Mirror, name: str) -> str | None:
        return self.git.bring(mirror, name)

    def publish(self, mirror: Mirror, oid: str, name: str, *, expected: str | None, message: str) -> None:
        self.git.publish(mirror, oid, name, expected=expected, message=message)

    def rehearse(self, mirror: Mirror, name: str) -> str:
        seen = self.git.rehearse(mirror, name)
        answer = self.rest.ask("GET", f"/repos/{self.repository}")
        if answer.status == HTTPStatus.NOT_FOUND or not isinstance(answer.told, dict):
            raise Rejected(
                f"{self.rest.root} knows no {self.repository}, or shows it to nobody with this token",
                hint="[forge] github.repository, and which repositories the token may read",
            )
        return f"{seen}; {self.rest.root} knows {self.repository}"


def parse_place(url: str) -> tuple[str, str]:
    """The host and `owner/name` in an address of git; empty where it names none."""
    if "://" in url:
        try:
            parts = urlsplit(url)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return "", ""
        if parts.scheme not in ("https", "ssh"):
            return "", ""
    elif found := _SCP.fullmatch(url):
        host, path = found[1], found[2]
    else:
        return "", ""
    named = path.strip("/").removesuffix(".git")
    host = host.lower()
    # ssh.github.com is where github.com takes ssh on port 443.
    return (PUBLIC if host in ("ssh.github.com", f"www.{PUBLIC}") else host), named
