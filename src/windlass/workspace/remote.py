"""Another host's repository, asked and written with the user's own credentials.

Git runs in the mirror, whose configuration is ours: of the user's only the global and the system one are
read, for credentials, proxies and `url.insteadOf`, never that of the tended repository. Nothing asks at a
terminal, no hook of ours runs, no other program is reached than ssh and git's own helpers.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass.workspace.git import Answer, Git
from windlass.workspace.model import GitFailed, TookTooLong
from windlass.workspace.refs import check_oid, check_ref

PROTOCOLS: Final = "file:git:http:https:ssh"
"""What may carry a conversation; `ext::` and other helpers, which run programs, may not."""
SAID_MAX: Final = 1 << 20
"""Bytes of one answer."""
STOPPED: Final = 128
"""The exit code told of a git that had to be stopped."""
_NAME: Final = "windlass-host"
_LINE: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)")
_PASSED_ON: Final = (
    "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
)  # fmt: skip
"""Where the user's keys, certificates and proxies are."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository at `url`; `timeout_s` bounds each conversation. It is named to git by its environment, so
    that neither the list of processes nor a message holds what the address may hold.
    """

    mirror: Git
    url: str
    timeout_s: float

    def at(self, name: str) -> tuple[Answer, str | None]:
        """What was said to the question where `name` is, and where; only an exit code of 0 means anything."""
        answer = self._ask("ls-remote", "--refs", "--", _NAME, check_ref(name))
        found = (_LINE.fullmatch(line) for line in answer.out.splitlines())
        return answer, next((one[1].decode() for one in found if one and one[2] == name.encode()), None)

    def under(self, prefix: str) -> tuple[Answer, dict[str, str]]:
        """The references there that begin with `prefix`, which ends in a slash, and their objects; only an
        exit code of 0 means anything, and a list over `SAID_MAX` bytes has none.
        """
        answer = self._ask("ls-remote", "--refs", "--", _NAME, f"{check_ref(prefix + 'x')[:-1]}*")
        found = (_LINE.fullmatch(line) for line in answer.out.splitlines())
        names = {os.fsdecode(one[2]): one[1].decode() for one in found if one}
        return answer, {name: oid for name, oid in names.items() if name.startswith(prefix)}

    def fetch(self, *names: str) -> Answer:
        """Bring the histories of references into the mirror; none moves there."""
        return self._ask(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
            "--recurse-submodules=no", "--refmap=", "--no-prune", "--", _NAME, *map(check_ref, names),
        )  # fmt: skip

    def push(self, oid: str, name: str, *, expected: str | None, dry_run: bool = False) -> Answer:
        """Move `name` there from `expected` (None: it must not exist) to a commit of the mirror."""
        lease = f"--force-with-lease={check_ref(name)}:{check_oid(expected) if expected else ''}"
        return self._ask(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed",
            "--recurse-submodules=no", *(["--dry-run"] if dry_run else []), lease, "--", _NAME,
            f"{check_oid(oid)}:{name}",
        )  # fmt: skip

    def put(self, moves: Mapping[str, str | None], seen: Mapping[str, str]) -> Answer:
        """Have references there at these objects of the mirror, or gone (None), where each is as `seen`."""
        leases = (f"--force-with-lease={check_ref(name)}:{seen.get(name, '')}" for name in moves)
        return self._ask(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed",
            "--recurse-submodules=no", *leases, "--", _NAME,
            *(f"{check_oid(oid) if oid else ''}:{name}" for name, oid in moves.items()),
        )  # fmt: skip

    def _ask(self, *args: str) -> Answer:
        # A pack is kept whole or not at all: unpacked, a commit could be there without what it holds.
        git = Git(self.mirror.git_dir, _as_user(os.environ, self.url), config=("fetch.unpackLimit=1",))
        ssh = os.environ.get("GIT_SSH_COMMAND") or git.ask("config", "--get", "core.sshCommand").text or "ssh"
        try:
            return git.with_env(GIT_SSH_COMMAND=f"{ssh} -o BatchMode=yes -o ConnectTimeout=30").ask(
                *args, timeout_s=self.timeout_s, output_max=SAID_MAX
            )
        except (GitFailed, TookTooLong) as error:  # it talks without an end, or not at all, and was stopped
            return Answer(STOPPED, b"", str(error))


def _as_user(env: Mapping[str, str], url: str) -> dict[str, str]:
    """The user's keys, certificates and global configuration; nobody is asked for a password."""
    home = env.get("HOME") or "/nonexistent"
    own = env.get("XDG_CONFIG_HOME") or f"{home}/.config"
    places = (env.get("GIT_CONFIG_GLOBAL") or f"{home}/.gitconfig", f"{own}/git/config")
    return {
        **{name: env[name] for name in _PASSED_ON if name in env},
        "HOME": home, "XDG_CONFIG_HOME": own, "GIT_ALLOW_PROTOCOL": PROTOCOLS,
        "GIT_CONFIG_GLOBAL": next((one for one in places if Path(one).is_file()), os.devnull),
        "GIT_CONFIG_NOSYSTEM": "0", "GIT_CONFIG_SYSTEM": "/etc/gitconfig",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"remote.{_NAME}.url", "GIT_CONFIG_VALUE_0": url,
    }  # fmt: skip
