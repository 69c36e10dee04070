"""Spares: work trees of attempts that nobody has claimed yet, made ahead at some commit.

    <root>/.spare-…/   tree/ with its `.git`; index: the files as we wrote them; spare.json: of what

Taking one is a rename, then the few files that differ from the wanted base are written. What an attempt had
becomes a spare again by `renew`: of its tree stays what no agent touched, and nothing else.

    <root>/.used-…/    an attempt that ended, all its programs gone; for `renew`, or for the trash
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final

from windlass.workspace.fresh import go_on, refresh, write_files
from windlass.workspace.git import INERT_ATTRIBUTES, Git
from windlass.workspace.mirror import Mirror
from windlass.workspace.refs import check_oid
from windlass.workspace.reuse import Folder, keep_ours
from windlass.workspace.trash import delete, scratch, throw_away

SPARES_MAX: Final = 64
BYTES_MAX: Final = 4 << 30
"""On disk, of all spares in one folder: of a very large repository there are fewer."""
USED_MAX: Final = 16
MAKING: Final = ".making-"
_SPARE: Final = ".spare-"
_USED: Final = ".used-"
_FACTS: Final = "spare.json"
_CONFIG = """[core]
\trepositoryformatversion = {version}
\tfilemode = true
\tbare = false
\tlogAllRefUpdates = true
[gc]
\tauto = 0
[user]
\tname = windlass attempt
\temail = attempt@windlass.localhost
{extensions}"""

Give = Callable[[Path], None]
"""Makes all that is in a folder somebody else's."""


def lay(mirror: Mirror, base: str, place: Path, give: Give | None) -> None:
    """Fill the folder `place` with a work tree at `base`, and note what it is."""
    tree, index = place / "tree", place / "index"
    tree.mkdir()
    _make_repository(mirror, base, tree / ".git")
    write_files(Git(tree / ".git"), base, tree, index)
    if give is not None:
        give(tree)
        refresh(mirror, tree, index)  # else every later look would read all files anew
    _copy_index(index, tree)
    size, entries = _weigh(tree)
    folder = Folder.read(os.fsencode(tree))
    facts = {
        "mirror": str(mirror.home), "base": base, "bytes": size, "entries": entries,
        "folder": astuple(folder) if folder else None,
    }  # fmt: skip
    (place / _FACTS).write_text(json.dumps(facts))


def take(mirror: Mirror, root: Path, base: str, place: Path) -> bool:
    """Make a spare of `mirror` the new folder `place`, at `base`; False when there is none that will do."""
    known = sorted(spares(root, mirror), key=lambda one: one[1]["base"] != base)
    return any(_bring(mirror, one, base, place, last=True) for one in known)


def freshen(mirror: Mirror, root: Path, base: str) -> bool:
    """Bring one spare to `base`, so that a claim need not, if none is at it yet; whether one was brought."""
    known = list(spares(root, mirror))
    if any(facts["base"] == base for _, facts in known):
        return False
    for one in known:
        with scratch(root, MAKING) as folder:
            if _bring(mirror, one, base, folder / "spare", last=False):
                _put(root, folder / "spare")
        return True
    return False


def _bring(
    mirror: Mirror, known: tuple[Path, dict[str, Any]], base: str, place: Path, *, last: bool
) -> bool:
    """Make this spare the new folder `place`, at `base`; False when it went meanwhile, or git will not."""
    spare, facts = known
    try:
        spare.rename(place)
    except FileNotFoundError:
        return False  # somebody else was faster
    trees = (facts["base"], base)
    if facts["base"] != base and not go_on(mirror, trees, place / "tree", place / "index", last=last):
        throw_away(place)
        return False
    _note(place, {**facts, "base": base})
    return True


def _note(place: Path, facts: Mapping[str, Any]) -> None:
    _copy_index(place / "index", place / "tree")
    (place / _FACTS).write_text(json.dumps(facts))


def _put(root: Path, place: Path) -> None:
    place.rename(Path(tempfile.mkdtemp(prefix=_SPARE, dir=root)))


def leave(home: Path) -> None:
    """Put an attempt's folder where `renew` finds it, if too many do not lie there yet. All that ran in it
    is gone.
    """
    if sum(1 for _ in home.parent.glob(f"{_USED}*")) >= USED_MAX:
        throw_away(home)
    else:
        home.rename(home.parent / f"{_USED}{secrets.token_hex(6)}")


def renew(mirror: Mirror, root: Path, base: str, many: int, give: Give | None) -> bool:
    """Make a spare at `base` of what an attempt of `mirror` left, or throw that away where there are `many`
    spares, or nothing is left of it; whether there was one.
    """
    for used, facts in _noted(root, _USED, mirror):
        with scratch(root, MAKING) as folder:
            place = folder / "spare"
            used.rename(place)
            enough = sum(1 for _ in spares(root, mirror)) >= many
            if enough or not _renewed(mirror, (place, facts), base, give):
                delete(place)
            else:
                _put(root, place)
        return True
    return False


def _renewed(mirror: Mirror, known: tuple[Path, dict[str, Any]], base: str, give: Give | None) -> bool:
    place, facts = known
    tree, index = place / "tree", place / "index"
    for entry in os.scandir(place):
        if entry.name not in {tree.name, index.name}:
            delete(Path(entry.path))
    folder = facts.get("folder")
    missing = keep_ours(tree, index, Folder(*folder), len(base) // 2) if folder else None
    if missing is None or not go_on(mirror, (facts["base"], base), tree, index, also=missing):
        return False
    _make_repository(mirror, base, tree / ".git")
    if give is not None:
        give(tree / ".git")
    _note(place, {**facts, "base": base})
    return True


def begin(mirror: Mirror, base: str, branch: str, place: Path) -> None:
    """Put a laid work tree on a branch at its base; all that is new belongs to whom the tree belongs."""
    git_dir = place / "tree" / ".git"
    name = git_dir / "refs" / "heads" / branch
    name.parent.mkdir(parents=True)
    name.write_text(f"{base}\n")
    (git_dir / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    made = [place / "out", git_dir / "HEAD", name, *name.parents[: len(branch.split("/")) - 1]]
    shallow = mirror.git_dir / "shallow"
    if shallow.exists():
        (git_dir / "shallow").write_bytes(shallow.read_bytes())
        made.append(git_dir / "shallow")
    _as_tree(place / "tree", *made)


def stock(mirror: Mirror, root: Path, base: str, many: int, give: Give | None) -> int:
    """Make spares at `base` until `many` of this mirror lie in `root`; how many were made."""
    made = 0
    for _ in range(min(many, SPARES_MAX)):
        known = list(spares(root))
        mine = sum(1 for _ in spares(root, mirror))
        largest = max((facts["bytes"] for _, facts in known), default=0)
        if mine >= many or sum(facts["bytes"] for _, facts in known) + largest > BYTES_MAX:
            break
        with scratch(root, MAKING) as folder:
            place = folder / "spare"
            place.mkdir()
            lay(mirror, base, place, give)
            _put(root, place)
        made += 1
    return made


def spares(root: Path, mirror: Mirror | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The spares in a folder, or those of one mirror there, and what is noted of each."""
    return _noted(root, _SPARE, mirror)


def _noted(root: Path, prefix: str, mirror: Mirror | None) -> Iterator[tuple[Path, dict[str, Any]]]:
    for place in sorted(root.glob(f"{prefix}*")):
        try:
            facts = json.loads((place / _FACTS).read_text())
        except (OSError, ValueError):
            continue  # it is just being taken, or a crash cut it off
        if mirror is None or facts["mirror"] == str(mirror.home):
            yield place, facts


def sweep(root: Path, mirror: Mirror | None = None) -> int:
    """Throw away all spares and what could become one, or those of one mirror; how many. After a power cut
    their files may lack content.
    """
    if mirror is None:
        found = [place for prefix in (_SPARE, _USED) for place in sorted(root.glob(f"{prefix}*"))]
    else:
        found = [place for prefix in (_SPARE, _USED) for place, _ in _noted(root, prefix, mirror)]
    for place in found:
        throw_away(place)
    return len(found)


def weight(place: Path) -> tuple[int, int] | None:
    """Bytes on disk and entries that a laid work tree began with, None where that is not known."""
    try:
        facts = json.loads((place / _FACTS).read_text())
        return int(facts["bytes"]), int(facts["entries"])
    except (OSError, ValueError, KeyError):
        return None


def _copy_index(index: Path, tree: Path) -> None:
    """Give the work tree's own git an index, no younger than ours: git reads again what is as young as it."""
    own = tree / ".git" / "index"
    shutil.copy2(index, own)
    _as_tree(tree, own)


def _as_tree(tree: Path, *places: Path) -> None:
    """Give what we made to whom the tree belongs."""
    owner = tree.stat()
    for place in places:
        os.chown(place, owner.st_uid, owner.st_gid)


def _weigh(tree: Path) -> tuple[int, int]:
    size = entries = 0
    for folder, folders, files in os.walk(tree):
        entries += len(folders) + len(files)
        size += sum(os.lstat(os.path.join(folder, name)).st_blocks * 512 for name in files)
    return size, entries


def _make_repository(mirror: Mirror, base: str, git_dir: Path) -> None:
    for folder in ("objects/info", "objects/pack", "info", "refs/heads"):
        (git_dir / folder).mkdir(parents=True)
    sha256 = len(check_oid(base)) != 40
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    (git_dir / "config").write_text(_CONFIG.format(version=int(sha256), extensions=extensions))
    (git_dir / "info" / "attributes").write_text(INERT_ATTRIBUTES)
    (git_dir / "objects" / "info" / "alternates").write_text(f"{mirror.objects}\n")
    (git_dir / "HEAD").write_text("ref: refs/heads/none\n")
