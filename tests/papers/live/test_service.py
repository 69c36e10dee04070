"""A program that serves: started, waited for, ended with all it started."""

import time
from pathlib import Path

import pytest
from tests.papers.live.conftest import Start

from windlass.papers.live.service import LOG_MAX, NotReady, NotStarted, Service, free_port
from windlass.papers.live.target import Ask, Target


def test_it_is_up_once_it_answers_and_gone_once_it_is_stopped(serving: Start) -> None:
    service = serving("self.reply(200, {'port': os.environ['PORT']})")
    assert service.start() > 0
    answer = Target(service.port).ask(Ask("GET", "/"))
    assert answer.body == f'{{"port": "{service.port}"}}'.encode()
    assert not service.ended
    took = service.stop()
    assert took is not None
    assert service.ended


def test_without_a_path_it_is_up_when_its_port_takes_a_connection(serving: Start) -> None:
    service = serving("self.reply(500)", ready="")
    service.start()
    assert not service.ended


def test_one_that_ends_is_told_with_what_it_said_last(serving: Start) -> None:
    service = serving("pass", before="print('no database at db:5432', file=sys.stderr); sys.exit(3)")
    with pytest.raises(NotStarted, match=r"exit code 3; it said last: .*no database at db:5432"):
        service.start()


def test_a_program_that_is_not_there_is_told_by_its_name() -> None:
    with pytest.raises(NotStarted, match="no-such-program cannot be started"):
        Service(("no-such-program",), "", 1.0).start()


@pytest.mark.parametrize("reply", ["self.reply(503)", "time.sleep(60)"])
def test_one_that_is_never_ready_is_told_so(serving: Start, reply: str) -> None:
    service = serving(reply, wait_s=1.5)
    with pytest.raises(NotReady, match=r"not up within 1\.5 s; it said last: about to serve"):
        service.start()
    service.stop()
    assert service.ended


def test_what_it_prints_never_blocks_it_and_only_the_end_is_kept(serving: Start) -> None:
    service = serving("self.reply(200)", before="print('x' * 5_000_000); print('last', flush=True)")
    service.start()
    assert service.last.endswith("last")
    assert len(service._log) <= LOG_MAX


def test_all_that_it_started_ends_with_it_even_where_it_will_not(serving: Start, tmp_path: Path) -> None:
    before = (
        "import subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "open('child', 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"
    )
    service = serving("self.reply(200)", before=before)
    service.start()
    child = int((tmp_path / "child").read_text())
    service.stop()
    assert service.ended
    deadline = time.monotonic() + 20
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(child)


def test_it_can_be_killed_and_started_again_at_its_port(serving: Start) -> None:
    service = serving("self.reply(200)")
    service.start()
    port = service.port
    service.kill()
    assert service.ended
    assert "SIGKILL" in service.how
    service.start()
    assert service.port == port
    assert Target(port).ask(Ask("GET", "/")).status == 200


def test_ports_are_free() -> None:
    assert 1024 <= free_port() <= 65535


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
