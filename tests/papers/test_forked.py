"""Work in a process of its own, that may hang, break or say anything."""

import os
import signal
import time

from windlass.papers.forked import each


def work(item: str) -> object:
    if item == "hang":
        while True:
            time.sleep(1)
    if item == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "raise":
        raise ValueError("no")
    if item == "huge":
        return "x" * (9 << 20)
    return {"was": item}


def test_each_has_an_answer_or_a_reason_and_none_spoils_another() -> None:
    items = ["a", "hang", "b", "die", "raise", "huge", "c"]
    found = {one.item: one for one in each(items, work, each_s=2, until=time.monotonic() + 60)}
    assert list(found) == items
    assert [found[one].value for one in "abc"] == [{"was": "a"}, {"was": "b"}, {"was": "c"}]
    assert (found["hang"].late, found["huge"].late) == (True, True)
    assert found["die"].problem == "it broke its reader"
    assert found["raise"].problem == "its reader broke: ValueError: no"


def test_when_the_time_is_over_the_rest_says_so() -> None:
    began = time.monotonic()
    found = list(each(["hang", "a"], work, each_s=60, until=began + 0.3))
    assert time.monotonic() - began < 30
    assert [one.late for one in found] == [True, True]
    assert found[1].problem == "no time was left for it"
    assert list(each([], work, each_s=1, until=began)) == []
