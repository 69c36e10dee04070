"""Pull requests of one repository on GitHub. What GitHub tells is read strictly, and bounded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from windlass.forge import Light, Offer, Pull, Rejected, Unreachable, clean
from windlass.plugins.forges.github.rest import Rest
from windlass.workspace import Mirror, Moved

PAGE: Final = 50
PAGES_MAX: Final = 10
LABELS_MAX: Final = 100
TEXT_MAX: Final = 1_000
BODY_MAX: Final = 60_000
"""Characters; GitHub takes 65 536."""
STATUS_MAX: Final = 140
"""Characters of a commit status."""
CONTEXT: Final = "windlass"
WRITERS: Final = frozenset({"admin", "maintain", "write"})
_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
_OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class GitHubPulls:
    """`repository` is `owner/name`, `url` where git finds it. `labels`: of those that windlass opens.

    `queue`: the label that wants one in the merge queue, empty for no queue; `held`: labels against that.
    """

    rest: Rest
    repository: str
    url: str
    labels: tuple[str, ...] = ()
    queue: str = ""
    held: tuple[str, ...] = ()

    def opened(self) -> Sequence[Pull]:
        found: dict[int, Pull] = {}
        for page in range(1, PAGES_MAX + 1):
            query: dict[str, str | int] = {
                "state": "open", "sort": "updated", "direction": "desc", "per_page": PAGE, "page": page,
            }  # fmt: skip
            told = self._listed(query)
            # What cannot be read is no pull request that anything is done with.
            found.update({one.number: one for entry in told if (one := parse_pull(entry, self.repository))})
            if len(told) < PAGE:
                break
        return list(found.values())

    def pull(self, number: int) -> Pull | None:
        answer = self.rest.ask("GET", f"{self._at}/pulls/{number:d}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return self._read(answer.told)

    def offer(self, offer: Offer) -> Pull:
        if (before := self._offered(offer.branch)) is not None:
            return before
        asked = {
            "title": offer.title, "head": offer.branch, "base": offer.base, "body": offer.body[:BODY_MAX],
            "maintainer_can_modify": False,
        }  # fmt: skip
        try:
            answer = self.rest.ask("POST", f"{self._at}/pulls", asked)
        except Rejected:  # somebody was faster, or it is a refusal
            if (before := self._offered(offer.branch)) is not None:
                return before
            raise
        if answer.status == HTTPStatus.NOT_FOUND:
            raise self._none()
        made = self._read(answer.told)
        if self.labels:
            self.rest.ask("POST", f"{self._at}/issues/{made.number}/labels", {"labels": [*self.labels]})
        return made

    def say(self, number: int, text: str) -> None:
        self.rest.ask("POST", f"{self._at}/issues/{number:d}/comments", {"body": text[:BODY_MAX]})

    def close(self, number: int) -> None:
        found = self.pull(number)
        if found is not None and found.open:
            self.rest.ask("PATCH", f"{self._at}/pulls/{number:d}", {"state": "closed"})

    def drop(self, mirror: Mirror, branch: str, commit: str) -> None:
        name = f"refs/heads/{branch}"
        remote = mirror.remote(self.url, timeout_s=self.rest.timeout_s)
        answer, seen = remote.at(name)
        if not answer.code and seen == commit:
            remote.put({name: None}, {name: commit})

    @property
    def queues(self) -> bool:
        return bool(self.queue)

    def wanted(self, pull: Pull, base: str) -> bool:
        asked = self.queue in pull.labels and not pull.labels.intersection(self.held)
        return self.queues and asked and pull.open and not pull.draft and pull.base == base

    def may_write(self, author: str) -> bool:
        if not _LOGIN.fullmatch(author):
            return False
        answer = self.rest.ask("GET", f"{self._at}/collaborators/{quote(author, safe='')}/permission")
        return answer.status == HTTPStatus.OK and _text(answer.told, "permission") in WRITERS

    def fetch(self, into: Mirror, pull: Pull) -> None:
        names = (f"refs/heads/{pull.base}", f"refs/pull/{pull.number:d}/head")
        answer = into.remote(self.url, timeout_s=self.rest.timeout_s).fetch(*names)
        if answer.code:
            raise Unreachable(f"pull request {pull.number} could not be fetched: {clean(answer.err)}")
        if not into.exists(pull.commit):
            raise Moved(f"pull request {pull.number} is not at {pull.commit} any more")

    def light(self, commit: str, light: Light, text: str) -> None:
        asked = {"state": light.value, "context": CONTEXT, "description": text[:STATUS_MAX]}
        self.rest.ask("POST", f"{self._at}/statuses/{commit}", asked)

    def put_back(self, number: int) -> None:
        self.rest.ask("DELETE", f"{self._at}/issues/{number:d}/labels/{quote(self.queue, safe='')}")

    @property
    def _at(self) -> str:
        return f"/repos/{self.repository}"

    def _offered(self, branch: str) -> Pull | None:
        """The newest one of a branch of this repository, open or not."""
        owner = self.repository.split("/")[0]
        query: dict[str, str | int] = {"state": "all", "head": f"{owner}:{branch}", "per_page": PAGE}
        found = [parse_pull(one, self.repository) for one in self._listed(query)]
        # An answer that leaves the filter out is not believed.
        mine = [one for one in found if one is not None and one.own and one.branch == branch]
        return max(mine, key=lambda one: one.number, default=None)

    def _listed(self, query: Mapping[str, str | int]) -> list[object]:
        answer = self.rest.ask("GET", f"{self._at}/pulls", None, query)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise self._none()
        if not isinstance(answer.told, list) or len(answer.told) > PAGE:
            raise Unreachable(f"{self.rest.root} answered with something that is no list of pull requests")
        return answer.told

    def _read(self, told: object) -> Pull:
        found = parse_pull(told, self.repository)
        if found is None:
            raise Unreachable(f"{self.rest.root} answered with something that is no pull request")
        return found

    def _none(self) -> Rejected:
        return Rejected(
            f"{self.rest.root} knows no {self.repository}, or shows it to nobody with this token",
            hint="[forge] github.repository, and which repositories the token may read",
        )


def parse_pull(told: object, repository: str) -> Pull | None:
    """A pull request as the REST API tells it; None where it is none."""
    head, base = _table(told, "head"), _table(told, "base")
    number, commit = _value(told, "number"), _text(head, "sha")
    state, labels = _text(told, "state"), _value(told, "labels")
    whole = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**53
    if not whole or not _OID.fullmatch(commit) or state not in ("open", "closed"):
        return None
    if not isinstance(labels, list) or len(labels) > LABELS_MAX:
        return None
    assert isinstance(number, int)
    return Pull(
        number, _text(told, "title"), _text(told, "html_url"), _text(_table(told, "user"), "login"),
        _text(head, "ref"), commit, _text(base, "ref"), frozenset(_text(one, "name") for one in labels),
        open=state == "open",
        merged=bool(_text(told, "merged_at")),
        draft=_value(told, "draft") is not False,
        own=_text(_table(head, "repo"), "full_name").lower() == repository.lower(),
    )  # fmt: skip


def _value(told: object, name: str) -> object:
    return told.get(name) if isinstance(told, dict) else None


def _table(told: object, name: str) -> object:
    return _value(told, name)


def _text(told: object, name: str) -> str:
    """A text of an answer, bounded; empty where there is none."""
    found = _value(told, name)
    return found[:TEXT_MAX] if isinstance(found, str) else ""
