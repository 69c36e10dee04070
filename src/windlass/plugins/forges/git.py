"""Any git repository that git itself can push to: a path, or an address with file, ssh or https.

The trunk moves by a push with a lease on the commit that was tested, so that the host compares and swaps.
Nothing is forced. The credentials are those of the user's own git: its agent, its keys, its helper.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from windlass.forge import Forge, Rejected, Unreachable, clean
from windlass.kernel import Invalid, Tools
from windlass.workspace import Mirror, Moved

UNPACKER: Final = "unpacker error"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HELPER: Final = re.compile(r"[A-Za-z0-9+.-]*::")
"""An address that names the program which is to carry it."""
_SCP: Final = re.compile(
    r"(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:].*|(?:[A-Za-z0-9._-]+@)?\[[0-9a-fA-F:]+\]:.*"
)
_REFUSED: Final = re.compile(r"!\t\S+\t\[(rejected|remote rejected|remote failure)\] ?\((.*)\)")
_DENIED: Final = re.compile(
    r"permission|denied|not authorized|unauthorized|forbidden|authentication failed|error: 40[13]"
    r"|read-only",
    re.I,
)
_MAY_PASS: Final = re.compile(
    r"no space left|quota exceeded|cannot lock|failed to update ref|failed to lock|unable to lock"
    r"|cannot allocate|out of memory|too many open files|input/output error|internal server error"
    r"|temporar|try again|failed to report status|error: (429|5\d\d)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """`url`: where it is. `timeout_s` bounds each conversation with it. `proposals`: branches of proposals go
    there too.
    """

    url: str
    timeout_s: float = 120.0
    proposals: bool = False


def open(settings: Settings, tools: Tools) -> Forge:
    return GitRemote(parse_address(settings.url), settings.timeout_s, settings.proposals)


@dataclass(frozen=True, slots=True)
class GitRemote:
    url: str
    timeout_s: float
    proposals: bool
    pulls: None = None

    @property
    def name(self) -> str:
        return clean(self.url)

    @property
    def trunk(self) -> str:
        return f"refs/windlass/forge/{hashlib.sha256(self.url.encode()).hexdigest()[:16]}/"

    def ref(self, mirror: Mirror, name: str) -> str | None:
        answer, found = mirror.remote(self.url, timeout_s=self.timeout_s).at(name)
        if answer.code:
            raise self._unreachable(answer.err)
        return found

    def bring(self, mirror: Mirror, name: str) -> str | None:
        seen = self.ref(mirror, name)
        if seen is None:
            return None
        kept = self.trunk + name.removeprefix("refs/")
        if (before := mirror.ref(kept)) == seen:
            return seen
        answer = mirror.remote(self.url, timeout_s=self.timeout_s).fetch(name)
        if answer.code or not mirror.exists(seen):
            raise self._unreachable(answer.err or f"{name} moved while it was fetched")
        with suppress(Moved):  # somebody else brought it meanwhile
            mirror.set_ref(kept, seen, expected=before)
        return seen

    def publish(self, mirror: Mirror, oid: str, name: str, *, expected: str | None, message: str) -> None:
        """What the host is found at afterwards decides, not what it said."""
        answer = mirror.remote(self.url, timeout_s=self.timeout_s).push(oid, name, expected=expected)
        now = self.ref(mirror, name)
        if now == oid:
            return
        if now != expected:
            raise Moved(f"{name} is at {now or 'nothing'}, not at {expected or 'nothing'}")
        if not answer.code:
            raise Rejected(f"{self.name} said that it took {oid}, and {name} is still at {now or 'nothing'}")
        why = refusal(answer.out.decode("utf-8", "replace").splitlines(), answer.err)
        if why is None:
            raise self._unreachable(answer.err)
        raise Rejected(f"{self.name} refuses: {clean(why)}")

    def rehearse(self, mirror: Mirror, name: str) -> str:
        seen = self.bring(mirror, name)
        if seen is None:
            raise Rejected(f"{self.name} has no {name}", hint=f"push it once: git push … {name}")
        answer = mirror.remote(self.url, timeout_s=self.timeout_s).push(
            seen, name, expected=seen, dry_run=True
        )
        if answer.code:
            raise Rejected(f"{self.name} cannot be written: {clean(answer.err)}", hint=_HINT)
        return f"{self.name}: {name} is at {seen[:12]}, and may be pushed to"

    def _unreachable(self, err: str) -> Unreachable:
        return Unreachable(f"{self.name} did not answer: {clean(err) or 'it said nothing'}", hint=_HINT)


_HINT: Final = "try it by hand: git push --dry-run, without being asked for a password"


def parse_address(url: str) -> str:
    """The address if windlass may talk to it; else Invalid says what does."""
    hint = "a path, or file://, ssh://, user@host:path or https://"
    if not url.isprintable() or " " in url or url.startswith("-") or _HELPER.match(url):
        raise Invalid(f"{clean(url)!r} is no address of a repository", hint=hint)
    if url.startswith("/") or ("://" not in url and _SCP.fullmatch(url)):
        return url
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise Invalid(f"{clean(url)!r} is no address of a repository", hint=hint) from error
    open_text = parts.scheme in ("http", "git") and host in LOOPBACK
    if parts.scheme == "file" or (parts.scheme in ("ssh", "https") and host and host[0] != "-") or open_text:
        return url
    raise Invalid(f"{clean(url)!r} cannot be landed on", hint=hint)


def refusal(lines: Iterable[str], err: str) -> str | None:
    """Why a push was refused, and what the host said of it; None where nobody knows whether it was, and where
    it may pass by itself.
    """
    found = [match for line in lines if (match := _REFUSED.fullmatch(line.rstrip()))]
    if not found:
        return err if _DENIED.search(err) and not _MAY_PASS.search(err) else None
    kind, why = found[0][1], found[0][2]
    if kind == "remote failure" or _MAY_PASS.search(why) or (why == UNPACKER and _MAY_PASS.search(err)):
        return None
    told = [line.removeprefix("remote:").strip() for line in err.splitlines() if line.startswith("remote:")]
    return ": ".join([why, *filter(None, [" ".join(told)])])
