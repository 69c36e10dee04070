"""The one way in: a pack made inside the sandbox, checked outside before any of it reaches the mirror.

In order: size of the file, what it unpacks to, `index-pack --strict` (git's own fsck) into a quarantine,
then our own walk (line of commits, names, modes, links, budgets). Only then the pack is moved into the
mirror. Every refusal is a value; nothing of a refused pack stays.
"""

import os
import stat
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from windlass.workspace.git import Git, alternates, failed, troubled
from windlass.workspace.mirror import Mirror
from windlass.workspace.model import (
    OID,
    SYMLINK,
    Change,
    GitFailed,
    ImportBudget,
    Imported,
    Refused,
    TookTooLong,
)
from windlass.workspace.names import LINK_MAX, escapes
from windlass.workspace.packfile import scan
from windlass.workspace.refs import check_oid
from windlass.workspace.trash import scratch
from windlass.workspace.tree import parse_entry, parse_numstat
from windlass.workspace.walk import Read, Stop, Walk, chain, commit_tree

INDEX_TIMEOUT_S = 300.0
DIFF_TIMEOUT_S = 60.0


def import_pack(mirror: Mirror, pack: Path, base: str, head: str, budget: ImportBudget) -> Imported | Refused:
    """Check the change base..head that lies in the file `pack` and take it into the mirror.

    `base` must be a commit of the mirror and is trusted; `pack` and `head` come from a stranger. Nothing
    refers to the result yet: pin it with `set_ref`. The same pack may come twice.
    """
    mirror.tree_of(check_oid(base))
    if not OID.fullmatch(head) or len(head) != len(base):
        return Refused("bad-head", f"{head[:80]!r} is not a commit id")
    if head == base:
        return Refused("empty", "the head is the base: nothing changed")
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_open(pack, budget))
            if refused := scan(file, budget, len(base) // 2):
                return refused
            folder = stack.enter_context(scratch(mirror.tmp, "quarantine-"))
            git = _quarantine(mirror, folder)
            _index(git, file, budget)
            judged = _judge(git, base, head, budget)
            _keep(folder / "pack", mirror.objects / "pack")
            return judged
        except Stop as stop:
            return stop.refused


def line_of(mirror: Mirror, pack: Path, head: str, budget: ImportBudget) -> tuple[str, ...]:
    """The commits from `head` back along first parents, as far as the budget of one change goes.

    Read in quarantine from a pack that nobody has checked; empty when there is no such line. Tells where a
    result leaves the history we know, so that `import_pack` can be asked for exactly that base.
    """
    if not OID.fullmatch(head):
        return ()
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_open(pack, budget))
            if scan(file, budget, len(head) // 2):
                return ()
            git = _quarantine(mirror, stack.enter_context(scratch(mirror.tmp, "quarantine-")))
            _index(git, file, budget)
        except Stop:
            return ()
        answer = git.ask("rev-list", "--first-parent", f"-n{budget.commits_max + 1}", head, "--")
    return tuple(answer.text.split()) if answer.code == 0 else ()


def _open(pack: Path, budget: ImportBudget) -> IO[bytes]:
    try:
        fd = os.open(pack, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Stop("bad-pack", f"{pack.name} cannot be read: {error.strerror}") from error
    facts = os.fstat(fd)
    if stat.S_ISREG(facts.st_mode) and facts.st_size <= budget.pack_max:
        return os.fdopen(fd, "rb")
    os.close(fd)
    if not stat.S_ISREG(facts.st_mode):
        raise Stop("bad-pack", f"{pack.name} is not a regular file")
    raise Stop("too-large", f"the pack has {facts.st_size} bytes, {budget.pack_max} are allowed")


def _quarantine(mirror: Mirror, folder: Path) -> Git:
    (folder / "pack").mkdir()
    (folder / "info").mkdir()
    env = {
        "GIT_OBJECT_DIRECTORY": str(folder),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": alternates(mirror.objects),
    }
    return mirror.git.with_env(**env)


def _index(git: Git, file: IO[bytes], budget: ImportBudget) -> None:
    file.seek(0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    args = ("index-pack", "--stdin", "--strict", "--fix-thin", f"--max-input-size={budget.pack_max}")
    try:
        answer = git.ask(*args, stdin=file, timeout_s=INDEX_TIMEOUT_S)
    except TookTooLong as late:
        raise Stop("too-large", str(late)) from late
    if answer.code and troubled(answer.err):
        raise failed(args, answer.code, answer.err)  # Our disk is no verdict on the change.
    if answer.code:
        raise Stop("bad-pack", " ".join(answer.err.split())[-400:] or f"index-pack ended with {answer.code}")


def _judge(git: Git, base: str, head: str, budget: ImportBudget) -> Imported:
    try:
        with git.objects(budget.file_max) as read:
            tree = _check(git, read, base, head, budget)
        args = ("diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv")
        files = parse_numstat(git.records(*args, base, head, timeout_s=DIFF_TIMEOUT_S))
    except (GitFailed, TookTooLong) as error:
        raise Stop("unreadable", str(error)) from error
    if files.lines > budget.lines_max:
        raise Stop("too-many-lines", f"{files.lines} lines differ, {budget.lines_max} are allowed")
    return Imported(head, tree, len(files.files), files.lines)


def _check(git: Git, read: Read, base: str, head: str, budget: ImportBudget) -> str:
    """Walk every commit of the line, then the links of the result. Returns the tree of `head`."""
    before = commit_tree(read, base)
    for commit in chain(read, head, base, budget.commits_max):
        tree = commit_tree(read, commit)
        changes = Walk(read, budget).compare(before, tree)
        if any(SYMLINK in (change.mode, change.old_mode) for change in changes):
            _check_links(git, read, tree, changes, budget)
        before = tree
    if not Walk(read, budget).compare(commit_tree(read, base), before):
        raise Stop("empty", "the commits leave every file as it was")
    return before


def _check_links(git: Git, read: Read, tree: str, changes: Iterable[Change], budget: ImportBudget) -> None:
    links = {}
    for count, record in enumerate(git.records("ls-tree", "-r", "-z", "--full-tree", tree)):
        if count > budget.tree_files_max:
            raise Stop("too-many-files", f"the tree has over {budget.tree_files_max} files")
        if record.startswith(SYMLINK.encode()):
            entry = parse_entry(record)
            links[entry.path] = _target(read, entry.path, entry.oid)
    for change in changes:
        if change.mode == SYMLINK and (reason := escapes(change.path, links[change.path], links)):
            raise Stop("bad-link", f"{change.path!r} -> {links[change.path]!r}: {reason}")


def _target(read: Read, path: str, oid: str) -> str:
    kind, content = read(oid)
    if kind != "blob" or not content or b"\0" in content or len(content) > LINK_MAX:
        raise Stop("bad-link", f"{path!r} has no usable target")
    return os.fsdecode(content)


def _keep(found: Path, packs: Path) -> None:
    """Move the checked pack into the mirror; its index last, because git looks for indexes."""
    for suffix in (".pack", ".rev", ".idx"):
        for path in found.glob(f"*{suffix}"):
            os.rename(path, packs / path.name)
    fd = os.open(packs, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
