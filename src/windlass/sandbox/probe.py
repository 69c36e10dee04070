"""What this machine can do for us, tried rather than guessed, and the exact fix for what it cannot."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from windlass.kernel import Denied, Invalid, NotFound, Unavailable, WindlassError
from windlass.sandbox.ahead import AHEAD, Ahead
from windlass.sandbox.bwrap import AGENT_UID, Bubblewrap
from windlass.sandbox.cgroup import Delegation, find_delegation, shares_processors, sweep
from windlass.sandbox.container import Container
from windlass.sandbox.manifest import read_manifest
from windlass.sandbox.model import Launcher, Level, Limits, Order, Probe
from windlass.sandbox.none import Unconfined
from windlass.sandbox.seccomp import NUMBERS
from windlass.sandbox.strays import sweep_homes

OLDEST_BWRAP = (0, 8)
"""The first with --disable-userns."""
_CAP_SYS_ADMIN = 1 << 21
_SYSCTLS = {
    "user.max_user_namespaces": "/proc/sys/user/max_user_namespaces",
    "kernel.unprivileged_userns_clone": "/proc/sys/kernel/unprivileged_userns_clone",
    "kernel.apparmor_restrict_unprivileged_userns": "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
}
_INSTALL = {
    "apt-get": "apt-get install -y",
    "dnf": "dnf install -y",
    "apk": "apk add",
    "pacman": "pacman -S --noconfirm",
    "zypper": "zypper install -y",
}
_CONTAINER = (
    "docker run --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined ... "
    "(or run windlass on the host)"
)


def probe(*, path: str | None = None, manifest: Path | None = None) -> Probe:
    """Look for bubblewrap on `path` (default: PATH), or for the runtime that a container manifest names, and
    run a real order through it; takes about 100 ms."""
    if manifest is not None:
        return _probe_container(manifest, path)
    facts = _facts(path)
    if blocked := judge(facts):
        return Probe(Level.NONE, False, *blocked, facts)
    failure = _try(facts)
    if failure and facts["cgroup"]:  # a group that can be made but not entered: rlimits bound the runs then
        facts["cgroup"] = ""
        failure = _try(facts)
    if failure:
        return Probe(Level.NONE, False, *explain(failure, facts), facts)
    return Probe(Level.BWRAP, True, "bubblewrap works", "", facts)


def _try(facts: dict[str, str]) -> str:
    """Run a real order; what went wrong, or nothing, and then `facts` hold what was in force."""
    return _try_launcher(_bubblewrap(facts, AGENT_UID), facts)


def _try_launcher(launcher: Launcher, facts: dict[str, str]) -> str:
    try:
        outcome = launcher.run(Order(("/bin/true",), "/", limits=Limits(wall_s=20.0)))
    except WindlassError as error:
        return str(error)
    facts["held"] = ", ".join(outcome.held)
    return "" if outcome.ran.exit_code == 0 else f"/bin/true ended with {outcome.ran.exit_code}"


def _probe_container(manifest: Path, path: str | None) -> Probe:
    """Only ever level CONTAINER or nothing: the owner asked for it by name."""
    facts = _facts(path)
    try:
        launcher = _container(manifest, facts, path, AGENT_UID)
    except WindlassError as error:
        return Probe(Level.NONE, False, str(error), error.hint, facts)
    facts["runtime"] = str(launcher.program)
    if failure := _try_launcher(launcher, facts):
        return Probe(Level.NONE, False, *explain(failure, facts), facts)
    said = f"{launcher.program} works on {launcher.manifest.rootfs}"
    return Probe(Level.CONTAINER, True, said, "", facts)


def open_launcher(
    *, trust: bool = False, uid: int | None = None, path: str | None = None, manifest: Path | None = None,
    ahead: bool = False,
) -> Launcher:  # fmt: skip
    """Bubblewrap, or with a `manifest` the container it describes. Where that does not work: Denied with the
    fix, or, trusted, level NONE. `ahead`: many runs are to come, so that processes may wait for them.

    `uid` is who runs become when windlass is root; 0 is never possible.
    """
    if uid is not None and uid <= 0:
        raise Invalid(f"sandbox uid {uid} is not an unprivileged user", hint=f"leave it out for {AGENT_UID}")
    sweep_homes()
    found = probe(path=path, manifest=manifest)
    if found.ok:
        waiting = AHEAD if ahead else None
        launcher: Bubblewrap | Container = _bubblewrap(found.facts, uid or AGENT_UID, waiting)
        if manifest is not None:
            launcher = _container(manifest, found.facts, path, uid or AGENT_UID)
        sweep(launcher.delegation)
        return launcher
    if trust:
        return Unconfined()
    raise Denied(f"no sandbox: {found.reason}", hint=found.fix)


def judge(facts: Mapping[str, str]) -> tuple[str, str] | None:
    """What facts alone rule out, as (reason, fix); None when only trying can tell."""
    if not facts["platform"].startswith("Linux"):
        return f"the sandbox needs Linux, this is {facts['platform']}", "run windlass on Linux"
    if facts["machine"] not in NUMBERS:
        return f"no system call filter for machine {facts['machine']!r}", f"use one of {', '.join(NUMBERS)}"
    if not facts["bwrap"]:
        return "bubblewrap is not installed", _install(facts)
    version = parse_version(facts["bwrap_version"])
    if version is None or version < OLDEST_BWRAP:
        wanted = ".".join(map(str, OLDEST_BWRAP))
        reason = f"{facts['bwrap']} is {facts['bwrap_version']!r}, bubblewrap {wanted} or newer is needed"
        return reason, _install(facts)
    if facts["euid"] == "0" and facts["cap_sys_admin"] != "yes":
        return "windlass runs as root without CAP_SYS_ADMIN, so it cannot make namespaces", _CONTAINER
    return None


def explain(failure: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Reason and fix for a sandbox that was tried and failed."""
    if facts["user.max_user_namespaces"] == "0":
        return f"user namespaces are switched off ({failure})", "sysctl -w user.max_user_namespaces=15000"
    if facts["kernel.unprivileged_userns_clone"] == "0":
        return (
            f"user namespaces are for root only ({failure})",
            "sysctl -w kernel.unprivileged_userns_clone=1",
        )
    if facts["kernel.apparmor_restrict_unprivileged_userns"] == "1":
        fix = "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        return f"AppArmor keeps user namespaces from this program ({failure})", fix
    if "namespace" in failure or "mount" in failure or "Operation not permitted" in failure:
        return f"this system lets us make no namespaces ({failure})", f"in a container: {_CONTAINER}"
    return failure, "run `bwrap --ro-bind / / --unshare-all true` and repair what it reports"


def parse_version(text: str) -> tuple[int, ...] | None:
    """Numbers of `bubblewrap 0.8.0`; None for anything else."""
    match = re.fullmatch(r"bubblewrap (\d+(?:\.\d+){1,3})", text.strip())
    return tuple(int(part) for part in match[1].split(".")) if match else None


def _install(facts: Mapping[str, str], package: str = "bubblewrap") -> str:
    command = next((line for tool, line in _INSTALL.items() if shutil.which(tool)), "install the package")
    return f"{'' if facts['euid'] == '0' else 'sudo '}{command} {package}"


def _bubblewrap(facts: Mapping[str, str], uid: int, ahead: Ahead | None = None) -> Bubblewrap:
    return Bubblewrap(Path(facts["bwrap"]), uid, _delegation(facts), ahead=ahead)


def _delegation(facts: Mapping[str, str]) -> Delegation | None:
    return Delegation(Path(facts["cgroup"])) if facts["cgroup"] else None


def _container(manifest: Path, facts: Mapping[str, str], path: str | None, uid: int) -> Container:
    """Raises when the manifest, or what it names, is not fit for use."""
    read = read_manifest(manifest)
    program = shutil.which(read.runtime, path=path)
    if program is None:
        raise Unavailable(f"{read.runtime} is not installed", hint=_install(facts, "crun"))
    if not (read.rootfs / "usr").is_dir():
        fix = f"mkdir -p {read.rootfs} && podman export $(podman create IMAGE) | tar -x -C {read.rootfs}"
        raise NotFound(f"there is no root file system in {read.rootfs}", hint=fix)
    if gone := [place for place in read.mounts if not os.path.exists(place)]:
        fix = f"take it out of mounts in {manifest}"
        raise NotFound(f"container manifest {manifest}: {', '.join(gone)} does not exist", hint=fix)
    delegation = _delegation(facts)
    if read.cpus is not None and not (delegation and shares_processors(delegation)):
        fix = "run windlass as a service with Delegate=yes, or take limits.cpus out of the manifest"
        raise Unavailable("limits.cpus needs a delegated control group that shares processors", hint=fix)
    return Container(Path(os.path.realpath(program)), read, uid, delegation)


def _facts(path: str | None) -> dict[str, str]:
    bwrap = shutil.which("bwrap", path=path)
    bwrap = os.path.realpath(bwrap) if bwrap else ""
    delegation = find_delegation(_text("/proc/self/cgroup"), _text("/proc/self/mountinfo"))
    capabilities = re.search(r"^CapEff:\s*([0-9a-f]+)$", _text("/proc/self/status"), re.MULTILINE)
    admin = capabilities is not None and bool(int(capabilities[1], 16) & _CAP_SYS_ADMIN)
    return {
        "platform": f"{platform.system()} {platform.release()}", "machine": platform.machine(),
        "euid": str(os.geteuid()), "cap_sys_admin": "yes" if admin else "no",
        "bwrap": bwrap, "bwrap_version": _version(bwrap) if bwrap else "",
        "cgroup": str(delegation.place) if delegation else "",
        **{name: _text(file).strip() for name, file in _SYSCTLS.items()},
    }  # fmt: skip


def _version(bwrap: str) -> str:
    command = [bwrap, "--version"]
    try:
        return subprocess.run(command, capture_output=True, timeout=10, text=True, env={}).stdout.strip()
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        return f"no answer: {error}"


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:  # not every kernel has every file; absence is an empty fact
        return ""
