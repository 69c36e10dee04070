"""One private repository per attempt. The agent may do to it what it likes: nothing here is ever trusted.

    <root>/<task>.<fence>/
        about.json       ours: base, branch, mirror
        index            ours: the files of `tree/` as they were written
        tree/            the work tree, writable inside the sandbox, with a `.git` for the agent's own use
        out/             where the commit is made; writable inside, wiped by the script before it is used

The control plane commits, not the agent: `commit_script` builds a repository of its own in `out/` and adds
the files it finds in `tree/`, so whatever happened to `tree/.git` cannot matter.
"""

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from windlass.kernel import Conflict, Invalid
from windlass.workspace import aside, spares
from windlass.workspace.git import INERT_ATTRIBUTES
from windlass.workspace.mirror import Mirror
from windlass.workspace.model import OID, Author
from windlass.workspace.refs import check_branch
from windlass.workspace.spares import Give
from windlass.workspace.trash import empty_trash, scratch, sweep, throw_away

MESSAGE_MAX = 32 * 1024
# Runs inside the sandbox with nothing but /bin/sh and /usr/bin/git. $1 tree, $2 out, $3 mirror's objects,
# $4 base, $5 object format, $6 name, $7 email, $8 date, $9 message, $11 our index, $12 the base's tree. Of
# git it reads only what it has just written, and that index: what is in the tree as we wrote it is not read
# again. The time of the index is kept, since git looks into files that are as young as it.
_COMMIT = r"""
set -eu
export LC_ALL=C HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
umask 022
tree=$1 out=$2 objects=$3 base=$4
{ [ -r "$out" ] && [ -w "$out" ] && [ -x "$out" ]; } || chmod u+rwX "$out"
for left in "$out"/* "$out"/.[!.]*; do
  if [ -e "$left" ] || [ -L "$left" ]; then
    chmod -R u+rwX "$out" 2>/dev/null || :
    rm -rf "$out"/* "$out"/.[!.]*
    break
  fi
done
mkdir -p "$out/repo.git/objects/info" "$out/repo.git/objects/pack" "$out/repo.git/refs" "$out/repo.git/info"
cd "$out/repo.git"
printf '%s\n' "$objects" > objects/info/alternates
printf '%s\n' "$base" > shallow
printf '%s' "${10}" > info/attributes
printf 'ref: refs/heads/none\n' > HEAD
case $5 in sha1) version=0 ;; *) version=1 ;; esac
printf '[core]\nrepositoryformatversion = %s\nbare = false\nhooksPath = /dev/null\n' $version > config
printf 'excludesFile = /dev/null\nattributesFile = /dev/null\nfsync = none\n' >> config
printf '[gc]\nauto = 0\n[advice]\naddEmbeddedRepo = false\n' >> config
[ $version = 0 ] || printf '[extensions]\nobjectFormat = %s\n' "$5" >> config
export GIT_DIR="$out/repo.git" GIT_WORK_TREE="$tree" GIT_INDEX_FILE="$out/index"
export GIT_AUTHOR_NAME="$6" GIT_AUTHOR_EMAIL="$7" GIT_AUTHOR_DATE="$8"
export GIT_COMMITTER_NAME="$6" GIT_COMMITTER_EMAIL="$7" GIT_COMMITTER_DATE="$8"
cd "$tree"
if [ -f "${11}" ]; then cp -p "${11}" "$out/index"; else git read-tree "$base"; fi
git add -A -- .
new=$(git write-tree)
if [ "$new" = "${12}" ]; then head=$base; else
head=$(printf '%s\n' "$9" | git commit-tree "$new" -p "$base"); fi
printf '%s\n' "$head" > "$out/head"
"""

_PRINT = """
printf '%s\\n' "$head"
"""

# After it, in the same shell: the pack on standard output, if anything changed.
_SEND = """
[ "$head" = "$base" ] || printf '%s\\n^%s\\n' "$head" "$base" |
  git pack-objects --revs --thin --stdout --delta-base-offset -q
"""

_PACK = r"""
set -eu
export LC_ALL=C HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_DIR="$1/repo.git"
cd "$1"
read -r head < head
printf '%s\n^%s\n' "$head" "$2" | git pack-objects --revs --thin --stdout --delta-base-offset -q
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The private repository of one attempt. `path` is its work tree."""

    home: Path
    mirror: Mirror
    base: str
    branch: str

    @classmethod
    def create(
        cls, mirror: Mirror, root: Path, base: str, branch: str, *, give: Give | None = None
    ) -> "Attempt":
        """Make the repository at `base` on `branch` (`windlass/<task>/<fence>`), complete or not at all.

        A spare is taken where there is one; else the cost is that of writing the files. Objects are shared
        with the mirror, which must keep its absolute path, as `root` must, while the attempt lives. `give`
        makes all in a folder the agents'.
        """
        home = root / check_branch(branch).removeprefix("windlass/").replace("/", ".")
        if home.exists():
            raise Conflict(f"attempt {home.name} exists already", hint="every attempt has its own fence")
        mirror.tree_of(base)
        attempt = cls(home, mirror, base, branch)
        with scratch(root, spares.MAKING) as folder:
            made = folder / "attempt"
            if not spares.take(mirror, root, base, made):
                made.mkdir()
                spares.lay(mirror, base, made, give)
            (made / "out").mkdir()
            spares.begin(mirror, base, branch, made)
            about = {"mirror": str(mirror.home), "base": base, "branch": branch}
            (made / "about.json").write_text(json.dumps(about))
            os.rename(made, home)
        return attempt

    @staticmethod
    def stock(mirror: Mirror, root: Path, base: str, many: int, *, give: Give | None = None) -> int:
        """Make spares at `base` until `root` has `many` for this mirror; how many were made."""
        return spares.stock(mirror, root, base, many, give)

    @staticmethod
    def freshen(mirror: Mirror, root: Path, base: str) -> bool:
        """Bring a spare of this mirror to `base` if none is at it; whether one was brought."""
        return spares.freshen(mirror, root, base)

    @staticmethod
    def stocked(mirror: Mirror, root: Path) -> int:
        """How many spares `root` has for this mirror."""
        return sum(1 for _ in spares.spares(root, mirror))

    @staticmethod
    def renew(mirror: Mirror, root: Path, base: str, many: int, *, give: Give | None = None) -> bool:
        """Make a spare at `base` of what was `left`, unless there are `many`; whether anything was left."""
        return spares.renew(mirror, root, base, many, give)

    @staticmethod
    def unstock(mirror: Mirror, root: Path) -> None:
        """Throw away the spares of this mirror and what could become one."""
        spares.sweep(root, mirror)

    @classmethod
    def list(cls, root: Path) -> "list[Attempt]":
        """Every attempt in `root`, by name."""
        found = []
        for about in sorted(root.glob("*/about.json")):
            facts = json.loads(about.read_text())
            found.append(
                cls(about.parent, Mirror.open(Path(facts["mirror"])), facts["base"], facts["branch"])
            )
        return found

    @staticmethod
    def sweep(root: Path) -> int:
        """Delete spares, what a crash left half made or half removed, and what was set aside too long; how
        many.
        """
        return spares.sweep(root) + sweep(root, spares.MAKING) + aside.prune(root) + empty_trash(root)

    @staticmethod
    def kept(root: Path) -> Sequence[Path]:
        """The folders of attempts that were set aside."""
        return aside.set_asides(root)

    @staticmethod
    def discard(folder: Path) -> None:
        """Delete any folder that an agent wrote in; `sweep` of its parent finishes what a crash cuts off."""
        throw_away(folder)

    @property
    def path(self) -> Path:
        return self.home / "tree"

    @property
    def out(self) -> Path:
        return self.home / "out"

    @property
    def weight(self) -> tuple[int, int] | None:
        """Bytes on disk and entries of the work tree as it was made; None where that is not known."""
        return spares.weight(self.home)

    @property
    def _index(self) -> Path:
        return self.home / "index"

    def mounts(self) -> tuple[tuple[Path, str, bool], ...]:
        """What the sandbox must show, as (source, target inside, writable); the paths inside are the same."""
        return (
            (self.path, str(self.path), True),
            (self.out, str(self.out), True),
            (self.mirror.objects, str(self.mirror.objects), False),
            *([(self._index, str(self._index), False)] if self._index.exists() else []),
        )

    def commit_script(self, message: str, author: Author, at: float) -> tuple[str, ...]:
        """A program for inside the sandbox: one commit of all files on top of `base`; prints its id.

        Ignored files stay out, as for any git user. When nothing differs it prints `base`. Hooks, filters and
        the agent's own `.git` have no effect. Any other outcome is a non-zero exit.
        """
        return self._script(_COMMIT + _PRINT, message, author, at)

    def hand_in_script(self, message: str, author: Author, at: float) -> tuple[str, ...]:
        """`commit_script` and, if anything changed, `pack_script` in one program; prints the pack alone."""
        return self._script(_COMMIT + _SEND, message, author, at)

    def _script(self, program: str, message: str, author: Author, at: float) -> tuple[str, ...]:
        text = message.replace("\0", "").strip("\n")
        if not text or len(os.fsencode(text)) > MESSAGE_MAX:
            raise Invalid(f"commit message must have 1 to {MESSAGE_MAX} bytes")
        return (
            "/bin/sh", "-c", program, "windlass-commit", str(self.path), str(self.out),
            str(self.mirror.objects), self.base, self._object_format, author.name, author.email,
            f"@{int(at)} +0000", text, INERT_ATTRIBUTES, str(self._index), self.mirror.tree_of(self.base),
        )  # fmt: skip

    def pack_script(self) -> tuple[str, ...]:
        """A program for inside the sandbox, after `commit_script`: prints the thin pack of base..head."""
        return ("/bin/sh", "-c", _PACK, "windlass-pack", str(self.out), self.base)

    def read_head(self) -> str:
        """The id `commit_script` left. Follows no link, waits for no pipe, reads at most 65 bytes."""
        try:
            folder = os.open(self.out, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                file = os.open("head", flags, dir_fd=folder)
            finally:
                os.close(folder)
            try:
                facts = os.fstat(file)
                said = os.read(file, 66) if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1 else b""
            finally:
                os.close(file)
        except OSError as error:
            raise Invalid(f"attempt {self.home.name} left no readable head: {error.strerror}") from error
        head = said.decode("ascii", "replace").removesuffix("\n")
        if not OID.fullmatch(head) or len(head) != len(self.base):
            raise Invalid(f"attempt {self.home.name} left no commit id as its head")
        return head

    def set_aside(self) -> Path:
        """Keep the folder for a while, out of the way; where."""
        return aside.set_aside(self.home)

    def remove(self) -> None:
        """Take the attempt away: renamed in one step, then deleted whatever is in it.

        Removing twice is fine.
        """
        throw_away(self.home)

    def leave(self) -> None:
        """Take the attempt away like `remove`, for `renew`. Only when no program that ran in it is left."""
        spares.leave(self.home)

    @property
    def _object_format(self) -> str:
        return "sha1" if len(self.base) == 40 else "sha256"
