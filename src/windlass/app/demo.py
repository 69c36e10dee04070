"""Make the demo repository on the spot: the same commits on every machine, without a network."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from windlass.app.demo_shop import HISTORY, DemoCommit
from windlass.kernel import Conflict, Unavailable

AUTHOR = ("Mara Lind", "mara@shop.example")
MAIN = "main"
GIT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Demo:
    """The repository that was made. It is ours, so it may run even where there is no sandbox."""

    path: Path
    main: str
    head: str


def make_demo(into: Path) -> Demo:
    """Create the demo repository in a folder that is missing or empty."""
    try:
        into.mkdir(parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise Conflict(f"folder {str(into)!r} is not empty", hint="name a new folder, or remove this one")
        _git(into, "init", "-q", "--template=", f"--initial-branch={MAIN}")
        for commit in HISTORY:
            _record(into, commit)
    except OSError as error:
        raise Unavailable(
            f"the demo cannot be written to {str(into)!r}: {error.strerror or error}",
            hint="make that folder writable and free some space",
        ) from error
    return Demo(into, MAIN, _git(into, "rev-parse", "HEAD"))


def _record(root: Path, commit: DemoCommit) -> None:
    for name, text in commit.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        path.chmod(0o644)
    _git(root, "add", "--all")
    _git(root, "commit", "-q", "--no-verify", "-m", commit.message, at=commit.at)


def _git(root: Path, *arguments: str, at: int = 0) -> str:
    """Run git as if nothing were configured on this machine; the result may depend on our files alone."""
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CEILING_DIRECTORIES": str(root.parent),
        **{f"GIT_{who}_NAME": AUTHOR[0] for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": AUTHOR[1] for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": f"{at} +0000" for who in ("AUTHOR", "COMMITTER")},
    }
    settings = (
        "core.hooksPath=/dev/null",
        "core.autocrlf=false",
        "core.fileMode=true",
        "commit.gpgSign=false",
    )
    argv = ["git", *(word for setting in settings for word in ("-c", setting)), *arguments]
    try:
        done = subprocess.run(
            argv, cwd=root, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=GIT_TIMEOUT_S
        )
    except FileNotFoundError as error:
        raise Unavailable("git is not installed", hint="apt-get install -y git") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"git {arguments[0]} took longer than {GIT_TIMEOUT_S:.0f} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise Unavailable(
            f"git {arguments[0]} failed in {str(root)!r}: {said}", hint="`windlass doctor` looks at git"
        )
    return done.stdout.decode("ascii").strip()
