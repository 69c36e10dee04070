#!/usr/bin/env python3
"""Set windlass up with nothing but Python's standard library, then start it.

A stamp in .venv remembers what was installed, so a second run does nothing and needs no network.
Exit codes: 2 wrong arguments, 69 something outside is missing, 70 a step failed, 77 a download was changed.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

from get_uv import OWN, PUBLIC_INDEX, ROOT, certificates, die, find_uv, index, say

VENV = ROOT / ".venv"
STAMP = VENV / "windlass-stamp"
USAGE = """\
usage: ./start.sh [--autonomous [--repo PATH] [OPTION...]] [--setup-only] [--doctor] [--offline]

  --autonomous          set up, then run the whole loop on a small demo repository made on the spot
  --autonomous --repo PATH
                        set up, take PATH under care and keep going; further options go to `windlass run`,
                        e.g. --land, --for 8h, --interval 30m, --max-tasks 5
  --setup-only          set up and stop
  --doctor              set up, then say what is ready, what is missing and how to fix it
  --offline             use only what is already on this machine

With no option: set up and say what to do next.
"""


class Wanted(NamedTuple):
    """What the command line asked for."""

    mode: str
    repo: str | None
    rest: tuple[str, ...]
    offline: bool


def parse(argv: Sequence[str]) -> Wanted:
    mode, repo, offline = "next", None, False
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word in ("--autonomous", "--setup-only", "--doctor"):
            if mode not in ("next", word):
                usage(f"{mode} and {word} do not go together")
            mode = word
        elif word == "--repo" or word.startswith("--repo="):
            repo = word.partition("=")[2] if "=" in word else next(words, "")
            if not repo:
                usage("--repo needs a path")
        elif word == "--offline":
            offline = True
        elif word in ("-h", "--help"):
            print(USAGE, end="")
            raise SystemExit(0)
        else:
            rest.append(word)
    if rest and mode in ("next", "--setup-only"):
        usage(f"do not know {rest[0]!r}")
    if repo is not None and mode in ("next", "--setup-only"):
        usage("--repo goes with --autonomous or --doctor")
    return Wanted(mode, repo, tuple(rest), offline)


def usage(problem: str) -> NoReturn:
    print(f"start: {problem}\n\n{USAGE}", end="", file=sys.stderr)
    raise SystemExit(2)


def system_programs(wanted: Wanted) -> None:
    """Make sure of git and bubblewrap; only a missing git stops everything."""
    missing = ["git"] if not shutil.which("git") else []
    if sys.platform == "linux" and not shutil.which("bwrap"):
        missing.append("bubblewrap")
    if missing and not wanted.offline:
        apt_install(missing)
    if "git" in missing and not shutil.which("git"):
        die("git is not installed", install_line(missing))
    if "bubblewrap" in missing and not shutil.which("bwrap"):
        needs_sandbox = (
            wanted.mode == "--autonomous" and wanted.repo is not None and "--trust" not in wanted.rest
        )
        if needs_sandbox:
            die(
                "bubblewrap is not installed, and a repository's code runs only inside it",
                install_line(missing),
            )
        say("bubblewrap is not installed; only the bundled demo runs without it")
        print(f"  try: {install_line(missing)}", file=sys.stderr)


def install_line(packages: Sequence[str]) -> str:
    names = " ".join(packages)
    if sys.platform == "darwin":
        return f"brew install {names}"
    if shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        return f"{sudo}apt-get install -y {names}"
    return f"install {' and '.join(packages)} with your system's package manager"


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages where that needs no password; WINDLASS_NO_APT=1 forbids it."""
    if os.environ.get("WINDLASS_NO_APT") or not shutil.which("apt-get"):
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return
        prefix = ["sudo", "-n"]
    say(f"installing {' and '.join(packages)} with apt (WINDLASS_NO_APT=1 forbids this)")
    prefix += ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    install = [*prefix, "install", "-y", "--no-install-recommends", *packages]
    if subprocess.run(install, stdout=sys.stderr, stdin=subprocess.DEVNULL).returncode:
        # A bare container has no package lists yet.
        subprocess.run([*prefix, "update"], stdout=sys.stderr, stdin=subprocess.DEVNULL)
        subprocess.run(install, stdout=sys.stderr, stdin=subprocess.DEVNULL)


NETWORK_WORDS = re.compile(
    r"error sending request|dns error|tcp connect|connection refused|timed out|offline", re.I
)


def environment() -> dict[str, str]:
    """What uv and pip see: pip's index and certificates, no other virtual environment."""
    drop = ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_SYSTEM_PYTHON", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT")
    env = {k: v for k, v in os.environ.items() if k not in drop}
    env |= {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_SYSTEM_CERTS": "true",
        "UV_NATIVE_TLS": "true",
    }
    source = index(os.environ)
    if source.url != PUBLIC_INDEX:
        env["UV_DEFAULT_INDEX"] = source.url
        env.setdefault("PIP_INDEX_URL", source.url)
    if bundle := certificates(os.environ):
        env["SSL_CERT_FILE"] = bundle
    home = env.get("HOME", "")
    if not (home and os.access(home, os.W_OK)):
        env.setdefault("UV_CACHE_DIR", str(OWN / "cache"))
        env.setdefault("PIP_CACHE_DIR", str(OWN / "pip-cache"))
    return env


def run(argv: Sequence[str], env: Mapping[str, str], *, offline_flag: str | None = None) -> None:
    """Run one step; when it fails and can also work from the cache, try that before giving up."""
    done = subprocess.run(
        argv, env=env, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if done.returncode and offline_flag and offline_flag not in argv:
        again = subprocess.run(
            [*argv, offline_flag],
            env=env,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if again.returncode == 0:
            say("the network did not answer; installed from this machine's cache")
            return
    sys.stderr.write(done.stderr)
    if done.returncode == 0:
        return
    step = f"`{Path(argv[0]).name} {' '.join(argv[1:4])} …` failed ({done.returncode})"
    if NETWORK_WORDS.search(done.stderr):
        source = index(os.environ)
        die(
            f"{step}: {source.shown} (from {source.origin}) did not answer",
            "check the network or proxy (HTTPS_PROXY), or set UV_DEFAULT_INDEX to your package mirror",
        )
    die(step, "read the lines above; `./start.sh --doctor` checks disk, network and certificates", 70)


def python_of_venv() -> str | None:
    """`3.11.7` when .venv runs, None when it does not."""
    try:
        ask = [str(VENV / "bin" / "python"), "-c", "import platform; print(platform.python_version())"]
        done = subprocess.run(ask, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def install_with_uv(uv: str, offline: bool) -> None:
    env = environment()
    flags = ["--offline"] if offline else []
    retry = "--offline"
    keep = python_of_venv() == platform.python_version()
    run(
        [uv, "venv", "-q", "--allow-existing" if keep else "--clear", "--python", sys.executable, str(VENV)],
        env,
    )
    inside = ["--python", str(VENV / "bin" / "python")]
    run(
        [
            uv,
            "pip",
            "sync",
            "-q",
            *flags,
            *inside,
            "--compile-bytecode",
            "--require-hashes",
            "requirements.lock",
        ],
        env,
        offline_flag=retry,
    )
    run(
        [uv, "pip", "install", "-q", *flags, *inside, "--no-deps", "--no-build-isolation", "-e", "."],
        env,
        offline_flag=retry,
    )


def install_with_pip() -> None:
    """The slow way, for machines uv has no wheel for: the same lock, the same hashes."""
    env = environment()
    if python_of_venv() != platform.python_version():
        if not ensurepip_works():
            apt_install(["python3-venv"])
        if not ensurepip_works():
            die(
                "this Python can make no virtual environment (ensurepip is missing)",
                install_line(["python3-venv"]),
            )
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], env)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "-q"]
    run([*pip, "--require-hashes", "-r", "requirements.lock"], env)
    run([*pip, "--no-deps", "--no-build-isolation", "-e", "."], env)


def ensurepip_works() -> bool:
    ask = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(ask, capture_output=True, cwd="/").returncode == 0


def fingerprint() -> str:
    """Changes with the lock, the project file, the Python and the place of the clone."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes() + b"\0")
    digest.update(f"{platform.python_version()}\0{platform.machine()}\0{ROOT}".encode())
    return digest.hexdigest()


def stamped() -> bool:
    try:
        return STAMP.read_text() == fingerprint() and os.access(VENV / "bin" / "windlass", os.X_OK)
    except OSError:
        return False


@contextmanager
def alone() -> Iterator[None]:
    """Two set-ups of one clone at a time would tear each other's .venv."""
    OWN.mkdir(exist_ok=True)
    with (OWN / "setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another set-up of this clone is running; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up(offline: bool) -> None:
    """Install what is locked; a second run with nothing changed does nothing and needs no network."""
    if stamped() and python_of_venv():
        return
    started = time.monotonic()
    with alone():
        if stamped() and python_of_venv():
            return
        STAMP.unlink(missing_ok=True)
        say(f"installing into {VENV}")
        uv = find_uv(installed=VENV / "bin" / "uv", offline=offline)
        install_with_uv(uv, offline) if uv else install_with_pip()
        # Where bytecode is not written (many containers) every start would compile our modules again.
        subprocess.run(
            [str(VENV / "bin" / "python"), "-m", "compileall", "-q", str(ROOT / "src")], check=False
        )
        STAMP.write_text(fingerprint())
    say(f"set up in {time.monotonic() - started:.1f} s")


def command(wanted: Wanted) -> list[str] | None:
    """The windlass command to become, None when set-up was all."""
    repo = ["--repo", wanted.repo] if wanted.repo is not None else []
    if wanted.mode == "--doctor":
        return ["doctor", *repo, *wanted.rest]
    if wanted.mode == "--autonomous":
        return ["run", *repo, "--continuous", *wanted.rest] if repo else ["run", "--demo", *wanted.rest]
    return None


def main(argv: Sequence[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036, for those who run this file by hand
        die(
            f"Python {platform.python_version()} is too old, 3.11 or newer is needed",
            install_line(["python3"]),
        )
    wanted = parse(argv)
    system_programs(wanted)
    try:
        set_up(wanted.offline)
    except OSError as error:
        die(
            f"{error.filename or ROOT}: {error.strerror or error}",
            "make the clone writable and free some space",
            70,
        )
    arguments = command(wanted)
    if arguments is None:
        if wanted.mode == "next":
            say("ready. ./start.sh --autonomous runs the demo; add --repo PATH for a repository of yours")
        return 0
    program = str(VENV / "bin" / "windlass")
    say("windlass " + " ".join(arguments))
    sys.stdout.flush()
    os.execv(program, [program, *arguments])  # noqa: S606, our own program


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("interrupted; run it again, it goes on where it stopped")
        raise SystemExit(130) from None
