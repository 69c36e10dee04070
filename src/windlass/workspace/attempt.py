"""One private repository per attempt. The agent may do to it what it likes: nothing here is ever trusted.

    <root>/<task>.<fence>/
        about.json       ours: base, branch, mirror
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
from windlass.workspace import aside
from windlass.workspace.fresh import write_files
from windlass.workspace.git import INERT_ATTRIBUTES, Git
from windlass.workspace.mirror import Mirror
from windlass.workspace.model import OID, Author
from windlass.workspace.refs import check_branch, check_oid
from windlass.workspace.trash import empty_trash, scratch, sweep, throw_away

MESSAGE_MAX = 32 * 1024
_MAKING = ".making-"
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

# Runs inside the sandbox with nothing but /bin/sh and /usr/bin/git. $1 tree, $2 out, $3 mirror's objects,
# $4 base, $5 object format, $6 name, $7 email, $8 date, $9 message. Everything it reads of git is what it
# has just written.
_COMMIT = r"""
set -eu
export LC_ALL=C HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
umask 022
tree=$1 out=$2 objects=$3 base=$4
chmod -R u+rwX "$out" 2>/dev/null || :
rm -rf "$out"/* "$out"/.[!.]*
git init -q --bare --template= --object-format="$5" "$out/repo.git"
cd "$out/repo.git"
printf '%s\n' "$objects" > objects/info/alternates
printf '%s\n' "$base" > shallow
mkdir -p info
printf '%s' "${10}" > info/attributes
export GIT_DIR="$out/repo.git" GIT_WORK_TREE="$tree" GIT_INDEX_FILE="$out/index"
export GIT_AUTHOR_NAME="$6" GIT_AUTHOR_EMAIL="$7" GIT_AUTHOR_DATE="$8"
export GIT_COMMITTER_NAME="$6" GIT_COMMITTER_EMAIL="$7" GIT_COMMITTER_DATE="$8"
git config core.bare false
git config gc.auto 0
git config core.hooksPath /dev/null
git config core.excludesFile /dev/null
git config core.attributesFile /dev/null
git config core.fsync none
git config advice.addEmbeddedRepo false
cd "$tree"
git read-tree "$base"
git add -A -- .
new=$(git write-tree)
if [ "$new" = "$(git rev-parse "$base^{tree}")" ]; then head=$base; else
head=$(printf '%s\n' "$9" | git commit-tree "$new" -p "$base"); fi
printf '%s\n' "$head" > "$out/head"
printf '%s\n' "$head"
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
    def create(cls, mirror: Mirror, root: Path, base: str, branch: str) -> "Attempt":
        """Make the repository at `base` on `branch` (`windlass/<task>/<fence>`), complete or not at all.

        Objects are shared with the mirror, so the cost is that of writing the files. The mirror and `root`
        must keep their absolute paths while the attempt lives.
        """
        home = root / check_branch(branch).removeprefix("windlass/").replace("/", ".")
        if home.exists():
            raise Conflict(f"attempt {home.name} exists already", hint="every attempt has its own fence")
        mirror.tree_of(base)
        attempt = cls(home, mirror, base, branch)
        with scratch(root, _MAKING) as folder:
            made = folder / "attempt"
            (made / "out").mkdir(parents=True)
            (made / "tree").mkdir()
            attempt._make_repository(made / "tree" / ".git")
            write_files(Git(made / "tree" / ".git"), base, made / "tree", made / "tree" / ".git" / "index")
            about = {"mirror": str(mirror.home), "base": base, "branch": branch}
            (made / "about.json").write_text(json.dumps(about))
            os.rename(made, home)
        return attempt

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
        """Delete what a crash left half made or half removed, and what was set aside too long; how many."""
        return sweep(root, _MAKING) + aside.prune(root) + empty_trash(root)

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

    def mounts(self) -> tuple[tuple[Path, str, bool], ...]:
        """What the sandbox must show, as (source, target inside, writable); the paths inside are the same."""
        return (
            (self.path, str(self.path), True),
            (self.out, str(self.out), True),
            (self.mirror.objects, str(self.mirror.objects), False),
        )

    def commit_script(self, message: str, author: Author, at: float) -> tuple[str, ...]:
        """A program for inside the sandbox: one commit of all files on top of `base`; prints its id.

        Ignored files stay out, as for any git user. When nothing differs it prints `base`. Hooks, filters and
        the agent's own `.git` have no effect. Any other outcome is a non-zero exit.
        """
        text = message.replace("\0", "").strip("\n")
        if not text or len(os.fsencode(text)) > MESSAGE_MAX:
            raise Invalid(f"commit message must have 1 to {MESSAGE_MAX} bytes")
        return (
            "/bin/sh", "-c", _COMMIT, "windlass-commit", str(self.path), str(self.out),
            str(self.mirror.objects), self.base, self._object_format, author.name, author.email,
            f"@{int(at)} +0000", text, INERT_ATTRIBUTES,
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

    @property
    def _object_format(self) -> str:
        return "sha1" if len(self.base) == 40 else "sha256"

    def _make_repository(self, git_dir: Path) -> None:
        for folder in ("objects/info", "objects/pack", "info", f"refs/heads/{self.branch}"):
            (git_dir / folder).parent.mkdir(parents=True, exist_ok=True)
        for folder in ("objects/info", "objects/pack", "info"):
            (git_dir / folder).mkdir(exist_ok=True)
        sha256 = self._object_format == "sha256"
        extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
        (git_dir / "config").write_text(_CONFIG.format(version=int(sha256), extensions=extensions))
        (git_dir / "info" / "attributes").write_text(INERT_ATTRIBUTES)
        (git_dir / "objects" / "info" / "alternates").write_text(f"{self.mirror.objects}\n")
        (git_dir / "refs" / "heads" / self.branch).write_text(f"{check_oid(self.base)}\n")
        (git_dir / "HEAD").write_text(f"ref: refs/heads/{self.branch}\n")
        shallow = self.mirror.git_dir / "shallow"
        if shallow.exists():
            (git_dir / "shallow").write_bytes(shallow.read_bytes())
