"""A service that several ask at once, and that is killed meanwhile."""

from tests.papers.live.conftest import Start

from windlass.papers.live import load
from windlass.papers.live.target import Ask
from windlass.papers.told import Told

BOTH = (Ask("GET", "/a"), Ask("GET", "/b"))


def _run(start: Start, body: str, *, before: str = "", seconds: float = 0.6) -> Told:
    service = start(body, before=before)
    service.start()
    return load.run(service, BOTH, "api.yaml", seconds=seconds, clients=4)


def test_one_that_bears_it_is_measured(serving: Start) -> None:
    told = _run(serving, "self.reply(200, [])", seconds=3)
    assert list(told.faults) == []
    assert set(told.measures) == {"requests_per_s", *(f"load_p{share}_ms" for share in (50, 95, 99))}
    times = [told.measures[f"load_p{share}_ms"] for share in (50, 95, 99)]
    assert times[0] > 0
    assert times == sorted(times)
    assert "answers to 4 clients" in told.notes[0]
    assert "; killed, and up again after" in told.notes[0]


def test_what_fails_when_several_ask_is_found(serving: Start) -> None:
    busy = (
        "global many\nmany += 1\n"
        "time.sleep(0.02)\nbad = many > 1 and self.path == '/b'\nmany -= 1\nself.reply(500 if bad else 200)"
    )
    told = _run(serving, busy, before="many = 0")
    assert [(one.rule, one.at) for one in told.faults] == [("fails-under-load", "GET /b")]
    assert "status 500" in told.faults[0].text


def test_one_that_load_ends_is_found(serving: Start) -> None:
    body = "global many\nmany += 1\nif many > 20:\n    os._exit(9)\nself.reply(200)"
    told = _run(serving, body, before="many = 0", seconds=2)
    assert [one.rule for one in told.faults][-1] == "ended-under-load"
    assert "exit code 9" in told.faults[-1].text


def test_one_that_does_not_come_up_after_a_kill_is_found(serving: Start) -> None:
    before = "open('lock', 'x').close() if not os.path.exists('lock') else sys.exit('the lock is held')"
    told = _run(serving, "self.reply(200)", before=before)
    assert [one.rule for one in told.faults] == ["not-up-after-a-kill"]
    assert "the lock is held" in told.faults[0].text


def test_one_that_answers_otherwise_after_a_kill_is_found(serving: Start) -> None:
    before = "late = os.path.exists('was'); open('was', 'w').close()"
    told = _run(serving, "self.reply(500 if late and self.path == '/a' else 200)", before=before)
    assert [(one.rule, one.at) for one in told.faults] == [("broken-after-a-kill", "GET /a")]


def test_what_fails_without_load_is_not_loaded_and_told(serving: Start) -> None:
    told = _run(serving, "self.reply(500 if self.path == '/a' else 200)")
    assert list(told.faults) == []
    assert told.notes[1:] == ["not loaded, as it fails without: GET /a"]
    nothing = _run(serving, "self.reply(500 if self.path != '/health' else 200)")
    assert (nothing.measures, len(nothing.unread)) == ({}, 1)
