"""The kernel calls that a test may make of itself; what makes namespaces is tried by every run."""

import os
import resource

import pytest

from windlass.sandbox import calls


def test_a_memory_file_is_read_from_its_start() -> None:
    handle = calls.anonymous(b"x" * 100_000)
    assert len(os.read(handle, 200_000)) == 100_000
    os.close(handle)


def test_what_a_kernel_refuses_is_told_with_its_reason() -> None:
    with pytest.raises(OSError, match="cannot mount tmpfs on /no/such/place"):
        calls.mount(b"none", b"/no/such/place", b"tmpfs", 0)
    with pytest.raises(OSError, match="cannot make a mount read-only"):
        calls.seal(b"/no/such/place")


def test_a_child_that_drops_its_capabilities_has_none_left() -> None:
    ours, theirs = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            calls.drop_capabilities()
            with open("/proc/self/status", "rb") as stream:
                os.write(theirs, stream.read())
        finally:
            os._exit(0)
    os.close(theirs)
    told = calls.drain(ours).decode()
    os.waitpid(pid, 0)
    has = {line.split()[0]: int(line.split()[1], 16) for line in told.splitlines() if line.startswith("Cap")}
    assert (has["CapPrm:"], has["CapEff:"]) == (0, 0)


def test_a_bound_is_only_ever_lowered() -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    calls.lower({resource.RLIMIT_CORE: before[1]})
    assert resource.getrlimit(resource.RLIMIT_CORE)[1] == before[1]
