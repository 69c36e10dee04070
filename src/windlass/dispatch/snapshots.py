"""What an attempt leaves when it ends without a submission: committed by us, before its folder goes.

The files are a stranger's: commit and pack are made inside the sandbox, and the pack comes in by the same
door as a submission. A snapshot is a commit under a ref of ours; nothing ever lands it by itself.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from windlass.dispatch.bounds import weigh
from windlass.dispatch.mark import entry
from windlass.dispatch.packs import BUDGET
from windlass.kernel import Ran, WindlassError
from windlass.sandbox import Launcher, Limits, Mount, Order, prepare_writable
from windlass.workspace import Attempt, Author, Mirror, Refused, import_pack

REFS: Final = "refs/windlass/snapshots/"
OF_TASK_MAX: Final = 5
"""Snapshots of one task that are kept; an older one goes when a newer one comes."""
SAVE_S: Final = 120.0
"""Each of the two programs may take so long."""
FILE_MAX: Final = 256 << 20
WHY_MAX: Final = 400
ASIDE_BYTES_MAX: Final = 1 << 30
ASIDE_ENTRIES_MAX: Final = 200_000


def save(launcher: Launcher, attempt: Attempt, author: Author, *, at: float, why: str) -> str:
    """Keep an attempt's files as a commit, or else its folder; what became of them, empty if nothing changed.

    Never raises for what is in the tree. An attempt that was saved before is not saved again.
    """
    name = f"{REFS}{attempt.branch.removeprefix('windlass/')}"
    try:
        if attempt.mirror.ref(name) is not None or not attempt.home.is_dir():
            return ""
        commit = taken(launcher, attempt, author, at=at, why=why)
        if commit == attempt.base:
            return ""
        attempt.mirror.set_ref(name, commit, expected=None)
    except (WindlassError, OSError) as error:
        return _aside(attempt, str(error))
    _forget_oldest(attempt.mirror, name)
    return f"its unfinished files are commit {commit}, {name}"


def reap(
    launcher: Launcher, attempt: Attempt, author: Author, *, at: float, why: str
) -> tuple[str, tuple[str, ...]]:
    """Put an attempt away whose worker is dead: what became of its files, and which processes still lived.

    They stand still while the files are saved, and go before the folder does.
    """
    known = entry(attempt.home.parent, attempt.home.name)
    with launcher.strays(known, attempt.home) as found:
        saved = save(launcher, attempt, author, at=at, why=why)
    attempt.remove()
    return saved, found


def of_task(mirror: Mirror, task_id: int) -> dict[int, str]:
    """The snapshots of one task: commit by fence, oldest first."""
    prefix = f"{REFS}{task_id}/"
    found = {name.removeprefix(prefix): oid for name, oid in mirror.refs(prefix).items()}
    return {int(fence): found[fence] for fence in sorted(filter(str.isdigit, found), key=int)}


def kept_folders(attempts: Path, task_id: int) -> list[Path]:
    """Where the files of a task's attempts are that no commit could be made of."""
    return [one for one in Attempt.kept(attempts) if one.name.startswith(f"{task_id}.")]


class Unsaved(WindlassError):
    """Why there is no snapshot."""


def taken(launcher: Launcher, attempt: Attempt, author: Author, *, at: float, why: str) -> str:
    """The files of an attempt as a commit in its mirror, on its base; the base where nothing differs.

    Raises a WindlassError that says why there is none.
    """
    head, pack = packed(launcher, attempt, author, at=at, why=why)
    if pack is None:
        return head
    imported = import_pack(attempt.mirror, pack, attempt.base, head, BUDGET)
    if isinstance(imported, Refused):
        raise Unsaved(f"{imported.reason}: {imported.detail}")
    return imported.commit


def packed(
    launcher: Launcher, attempt: Attempt, author: Author, *, at: float, why: str
) -> tuple[str, Path | None]:
    """The same for a door that looks itself: the commit's name and its pack, None where nothing differs."""
    limits = Limits(wall_s=SAVE_S, file_max=FILE_MAX)
    mounts = tuple(Mount(source, target, writable) for source, target, writable in attempt.mounts())
    message = f"Snapshot of {attempt.branch}\n\n{why[:WHY_MAX]}"
    for folder in (attempt.path, attempt.out):
        prepare_writable(folder)  # its maker may have died before it was handed over
    _ok(launcher.run(Order(
        attempt.commit_script(message, author, at), str(attempt.out), mounts, limits=limits,
    )).ran)  # fmt: skip
    head = attempt.read_head()
    if head == attempt.base:
        return head, None
    pack = attempt.home / "snapshot.pack"
    pack.unlink(missing_ok=True)
    packing = Limits(wall_s=SAVE_S, file_max=FILE_MAX, output_max=BUDGET.pack_max + 1)
    order = Order(attempt.pack_script(), str(attempt.out), mounts, limits=packing, stdout_to=pack)
    _ok(launcher.run(order).ran)
    return head, pack


def _ok(ran: Ran) -> None:
    if ran.exit_code != 0 or ran.truncated:
        said = ran.stderr.decode("utf-8", "replace").strip()[-WHY_MAX:]
        raise Unsaved(said or "it took too long, or was too large")


def _aside(attempt: Attempt, problem: str) -> str:
    size, entries = weigh(attempt.home, bytes_max=ASIDE_BYTES_MAX, entries_max=ASIDE_ENTRIES_MAX)
    if size > ASIDE_BYTES_MAX or entries > ASIDE_ENTRIES_MAX:
        return f"its unfinished files are lost, they are too many to keep: {problem}"
    try:
        place = attempt.set_aside()
    except (WindlassError, OSError) as error:
        return f"its unfinished files are lost: {problem}; {error}"
    return f"its unfinished files could not be committed ({problem}) and are kept in {place}"


def _forget_oldest(mirror: Mirror, name: str) -> None:
    prefix, _, _ = name.rpartition("/")
    task = int(prefix.removeprefix(REFS))
    for fence, oid in list(of_task(mirror, task).items())[:-OF_TASK_MAX]:
        with suppress(WindlassError):  # somebody else was faster, or the next one does it
            mirror.delete_ref(f"{prefix}/{fence}", oid)
