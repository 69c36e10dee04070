"""Merge many pairs of commits in memory: a few processes of git for all of them, and what is known is kept.

What git writes for a merge goes into a folder of objects that is gone afterwards; only the answers stay.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from windlass.kernel import Unavailable
from windlass.workspace.git import TIMEOUT_S, Git, alternates, failed, troubled
from windlass.workspace.meeting import LOG_FORMAT, Meeting, parse_steps
from windlass.workspace.model import Conflicted, Refused, TookTooLong
from windlass.workspace.refs import check_oid
from windlass.workspace.trash import scratch, sweep

KEPT_MAX: Final = 50_000
"""Answers that are kept, the newest."""
PROCESSES_MAX: Final = 4
ALONE: Final = 32
"""Pairs for which a second process of git is not worth its start."""
FAILURES_MAX: Final = 2_000
"""Pairs that git gives up at; each costs a new process."""
COMMITS_MAX: Final = 5_000
"""Commits whose paths are looked at to find the pairs that need no merge."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108, private folders of it
ROOM_MIN: Final = 256 << 20
"""Bytes that must be free there."""
_PREFIX: Final = "windlass-pairs-"
_FLEETING: Final = ("core.fsync=none", "core.looseCompression=0")
_ARGS: Final = ("merge-tree", "--write-tree", "--stdin", "-z", "--name-only", "--no-messages")

Pair = tuple[str, str]
Fit = Conflicted | Refused | None
"""Where two commits conflict, or why git does not merge them at all; None: they merge."""


def fits(git: Git, tmp: Path, kept: Path, pairs: Iterable[Pair]) -> dict[Pair, Fit]:
    """How each pair of commits merges, by what is in the file `kept` or else by git. What git cannot say is
    asked again next time. Which one of a pair is named first makes no difference.
    """
    named = {pair: (min(pair), max(pair)) for pair in pairs}
    known = _read(kept)
    new = [pair for pair in dict.fromkeys(named.values()) if pair not in known]
    found = dict(zip(new, merged(git, tmp, new), strict=True)) if new else {}
    if new:
        _write(kept, known | {pair: fit for pair, fit in found.items() if not isinstance(fit, Refused)})
    told = {**known, **found}
    return {pair: told[key] for pair, key in named.items()}


def merged(git: Git, tmp: Path, pairs: Sequence[Pair]) -> list[Fit]:
    """The same in order, nothing remembered. Git is not asked for pairs whose changes do not meet."""
    sure = telling(git, pairs) if len(pairs) > ALONE else lambda _left, _right: False
    open_ = [pair for pair in pairs if not sure(*pair)]
    told = iter(asked(git, tmp, open_))
    waiting = set(open_)
    return [next(told) if pair in waiting else None for pair in pairs]


def asked(git: Git, tmp: Path, pairs: Sequence[Pair]) -> list[Fit]:
    """What git says of each pair. Its objects lie in memory where there is room: a busy disk makes a merge of
    1 ms one of 10.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_MIN:
        sweep(MEMORY, _PREFIX)
        with suppress(Unavailable):
            return _asked(git, MEMORY, pairs)
    return _asked(git, tmp, pairs)


def _asked(git: Git, place: Path, pairs: Sequence[Pair]) -> list[Fit]:
    count = max(1, min(PROCESSES_MAX, os.cpu_count() or 1, len(pairs) // ALONE))
    objects = git.git_dir / "objects" if git.git_dir else Path()
    with scratch(place, _PREFIX) as folder, ThreadPoolExecutor(count) as pool:
        env = {"GIT_OBJECT_DIRECTORY": str(folder), "GIT_ALTERNATE_OBJECT_DIRECTORIES": alternates(objects)}
        inside = Git(git.git_dir, {**git.env, **env}, git.fds, git.cwd, (*git.config, *_FLEETING))
        size = -(-len(pairs) // count) or 1
        parts = [pairs[at : at + size] for at in range(0, len(pairs), size)]
        return [fit for part in pool.map(lambda part: _part(inside, part), parts) for fit in part]


def telling(git: Git, pairs: Sequence[Pair]) -> Callable[[str, str], bool]:
    """Who tells which of these pairs merge for certain; nobody does where there is too much to look at."""
    tips = list(dict.fromkeys(commit for pair in pairs for commit in pair))
    base = git.ask("merge-base", "--octopus", *tips).text
    if not base:
        first, *rest = tips
        tips = [first, *(tip for tip in rest if git.ask("merge-base", first, tip).text)]
        base = git.ask("merge-base", "--octopus", *tips).text
    how = ("--reverse", "--topo-order", "-m", "--name-only", "--no-renames", "-z", f"--format={LOG_FORMAT}")
    since = [*tips, f"^{base}", "--"]
    if not base or int(git.run("rev-list", "--count", *since).text) > COMMITS_MAX:
        return lambda _left, _right: False
    return Meeting(parse_steps(git.run("log", *how, *since).out), base).surely


def _part(git: Git, pairs: Sequence[Pair]) -> list[Fit]:
    """Git ends at the first pair that it cannot merge at all: name it, go on behind it."""
    found: list[Fit] = []
    failures = 0
    while len(found) < len(pairs):
        rest = pairs[len(found) :]
        lines = "".join(f"{check_oid(left)} {check_oid(right)}\n" for left, right in rest).encode()
        try:
            answer = git.ask(*_ARGS, stdin=lines, timeout_s=TIMEOUT_S)
        except TookTooLong as late:
            return found + [_refused(str(late))] * len(rest)
        found += parse_fits(answer.out)[: len(rest)]
        if troubled(answer.err):
            raise failed(_ARGS, answer.code, answer.err)
        if len(found) < len(pairs):
            failures += 1
            said = answer.err.splitlines()[-1:] or [f"git ended with {answer.code}"]
            found.append(_refused(said[0][-200:].removeprefix("fatal: ")))
        if failures > FAILURES_MAX:
            return found + [_refused("git gave up too often")] * (len(pairs) - len(found))
    return found


def parse_fits(out: bytes) -> list[Fit]:
    """What `merge-tree --stdin -z --name-only --no-messages` printed: for each pair 1 or 0 (clean or not),
    the tree, the paths in conflict and an empty record. One that is cut off is left out.
    """
    return list(_records(out.split(b"\0")))


def _records(fields: Sequence[bytes]) -> Iterator[Fit]:
    ends = [at for at, field in enumerate(fields[:-1]) if not field]
    at = 0
    for end in ends:
        paths = tuple(sorted({os.fsdecode(path) for path in fields[at + 2 : end]}))
        yield None if fields[at] == b"1" else Conflicted(paths)
        at = end + 1


def _refused(why: str) -> Refused:
    return Refused("unmergeable", why)


def _read(kept: Path) -> dict[Pair, Conflicted | None]:
    """What an earlier look kept; nothing where that was another git's, or cannot be read."""
    try:
        told = json.loads(kept.read_bytes())
        if told["git"] != _version():
            return {}
        return {
            (left, right): None if paths is None else Conflicted(tuple(paths))
            for left, right, paths in told["fits"]
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _write(kept: Path, known: Mapping[Pair, Conflicted | None]) -> None:
    """Whole or not at all. Of two that write at once the last stays, and the other's work is done again."""
    newest = list(known.items())[-KEPT_MAX:]
    told = {"git": _version(), "fits": [[*pair, fit and fit.paths] for pair, fit in newest]}
    with scratch(kept.parent / "tmp", "fits-") as folder:
        (folder / "fits").write_text(json.dumps(told))
        os.replace(folder / "fits", kept)


@cache
def _version() -> str:
    return Git(None).run("version").text
