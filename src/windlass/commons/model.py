"""Letters, shared values and locks: the nouns, their bounds and what may be written on an envelope."""

import json
import re
from dataclasses import dataclass
from typing import Final

from windlass.kernel import Invalid

BODY_MAX: Final = 16_384
"""Characters of one letter."""
VALUE_MAX: Final = 65_536
"""Characters of JSON of one shared value."""
KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/ -]{0,199}")
"""Keys of shared values and names of resources."""
KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
RECEIVER: Final = re.compile(r"all|(?:instance|lane|person):\S.{0,126}")
LOCK_MIN_S, LOCK_MAX_S = 1.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in one inbox; `read_at` is its receipt. `receiver` is `instance:NAME` or `person:NAME`."""

    id: int
    sender: str
    receiver: str
    task_id: int | None
    kind: str
    body: str
    at: float
    read_at: float | None


@dataclass(frozen=True, slots=True)
class Shared:
    """A shared value as of `version`; versions begin at 1 and grow by one with each change."""

    key: str
    version: int
    value: object
    changed_by: str
    changed_at: float


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds a resource until `expires_at`. `fence` grows whenever it passes to somebody else."""

    resource: str
    holder: str
    task_id: int | None
    fence: int
    expires_at: float

    def held(self, now: float) -> bool:
        return now < self.expires_at


def check_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise Invalid(
            f"{key[:200]!r} is no key", hint="1 to 200 letters, digits, spaces and . _ : @ / -"
        )


def check_letter(receiver: str, kind: str, body: str) -> None:
    if not RECEIVER.fullmatch(receiver):
        raise Invalid(
            f"{receiver[:200]!r} is no receiver", hint="instance:NAME, lane:NAME, person:NAME or all"
        )
    if not KIND.fullmatch(kind):
        raise Invalid(f"{kind[:200]!r} is no kind of letter", hint="a short word, like note or question")
    if not body.strip() or len(body) > BODY_MAX or "\0" in body:
        raise Invalid(f"a letter has 1 to {BODY_MAX} characters, not {len(body)}")


def dump_value(value: object) -> str:
    """A shared value as JSON text; Invalid when it is none, or too long."""
    try:
        text = json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise Invalid(f"a shared value must be JSON: {error}") from error
    if len(text) > VALUE_MAX or "\\u0000" in text:
        raise Invalid(f"a shared value takes at most {VALUE_MAX} characters of JSON, not {len(text)}")
    return text
