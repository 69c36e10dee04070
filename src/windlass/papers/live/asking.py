"""Ask a service everything that its contract lets one ask, and hold what it answers against the contract.

First what lists, then other reads, then what creates, then reads of single things, changes, and deletions
last: so that later calls can name what earlier answers told of. Calls that the contract forbids come after
each one that it allows, and methods that it does not know at the end.
"""

import socket
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from windlass.papers.live import answers, guarding, links, wrong
from windlass.papers.live.calls import SAFE, Contract, Operation, contract, left_out, operations, unasked
from windlass.papers.live.target import HOST, Answer, Ask, Target, Unanswered
from windlass.papers.live.validating import TooLong, patience
from windlass.papers.live.values import Call, Finder, Origin, Unasked
from windlass.papers.references import Shelf
from windlass.papers.text import Paper
from windlass.papers.told import Fault

OPERATIONS_MAX: Final = 500
WORK_S: Final = 5.0
"""Seconds of CPU to find what is sent to one operation, and as many to find what is wrong for it."""
CALLS_MAX: Final = 4_000
NOTES_MAX: Final = 10
NAMES_MAX: Final = 5
"""Operations that one note names; more are counted."""
_SPARED: Final = (401, 403, 405, 429)
"""Who answers so has not looked at what was asked."""
_FINE: Final = (401, 403, 409, 412, 429)
"""Refusals that say nothing of a call that was right, where they are declared."""


def http(
    target: Target, shelf: Shelf, paper: Paper, kind: str, leave_out: Sequence[str]
) -> Iterator[Fault | str]:
    """Faults of a service, and notes of what was not asked; those that begin with `unread: ` tell that
    something could not be looked at.
    """
    told = contract(shelf, paper, kind)
    found = list(operations(told))
    chosen = [one for one in found if not left_out(one.method, one.path, leave_out)]
    asked = {one.name for one in chosen}
    streams = [one.name for one in chosen if _streams(one)]
    for what, names in (
        ("left out as told", [one.name for one in found if one.name not in asked]),
        ("not asked, as they are streams", streams), ("not asked, as nobody can", list(unasked(told))),
    ):  # fmt: skip
        if names:
            yield f"{paper.path}: {what}: {_several(names)}"
    chosen = sorted((one for one in chosen if not _streams(one)), key=_order)
    if len(chosen) > OPERATIONS_MAX:
        more = [one.name for one in chosen[OPERATIONS_MAX:]]
        yield f"unread: {paper.path}: more than {OPERATIONS_MAX} operations, not asked: {_several(more)}"
    if not found:
        yield f"{paper.path}: it declares no operation that can be asked"
    sent = frozenset(name.lower() for name in target.headers)
    yield from _Asking(target, Finder(told, sent), found, tuple(leave_out)).run(chosen[:OPERATIONS_MAX])


def smoke(shelf: Shelf, paper: Paper, kind: str, leave_out: Sequence[str]) -> list[Ask]:
    """Reads that the contract allows and that need nothing but what it tells itself: safe to ask, again and
    again.
    """
    told, made = contract(shelf, paper, kind), list[Ask]()
    finder = Finder(told)
    for one in sorted(operations(told), key=_order)[:OPERATIONS_MAX]:
        if one.method not in ("GET", "HEAD") or _streams(one):
            continue
        if left_out(one.method, one.path, leave_out):
            continue
        try:
            with patience(WORK_S):
                call = finder.call(one)
            made += [call.ask()] if not call.invented else []
        except (Unasked, TooLong):
            continue
    return made


class _Over(Exception):
    """Nothing more can be asked."""


@dataclass
class _Asking:
    target: Target
    finder: Finder
    every: list[Operation]
    leave_out: tuple[str, ...]
    seen: set[str] = field(default_factory=set)
    done: dict[str, Call] = field(default_factory=dict)
    unasked: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    asked: int = 0
    reached: int = 0

    @property
    def contract(self) -> Contract:
        return self.finder.contract

    def run(self, chosen: Sequence[Operation]) -> Iterator[Fault | str]:
        left, paper = list(chosen), self.contract.paper
        try:
            while left:
                self._check()
                yield from self._new(self._operation(left.pop(0)))
            for call in list(self.done.values()):
                self._check()
                yield from self._new(self._undeclared(call))
        except _Over as error:
            names = [one.name for one in left]
            rest = _several(names) or "other methods"
            yield f"unread: {paper.path}: {error}; not asked: {rest}"
        yield f"{paper.path}: {self.reached} of {len(self.every)} operations asked, in {self.asked} requests"
        if self.closed:
            yield f"answered 401 or 403, so that little was asked (set headers): {_several(self.closed)}"
        yield from self.unasked[:NOTES_MAX]
        if len(self.unasked) > NOTES_MAX:
            yield f"{len(self.unasked) - NOTES_MAX} more were not asked, as no value is known for them"

    def _check(self) -> None:
        if self.target.late:
            raise _Over("no time was left")
        if self.asked >= CALLS_MAX:
            raise _Over(f"more than {CALLS_MAX} calls")

    def _new(self, made: Iterator[Fault | str]) -> Iterator[Fault | str]:
        """What was not told before: the same of one operation once."""
        for one in made:
            key = one if isinstance(one, str) else one.key
            if key not in self.seen:
                self.seen.add(key)
                yield one

    def _operation(self, one: Operation) -> Iterator[Fault | str]:
        """All that is asked of one; what its schemas take too long to tell is lost to no other."""
        try:
            with patience(WORK_S):
                call = self.finder.call(one)
                ask = call.ask()
            yield from self._called(call, ask)
        except Unasked as error:
            self.unasked.append(f"not asked: {one.name}: {error}")
        except TooLong as error:
            yield f"unread: {one.name} could not be asked all: {error}"

    def _called(self, call: Call, ask: Ask) -> Iterator[Fault | str]:
        one = call.operation
        self.reached += 1
        naked = guarding.bare(self.target, ask, one)
        if naked is not None and naked != (self.target, ask):
            # First of all: of what it deletes, nothing would be left to ask about.
            answer = yield from self._answer(one, naked[1], naked[0])
            yield from _unguarded(one, ask, answer)
            naked = None
        answer = yield from self._answer(one, ask)
        if answer is None:
            return
        if naked is not None:
            yield from _unguarded(one, ask, answer)
        self.done.setdefault(one.where, call)
        links.learn(self.finder, call, answer, self.every)
        if self._closed(one, answer):
            self.closed.append(one.name)
            if answers.said(self.contract, one, answer.status) is not None:
                yield from answers.held(self.contract, one, ask, answer)
            return
        yield from answers.held(self.contract, one, ask, answer)
        yield from self._refused(call, ask, answer)
        if answer.status not in _SPARED:
            with patience(WORK_S):
                several = list(wrong.calls(self.contract, call))
            for each in several:
                self._check()
                yield from self._wrong(one, each)

    def _answer(
        self, one: Operation, ask: Ask, target: Target | None = None
    ) -> Generator[str | Fault, None, Answer | None]:
        """One exchange; what is yielded tells why there was none."""
        self.asked += 1
        try:
            return (target or self.target).ask(replace(ask, headers=self._headers(ask)))
        except Unanswered as error:
            if error.late:
                yield f"unread: {one.name}: {answers.shown(ask)}: {error}"
                return None
            yield answers.fault(one, "broken-answer", "", f"{answers.shown(ask)}: {error}")
            if not self._there():
                raise _Over(f"the service went away after {one.name}") from error
            return None

    def _headers(self, ask: Ask) -> dict[str, str]:
        """What is told to go with every request goes in place of what is made."""
        return {name: text for name, text in ask.headers.items() if name.lower() not in self.finder.sent}

    def _there(self) -> bool:
        try:
            socket.create_connection((HOST, self.target.port), timeout=2.0).close()
        except OSError:
            return False
        return True

    def _closed(self, one: Operation, answer: Answer) -> bool:
        """Whether it wants to know who asks, and nobody told us how to say that."""
        asked = answer.status in (401, 403) and bool(one.security)
        return asked and not guarding.opens(one, self.finder.sent)

    def _refused(self, call: Call, ask: Ask, answer: Answer) -> Iterator[Fault | str]:
        """A call that the contract allows, refused in a way that it declares."""
        one, status = call.operation, answer.status
        if not 400 <= status < 500 or answers.said(self.contract, one, status) is None or status in _FINE:
            return
        if status in (404, 410) and call.invented:
            return
        values = [value for _, value in call.filled] + ([call.content] if call.content else [])
        made = any(value.origin is Origin.MADE for value in values)
        what = "made from its schemas" if made else "with what it tells itself"
        text = f"answered {status} to a call that the contract allows, {what}: {answers.shown(ask)}"
        yield answers.fault(one, "refused-valid", status, text, grave=False)

    def _wrong(self, one: Operation, each: wrong.Wrong) -> Iterator[Fault | str]:
        answer = yield from self._answer(one, each.ask)
        if answer is None:
            return
        if 200 <= answer.status < 300:
            text = f"answered {answer.status}, although {each.what}: {answers.shown(each.ask)}"
            yield answers.fault(one, "accepted-invalid", answer.status, text)
        elif not self._closed(one, answer):
            yield from answers.held(self.contract, one, each.ask, answer)

    def _undeclared(self, call: Call) -> Iterator[Fault | str]:
        """A method that the contract does not know for a path."""
        one, method = call.operation, wrong.method(self.every, call, self.leave_out)
        if method is None:
            return
        ask = Ask(method, call.ask().target.partition("?")[0], {"Accept": "*/*"})
        answer = yield from self._answer(one, ask)
        if answer is None or answer.status == 501:
            return
        if 200 <= answer.status < 300 or answer.status >= 500:
            why = "which the contract does not declare there"
            text = f"answered {answer.status} to {method} {ask.target[:120]}, {why}"
            at = f"{method} {one.where} {answer.status}"
            yield Fault(one.place.paper.path, "accepted-method", at, one.line, text)


def _unguarded(one: Operation, ask: Ask, answer: Answer | None) -> Iterator[Fault]:
    """What is given to somebody who proves nothing, though the contract wants a proof."""
    if answer is not None and 200 <= answer.status < 300:
        text = f"answered {answer.status} without any proof of who asks, which the contract wants"
        yield answers.fault(one, "unguarded", answer.status, f"{text}: {answers.shown(ask)}")


def _streams(one: Operation) -> bool:
    """Whether its answer never ends."""
    return "text/event-stream" in one.accept


def _order(one: Operation) -> tuple[int, int]:
    depth = one.path.count("/")
    single = "{" in one.path
    if one.method in SAFE:
        needed = any(each.required for each in one.parameters) or one.method not in ("GET", "HEAD")
        return (3 if single else 1 if needed else 0), depth
    rank = {"POST": 2, "PUT": 4, "PATCH": 4}.get(one.method, 5)
    return rank, -depth if rank == 5 else depth


def _several(names: Sequence[str]) -> str:
    more = len(names) - NAMES_MAX
    return ", ".join(names[:NAMES_MAX]) + (f" and {more} more" if more > 0 else "")
