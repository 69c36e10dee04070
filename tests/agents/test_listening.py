"""What events come to: which of them is believed, in which order."""

from windlass.agents.listening import DETAIL_MAX, SAID_MAX, Heard
from windlass.agents.model import Did, End, Event, Tokens


def told(*events: Event) -> Heard:
    heard = Heard()
    for event in events:
        heard.note(event)
    return heard


def test_an_end_forgives_what_failed_before_and_not_what_fails_after() -> None:
    failed, ended = Event(Did.FAILED, "429"), Event(Did.ENDED)
    assert told(failed, ended).over(1, "", tells_end=True).end is End.DONE
    assert told(ended, failed).over(0, "", tells_end=True).end is End.RATE_LIMITED


def test_who_ends_without_saying_so_crashed_if_it_is_of_those_who_say_so() -> None:
    assert told().over(0, "", tells_end=True).end is End.CRASHED
    assert told().over(0, "", tells_end=False).end is End.DONE
    crashed = told().over(-9, "boom", tells_end=True)
    assert (crashed.end, crashed.detail, crashed.sure) == (End.CRASHED, "it ended with -9: boom", True)
    assert told().over(None, "", tells_end=True).detail == "it was killed"


def test_an_exit_code_is_no_sure_word() -> None:
    turn = told().over(1, "Error: 401", tells_end=False)
    assert (turn.end, turn.sure) == (End.AUTH, False)


def test_a_clock_says_less_than_the_error_the_agent_was_busy_with() -> None:
    assert told().stopped(End.IDLE, "silent").end is End.IDLE
    assert told(Event(Did.FAILED, "status 500")).stopped(End.IDLE, "silent").end is End.SERVER_ERROR
    busy = told().stopped(End.WALL, "too long", "retrying: ECONNREFUSED")
    assert busy.end is End.UNREACHABLE
    assert "too long" in busy.detail


def test_texts_are_bounded_and_parts_of_one_saying_stay_together() -> None:
    heard = told(*[Event(Did.SAID, "ab"), Event(Did.SAID, "c"), Event(Did.ACTED, "sh"), Event(Did.SAID, "d")])
    assert heard.said == "abc\nd"
    assert len(told(Event(Did.SAID, "x" * 2 * SAID_MAX)).said) == SAID_MAX
    assert len(told(Event(Did.FAILED, "x" * 2 * DETAIL_MAX)).over(1, "", tells_end=True).detail) == DETAIL_MAX


def test_only_what_brings_it_further_is_a_sign_of_life() -> None:
    heard = Heard()
    assert heard.note(Event(Did.BEGAN, "one"))
    assert not heard.note(Event(Did.BEGAN, "one"))
    assert not heard.note(Event(Did.FAILED, "again"))
    assert not heard.note(Event(Did.SPENT))
    assert heard.note(Event(Did.SPENT, tokens=Tokens(1)))
    assert heard.note(Event(Did.ACTED))
