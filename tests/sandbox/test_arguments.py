from pathlib import Path

from windlass.sandbox import Limits, Mount, Order
from windlass.sandbox.arguments import Host, encoded, identity, options, steps

HOST = Host("/mnt", {"bin": "usr/bin", "lib64": None})


def pairs(words: list[str], flag: str) -> list[tuple[str, str]]:
    return [(words[n + 1], words[n + 2]) for n, word in enumerate(words) if word == flag]


def test_every_namespace_is_left_and_every_capability_dropped() -> None:
    words = options(Order(("true",), "/"), HOST)
    for flag in ("user", "pid", "ipc", "uts", "net"):
        assert f"--unshare-{flag}" in words
    assert {"--die-with-parent", "--new-session", "--disable-userns", "--clearenv"} <= set(words)
    assert words[words.index("--cap-drop") + 1] == "ALL"


def test_only_the_allow_list_is_bound_from_the_host() -> None:
    words = options(Order(("true",), "/"), HOST)
    sources = {
        source for flag in ("--bind", "--ro-bind", "--ro-bind-try") for source, _ in pairs(words, flag)
    }
    allowed = ("/usr", "/lib64", "/mnt/", "/proc/sys", "/proc/sysrq-trigger", "/etc/")
    assert all(source.startswith(allowed) for source in sources)
    assert not sources & {"/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc", "/"}
    assert pairs(words, "--bind") == []
    assert ("usr/bin", "/bin") in pairs(words, "--symlink")


def test_the_orders_environment_comes_after_the_fixed_one_in_its_place() -> None:
    words = options(Order(("true",), "/", env={"PATH": "/x", "NEW": "1"}), HOST)
    environment = dict(pairs(words, "--setenv"))
    assert (environment["PATH"], environment["NEW"], environment["HOME"]) == ("/x", "1", "/home/agent")


def test_the_root_and_dev_are_closed_after_everything_is_mounted() -> None:
    words = options(Order(("true",), "/w", (Mount(Path("/srv"), "/w", writable=True),)), HOST)
    closed = [words[n + 1] for n, word in enumerate(words) if word == "--remount-ro"]
    assert closed == ["/dev", "/"]
    assert words.index("/mnt/0") < len(words) - 1 - words[::-1].index("--remount-ro")
    assert words[-2:] == ["--chdir", "/w"]


def test_temporary_directories_have_sizes() -> None:
    words = options(Order(("true",), "/", limits=Limits(tmp_max=12345)), HOST)
    mounted = [n for n, word in enumerate(words) if word == "--tmpfs"]
    assert sorted(words[n + 1] for n in mounted) == ["/dev/shm", "/home/agent", "/run", "/tmp"]
    assert all(words[n - 2 : n] == ["--size", "12345"] for n in mounted)


def test_outer_mounts_come_first_and_ways_through_writable_ones_are_pinned() -> None:
    order = Order(
        ("true",),
        "/",
        (
            Mount(Path("/c"), "/w/a/b/c"),
            Mount(Path("/w"), "/w", writable=True),
            Mount(Path("/d"), "/w/a/b/d"),
        ),
    )
    words = options(order, HOST)
    got = [
        (w, words[n + 1], words[n + 2])
        for n, w in enumerate(words)
        if w in ("--bind", "--ro-bind") and "/w" in words[n + 2]
    ]
    assert got == [
        ("--bind", "/mnt/1", "/w"),
        ("--bind", "/mnt/3", "/w/a"),
        ("--bind", "/mnt/4", "/w/a/b"),
        ("--ro-bind", "/mnt/0", "/w/a/b/c"),
        ("--ro-bind", "/mnt/2", "/w/a/b/d"),
    ]


def test_steps_lead_from_the_nearest_mount_around() -> None:
    order = Order(
        ("true",),
        "/",
        (
            Mount(Path("/x"), "/w", writable=True),
            Mount(Path("/y"), "/w/y"),
            Mount(Path("/z"), "/w/y/p/z"),
            Mount(Path("/q"), "/wide"),
        ),
    )
    got = [(s.outer, s.inner, s.parts, s.target, s.writable, s.last) for s in steps(order)]
    assert got == [
        (0, 1, ("y",), "/w/y", True, True),
        (1, 2, ("p",), "/w/y/p", False, False),
        (1, 2, ("p", "z"), "/w/y/p/z", False, True),
    ]


def test_encoding_keeps_every_byte() -> None:
    assert encoded(["a b", "c\nd", "\udcff"]) == b"a b\0c\nd\0\xff\0"


def test_the_run_is_a_known_user() -> None:
    assert identity(1234)["passwd"] == b"agent:x:1234:1234:agent:/home/agent:/bin/sh\n"
