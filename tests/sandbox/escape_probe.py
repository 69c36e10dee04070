"""Runs inside a sandbox and tries to get out: facts as JSON on stdin, {attempt: "held" or "fired"} on stdout.

Standard library only; every attempt is a function whose return value, if any, tells what it got.
"""

import ctypes
import fcntl
import json
import os
import platform
import pty
import socket
import stat
import subprocess
import sys
import time

INHERITED = [d for d in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{d}")]
FACTS = json.loads(sys.stdin.read())
LIBC = ctypes.CDLL(None, use_errno=True)
NR = {
    "x86_64": {
        "keyctl": 250,
        "add_key": 248,
        "bpf": 321,
        "perf": 298,
        "userfaultfd": 323,
        "process_vm_readv": 310,
    },
    "aarch64": {
        "keyctl": 219,
        "add_key": 217,
        "bpf": 280,
        "perf": 241,
        "userfaultfd": 282,
        "process_vm_readv": 270,
    },
}[platform.machine()]


def attempt_secret_read():
    return open(FACTS["secret"]).read()


def attempt_secret_through_proc_root():
    return open("/proc/1/root" + FACTS["secret"]).read()


def attempt_secret_through_parent():
    return open("/.." * 8 + FACTS["secret"]).read()


def attempt_root_home_listing():
    return sorted(set(os.listdir("/root")) - set(FACTS["root_allowed"])) or None


def attempt_shadow_read():
    return open("/etc/shadow").readline()


def attempt_launcher_environment():
    return _processes_hold("environ", FACTS["token"])


def attempt_secret_in_command_lines():
    return _processes_hold("cmdline", FACTS["env_secret"])


def attempt_own_environment_holds_callers():
    return [name for name, value in os.environ.items() if FACTS["token"] in value] or None


def _processes_hold(file, needle):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/{file}", "rb") as stream:
                    content = stream.read()
            except OSError:
                continue
            if needle.encode() in content:
                found.append(name)
    return found or None


def attempt_write_outside():
    return _write(FACTS["outside"] + "/written")


def attempt_write_usr():
    return _write("/usr/written")


def attempt_write_etc():
    return _write("/etc/written")


def attempt_write_root():
    return _write("/written")


def attempt_write_dev():
    return _write("/dev/written")


def attempt_write_read_only_mount():
    return _write(FACTS["readonly"] + "/written")


def _write(path):
    with open(path, "w") as stream:
        stream.write("x")
    return path


def attempt_core_pattern():
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    return "opened for writing"


def attempt_sysrq():
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
    return "opened for writing"


def attempt_any_sysctl():
    found = []
    for parent, _, files in os.walk("/proc/sys"):
        for name in files:
            try:
                os.close(os.open(os.path.join(parent, name), os.O_WRONLY | os.O_NONBLOCK))
                found.append(os.path.join(parent, name))
            except OSError:
                continue
    return found or None


def attempt_unix_socket_path():
    return _connect(socket.AF_UNIX, FACTS["unix_path"])


def attempt_unix_socket_abstract():
    return _connect(socket.AF_UNIX, "\0" + FACTS["unix_abstract"])


def attempt_tcp_loopback():
    return _connect(socket.AF_INET, ("127.0.0.1", FACTS["tcp_port"]))


def attempt_tcp_metadata_service():
    return _connect(socket.AF_INET, ("169.254.169.254", 80))


def attempt_udp_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.sendto(b"escape", ("127.0.0.1", FACTS["udp_port"]))
        return s.recv(10).decode()


def attempt_network_interfaces():
    return [name for _, name in socket.if_nameindex() if name != "lo"] or None


def _connect(family, address):
    with socket.socket(family) as s:
        s.settimeout(2)
        s.connect(address)
        return s.recv(100).decode()


def attempt_vsock():
    return _socket(40)


def attempt_packet():
    return _socket(17, socket.SOCK_RAW)


def attempt_raw():
    return _socket(2, socket.SOCK_RAW, 1)


def attempt_alg():
    return _socket(38, socket.SOCK_SEQPACKET)


def attempt_bluetooth():
    return _socket(31, socket.SOCK_RAW)


def attempt_xdp():
    return _socket(44, socket.SOCK_RAW)


def _socket(family, kind=socket.SOCK_STREAM, protocol=0):
    socket.socket(family, kind, protocol).close()
    return "opened"


def attempt_user_namespace():
    return _call(LIBC.unshare(0x10000000))


def attempt_mount_namespace():
    return _call(LIBC.unshare(0x00020000))


def attempt_setns():
    return _call(LIBC.setns(os.open("/proc/1/ns/net", os.O_RDONLY), 0))


def attempt_clone_user_namespace():
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    pid = LIBC.syscall(number, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return _call(min(pid, 0))


def attempt_mount():
    return _call(LIBC.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None))


def attempt_unmount():
    return _call(LIBC.umount2(FACTS["readonly"].encode(), 2))


def attempt_remount_writable():
    return _call(LIBC.mount(b"none", FACTS["readonly"].encode(), None, 32 | 4096, None))


def attempt_chroot():
    return _call(LIBC.chroot(b"/tmp"))


def attempt_ptrace_first_process():
    return _call(LIBC.ptrace(16, 1, 0, 0))


def attempt_ptrace_me():
    return _call(LIBC.ptrace(0, 0, 0, 0))


def attempt_read_memory_of_first_process():
    return _call(min(LIBC.syscall(NR["process_vm_readv"], 1, 0, 0, 0, 0, 0), 0))


def attempt_first_process_without_filter():
    """Its memory can be written by its own uid, so it must not be able to do more than we can."""
    status = _status(1)
    capable = [name for name in status if name.startswith("Cap") and int(status[name], 16)]
    return capable or (None if status["NoNewPrivs"] == "1" and status["Seccomp"] == "2" else "no filter")


def attempt_keyctl():
    return _call(min(LIBC.syscall(NR["keyctl"], 0, -4, 0), 0))


def attempt_add_key():
    return _call(min(LIBC.syscall(NR["add_key"], b"user", b"windlass-test", b"x", 1, -2), 0))


def attempt_io_uring():
    return _call(min(LIBC.syscall(425, 1, ctypes.create_string_buffer(120)), 0))


def attempt_bpf():
    return _call(min(LIBC.syscall(NR["bpf"], 0, ctypes.create_string_buffer(128), 128), 0))


def attempt_perf():
    return _call(
        min(LIBC.syscall(NR["perf"], ctypes.create_string_buffer(b"\1\0\0\0\x70", 112), 0, -1, -1, 0), 0)
    )


def attempt_userfaultfd():
    return _call(min(LIBC.syscall(NR["userfaultfd"], 1), 0))


def _call(result):
    if result:
        raise OSError(ctypes.get_errno(), "refused")
    return "accepted"


def attempt_kill_host_process():
    os.kill(FACTS["host_pid"], 9)
    return "signalled"


def attempt_see_host_processes():
    names = [name for name in os.listdir("/proc") if name.isdigit()]
    return names if len(names) > 20 or str(FACTS["host_pid"]) in names else None


def attempt_uid_zero():
    return "is root" if 0 in (*os.getresuid(), *os.getresgid(), *os.getgroups()) else None


def attempt_become_root():
    os.setuid(0)
    return "is root"


def _status(pid):
    return dict(
        line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line
    )


def attempt_capabilities():
    status = _status("self")
    left = {
        name: status[name]
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
        if int(status[name], 16)
    }
    return left or (None if status["NoNewPrivs"] == "1" and status["Seccomp"] == "2" else "no filter")


def attempt_setuid_programs():
    for parent in ("/usr/bin", "/usr/sbin"):
        for name in os.listdir(parent):
            path = os.path.join(parent, name)
            mode = os.stat(path).st_mode if os.path.exists(path) else 0
            if mode & stat.S_ISUID and name in ("mount", "umount", "su", "newgrp", "sudo", "pkexec"):
                got = subprocess.run(
                    ["/bin/sh", "-c", f"{path} -c id; {path} -n id; {path} -t tmpfs x /tmp"],
                    capture_output=True,
                    text=True,
                    stdin=subprocess.DEVNULL,
                    timeout=10,
                )
                if "uid=0" in got.stdout or os.path.ismount("/tmp/x"):
                    return path
    return None


def attempt_rename_ancestor():
    """A read-only mount deep in a writable tree: move an ancestor away, put another in its place."""
    work = FACTS["work"]
    for ancestor in ("outer", "outer/inner"):
        os.rename(f"{work}/{ancestor}", f"{work}/moved")
        os.makedirs(f"{work}/outer/inner/deep")
        return _write(f"{work}/outer/inner/deep/config")
    return None


def attempt_replace_read_only_mount():
    os.rename(FACTS["work"] + "/outer/inner/deep", FACTS["work"] + "/elsewhere")
    return "moved"


def attempt_remove_read_only_mount():
    os.rmdir(FACTS["work"] + "/outer/inner/deep")
    return "removed"


def attempt_symlink_out():
    os.symlink(FACTS["secret"], FACTS["work"] + "/link")
    return open(FACTS["work"] + "/link").read()


def attempt_hardlink_out():
    os.link("/usr/bin/env", FACTS["work"] + "/hard")
    return "linked"


def attempt_device_node():
    os.mknod(FACTS["work"] + "/disk", 0o660 | stat.S_IFBLK, os.makedev(254, 0))
    return "made"


def attempt_devices():
    allowed = {
        "null",
        "zero",
        "full",
        "random",
        "urandom",
        "tty",
        "pts",
        "ptmx",
        "shm",
        "fd",
        "stdin",
        "stdout",
        "stderr",
        "core",
        "console",
    }
    return sorted(set(os.listdir("/dev")) - allowed) or None


def attempt_terminal_injection():
    _, slave = pty.openpty()
    fcntl.ioctl(slave, 0x5412, b"x")
    return "pushed"


def attempt_controlling_terminal():
    os.close(os.open("/dev/tty", os.O_RDWR))
    return "opened"


def attempt_inherited_descriptors():
    return [d for d in INHERITED if int(d) > 2] or None


def attempt_descriptors_of_first_process():
    found = [os.readlink(f"/proc/1/fd/{d}") for d in os.listdir("/proc/1/fd")]
    return [t for t in found if "memfd" in t or "socket" in t or t.startswith("/")] or None


def attempt_control_groups():
    return os.listdir("/sys/fs/cgroup")


def attempt_core_dumps():
    import resource

    return resource.getrlimit(resource.RLIMIT_CORE)[1] or None


def attempt_daemon():
    """Detach twice, then leave a mark later: the mark must never come, which the caller checks."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for stream in (0, 1, 2):
                os.close(stream)
            time.sleep(FACTS["daemon_after_s"])
            _write(FACTS["work"] + "/daemon-was-here")
        os._exit(0)
    return None


def main():
    results = {}
    for name, attempt in list(globals().items()):
        if not name.startswith("attempt_") or (FACTS["only"] and name[8:] not in FACTS["only"]):
            continue
        try:
            got = attempt()
        except (OSError, subprocess.SubprocessError) as error:
            results[name[8:]] = f"held: {error}"
        else:
            results[name[8:]] = "held" if got is None else f"fired: {got!r}"[:300]
    print(json.dumps(results))


main()
