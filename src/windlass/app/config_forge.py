"""The section `[forge]`: the host whose main branch counts, and its pull requests. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from windlass.app.config_values import (
    Complaint,
    Fault,
    Shape,
    duration,
    remote_address,
    setting,
    switch,
    text,
    words,
)

DAY_S: Final = 86400.0
LABEL_MAX: Final = 50
"""Characters of a label, as GitHub has it."""
_PLACE: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,199}|file:/[^\0]{1,4000}|")


def secret_place() -> Shape[str]:
    """Where a secret is, and never the secret: what is no place is not told again."""
    wants = "`env:NAME` or `file:/path`"

    def read(value: object) -> str:
        if not isinstance(value, str) or not _PLACE.fullmatch(value):
            raise Complaint(Fault(None, "must say where the secret is, and never be it", wants))
        return value

    return Shape(wants, read, _same, _same)


def label_problem(word: str) -> str | None:
    good = word.strip() == word and word.isprintable() and 0 < len(word) <= LABEL_MAX and "," not in word
    return None if good else f"must be the name of a label: 1 to {LABEL_MAX} characters, no comma"


def queue_label() -> Shape[str]:
    wants = "the name of a label, or empty"

    def read(value: object) -> str:
        if not isinstance(value, str) or (value and label_problem(value)):
            raise Complaint(Fault(value, f"must be {wants}"))
        return value

    return Shape(wants, read, _same, _same)


def _same(value: str) -> str:
    return value


def _labels(default: tuple[str, ...], about: str, key: str) -> tuple[str, ...]:
    return setting(default, words("a list of labels", label_problem), about, key=key, owner_only=True)


@dataclass(frozen=True, slots=True)
class Forge:
    kind: str = setting("git", text("a kind of forge"), "how the host is talked to", owner_only=True)
    remote: str = setting(
        "", remote_address(), "remote or address whose main branch counts; empty: this one's", owner_only=True
    )
    timeout_s: float = setting(
        120.0, duration(1, DAY_S), "how long one conversation may take", key="timeout", owner_only=True
    )
    proposals: bool = setting(False, switch(), "branches of proposals go there too", owner_only=True)
    token: str = setting(
        "", secret_place(), "where the token for the host's API is", key="github.token", owner_only=True
    )
    repository: str = setting(
        "", text("owner/name"), "repository on GitHub; empty: as the address says", key="github.repository",
        owner_only=True,
    )  # fmt: skip
    api: str = setting(
        "", text("an address"), "GitHub's REST API; empty: as the address says", key="github.api",
        owner_only=True,
    )  # fmt: skip
    pull_requests: bool = setting(
        True, switch(), "what is proposed or waits for a person becomes a pull request",
        key="github.pull_requests", owner_only=True,
    )  # fmt: skip
    labels: tuple[str, ...] = _labels(
        ("windlass",), "labels of the pull requests that windlass opens", "github.labels"
    )
    queue: str = setting(
        "auto-merge", queue_label(), "label of pull requests that enter the merge queue; empty: none does",
        key="github.queue", owner_only=True,
    )  # fmt: skip
    held: tuple[str, ...] = _labels(
        ("do-not-merge", "emergency-pause"), "labels that keep a pull request out of the queue", "github.held"
    )
