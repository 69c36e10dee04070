import socket
from pathlib import Path

import pytest

from windlass.kernel import Invalid, Run
from windlass.kernel.plugin import Talk
from windlass.sandbox import Door, Launcher, Limits, Mount, as_run, as_talk
from windlass.sandbox.none import Unconfined
from windlass.sandbox.running import DIALOGUES_MAX


def test_it_is_the_run_that_plugins_know(launcher: Launcher, work: Path) -> None:
    run: Run = as_run(
        launcher, (Mount(work, "/w", writable=True),), "/w", {"A": "1", "B": "2"}, Limits(output_max=100)
    )
    ran = run(["/bin/sh", "-c", "pwd; echo $A$B; cat"], timeout_s=10, stdin=b"in", env={"B": "3"})
    assert (ran.exit_code, ran.stdout) == (0, b"/w\n13\nin")
    assert run(["head", "-c", "200", "/dev/zero"], timeout_s=10).truncated


def test_the_shorter_of_both_times_counts(launcher: Launcher) -> None:
    run = as_run(launcher, (), "/", {}, Limits(wall_s=0.3))
    ran = run(["sleep", "90"], timeout_s=60)
    assert ran.exit_code is None
    assert ran.seconds < 25
    assert as_run(launcher, (), "/", {}, Limits())(["sleep", "30"], timeout_s=0.3).exit_code is None


class Closed:
    """Serves nobody, and tells that it was closed."""

    def __init__(self, listener: socket.socket, told: list[str]) -> None:
        self._listener, self._told = listener, told

    def close(self) -> None:
        self._listener.close()
        self._told.append("closed")


def test_it_is_the_talk_that_plugins_know(launcher: Launcher, work: Path) -> None:
    told: list[str] = []
    (work / "tool").write_text("#!/bin/sh\necho tool $A$B")
    (work / "tool").chmod(0o755)
    with as_talk(
        launcher, (), "/", {"A": "1", "B": "2"}, Limits(),
        doors={"model": Door(8701, lambda one: Closed(one, told))},
        programs={"agent": (Mount(work, "/opt/agent"),)},
    ) as opened:  # fmt: skip
        talk: Talk = opened
        assert opened.addresses == {"model": "http://127.0.0.1:8701"}
        with talk(["/opt/agent/tool"], timeout_s=60, env={"B": "3"}, program="agent") as dialogue:
            assert dialogue.receive(60) == b"tool 13\n"
        assert told == ["closed"]
        assert talk(["/opt/agent/tool"], timeout_s=60).end().exit_code in (127, None)
        with pytest.raises(Invalid, match="no agent 'other'"):
            talk(["true"], timeout_s=60, program="other")


def test_without_a_sandbox_the_address_is_a_real_one_that_only_lasts_as_long(work: Path) -> None:
    told: list[str] = []
    doors = {"model": Door(8701, lambda one: Closed(one, told))}
    with as_talk(Unconfined(), (), "/", {}, Limits(), doors=doors) as talk:
        port = int(talk.addresses["model"].rpartition(":")[2])
        forgotten = talk(["sleep", "1000"], timeout_s=600)
        with socket.create_connection(("127.0.0.1", port)):
            assert told == []
    assert told == ["closed"]
    assert forgotten.end().exit_code is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_only_so_many_programs_are_talked_with_at_once() -> None:
    with as_talk(Unconfined(), (), "/", {}, Limits()) as talk:
        begun = [talk(["cat"], timeout_s=600) for _ in range(DIALOGUES_MAX)]
        with pytest.raises(Invalid, match="already"):
            talk(["cat"], timeout_s=600)
        begun.pop().end()
        assert talk(["true"], timeout_s=600).receive(60) == b""
