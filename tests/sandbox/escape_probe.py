"""Runs inside a sandbox and tries to get out: facts as JSON on stdin, {attempt: "held" or "fired"} on stdout.

Standard library only; every attempt is a function whose return value, if any, tells what it got. Each has a
process of its own, so that one that succeeds does not change what the next one finds.
"""

import ctypes
import fcntl
import json
import os
import platform
import pty
import re
import resource
import select
import socket
import stat
import struct
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
        s.settimeout(10)
        s.connect(("127.0.0.1", FACTS["udp_port"]))  # so that one is told when nobody listens
        s.send(b"escape")
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
    return _call(LIBC.ptrace(0x4206, 1, 0, 0))  # seize: attach, but stop nothing


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
    return resource.getrlimit(resource.RLIMIT_CORE)[1] or None


def attempt_daemon():
    """Detach twice, then leave marks: none may come after the run, which the caller checks."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for stream in (0, 1, 2):
                os.close(stream)
            for _ in range(6000):
                _write(FACTS["work"] + "/daemon-was-here")
                time.sleep(0.05)
        os._exit(0)
    return None


def attempt_listener_of_another_lease():
    return _connect(socket.AF_INET, ("127.0.0.1", FACTS["other_lease_port"]))


def attempt_listeners_beyond_the_doors():
    """By the kernel's own list of this network: ports somebody listens at, names of unix sockets."""
    found = []
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for line in _lines(f"/proc/net/{name}")[1:]:
            _, local, _, state = line.split()[:4]
            port = int(local.rpartition(":")[2], 16)
            if state in ("0A", "07") and port not in FACTS["doors"].values():
                found.append((name, port))
    return found + _lines("/proc/net/unix")[1:] or None


def _lines(path):
    with open(path) as stream:
        return stream.read().splitlines()


def attempt_inherited_listener():
    return [d for d in INHERITED if _listens(int(d))] or None


def _listens(descriptor):
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    with socket.socket(fileno=os.dup(descriptor)) as s:
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


def attempt_take_a_socket_of_another_process():
    """The launcher's control socket, its listeners: copied out of every process that is seen."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (os.getpid(), os.getppid()):
            continue
        process = LIBC.syscall(434, int(name), 0)
        for number in range(32):
            got = LIBC.syscall(438, process, number, 0)
            if got >= 0 and stat.S_ISSOCK(os.fstat(got).st_mode):
                found.append((name, number))
    return found or None


def attempt_listen_in_place_of_another():
    port = FACTS["doors"].get("model", FACTS["other_lease_port"])
    with socket.socket() as s:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        s.bind(("127.0.0.1", port))
        s.listen()
        return port if FACTS["doors"] else None


def attempt_privileged_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 80))
    return "bound"


def attempt_tunnel_device():
    os.close(os.open("/dev/net/tun", os.O_RDWR))
    return "opened"


def _netlink(kind, payload):
    """Ask for something new in this network; numbers and layouts: linux/rtnetlink.h, linux/netlink.h."""
    request_ack_create = 0x001 | 0x004 | 0x400
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.settimeout(20)
        s.send(struct.pack("=IHHII", 16 + len(payload), kind, request_ack_create, 1, 0) + payload)
        error = struct.unpack_from("=i", s.recv(4096), 16)[0]
    if error:
        raise OSError(-error, "refused")
    return "accepted"


def _attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def attempt_network_address():
    address = socket.inet_aton("10.1.2.3")
    payload = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 1)
    return _netlink(20, payload + _attribute(2, address) + _attribute(1, address))


def attempt_network_route():
    payload = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, 254, 3, 253, 1, 0)
    return _netlink(24, payload + _attribute(4, struct.pack("=I", 1)))


def attempt_network_interface():
    kind = _attribute(18, _attribute(1, b"dummy"))
    return _netlink(16, struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0) + _attribute(3, b"escape0\0") + kind)


def attempt_network_namespace_of_another_process():
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and os.path.exists(f"/proc/{name}/ns/net"):
            with open(f"/proc/{name}/ns/net") as space:
                if os.readlink(f"/proc/{name}/ns/net") != os.readlink("/proc/self/ns/net"):
                    found.append(name)
                if LIBC.setns(space.fileno(), 0x40000000) == 0:
                    found.append(name)
    return found or None


def attempt_network_shut_down():
    """The last one but those through doors, since it takes the network away where it succeeds."""
    with socket.socket() as s:
        fcntl.ioctl(s, 0x8914, b"lo".ljust(16, b"\0") + bytes(24))
        fcntl.ioctl(s, 0x8914, b"lo".ljust(16, b"\0") + b"\1" + bytes(23))
    return "down, and up again"


CHAT = "/v1/chat/completions"
QUESTION = json.dumps({"model": "m-1", "messages": [{"role": "user", "content": "Fix it."}]}).encode()
SMUGGLED = b"0\r\n\r\nGET /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
"""A body that ends at once by its chunks, and not at all by its length."""
OWN = "127.0.0.1"
LINES = {
    "another_path": ("POST /v1/files", OWN),
    "another_method": (f"DELETE {CHAT}", OWN),
    "path_with_dots": (f"POST {CHAT}/../../files", OWN),
    "path_with_escaped_dots": ("POST /v1/%2e%2e/v1/files", OWN),
    "path_with_a_host": ("POST //127.0.0.1:{tcp_port}" + CHAT, OWN),
    "absolute_address": ("POST http://127.0.0.1:{tcp_port}" + CHAT, OWN),
    "absolute_name": (f"POST http://evil.example{CHAT}", OWN),
    "absolute_name_with_its_host": (f"POST http://evil.example{CHAT}", "evil.example"),
    "user_before_the_host": (f"POST http://127.0.0.1@evil.example{CHAT}", OWN),
    "another_host": (f"POST {CHAT}", "evil.example"),
    "user_before_another_host": (f"POST {CHAT}", "127.0.0.1@evil.example"),
    "two_hosts": (f"POST {CHAT}", OWN + "\r\nHost: evil.example"),
    "two_lengths": (f"POST {CHAT}", OWN + "\r\nTransfer-Encoding: chunked"),
    "tunnel": ("CONNECT 127.0.0.1:{tcp_port}", OWN),
}
"""Requests that a line to a model must not answer: what is asked, and the host that is named."""
TUNNELS = {
    "loopback": "127.0.0.1:{tcp_port}",
    "loopback_by_name": "localhost:{tcp_port}",
    "loopback_version_6": "[::1]:{tcp_port}",
    "loopback_mapped": "[::ffff:127.0.0.1]:{tcp_port}",
    "loopback_as_one_number": "2130706433:{tcp_port}",
    "this_network": "0.0.0.0:{tcp_port}",
    "private_address": "10.0.0.1:443",
    "private_by_name": "private.example:443",
    "metadata_service": "169.254.169.254:80",
    "name_not_allowed": "evil.example:443",
}
"""Where a way out must not lead."""


def _line(asked, host):
    asked = asked.format(**FACTS)
    body = SMUGGLED if "chunked" in host else QUESTION
    about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
    return _through("model", f"{asked} HTTP/1.1\r\nHost: {host}\r\n{about}\r\n\r\n".encode() + body)


def _tunnel(target):
    target = target.format(**FACTS)
    return _through("egress", f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())


def _plain_proxying():
    return _through("egress", "GET http://127.0.0.1:{tcp_port}/ HTTP/1.1\r\n\r\n".format(**FACTS).encode())


def _through(door, request):
    """What is answered, if anything in it is an answer of success; an answer that is none is an error."""
    reply = b""
    with socket.create_connection(("127.0.0.1", FACTS["doors"][door]), 30) as s:
        s.sendall(request)
        while len(reply) < 100_000 and (part := s.recv(65536)):
            reply += part
    answers = re.findall(rb"HTTP/1\.[01] (\d+)", reply)
    if not answers:
        raise OSError(f"no answer: {reply[:100]!r}")
    return reply.decode() if any(code.startswith(b"2") for code in answers) else None


def attempts():
    """By name; those with `honest_` before their names go through a door as they should, and must succeed."""
    found = {name[8:]: do for name, do in globals().items() if name.startswith("attempt_")}
    if FACTS["doors"]:
        found |= {f"model_{name}": lambda way=way: _line(*way) for name, way in LINES.items()}
        found |= {f"egress_{name}": lambda to=to: _tunnel(to) for name, to in TUNNELS.items()}
        found["egress_plain_proxying"] = _plain_proxying
        found["honest_model"] = lambda: _line(f"POST {CHAT}", OWN)
        found["honest_egress"] = lambda: _tunnel("allowed.example:443")
    return {name: do for name, do in found.items() if not FACTS["only"] or name in FACTS["only"]}


def tried(attempt):
    """What became of it, in a process of its own; one that ends or hangs without a word has got nothing."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            got = attempt()
            word = "held" if got is None else f"fired: {got!r}"
        except (OSError, subprocess.SubprocessError) as error:
            word = f"held: {error}"
        except Exception as error:
            word = f"broken: {error!r}"
        os.write(tells, word[:300].encode())
        os._exit(0)
    os.close(tells)
    word = os.read(told, 4096) if select.select([told], [], [], 60)[0] else b"held: no end"
    os.close(told)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return word.decode(errors="replace") or "held: died"


def main():
    print(json.dumps({name: tried(attempt) for name, attempt in attempts().items()}))


main()
