"""Hold the channels of a service that was started against its AsyncAPI document.

Of each channel: the handshake, what comes then, what comes back for each message that the contract says the
service takes and shows an example of, and one text that is no JSON.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from windlass.papers.examples import HOME, address, spread
from windlass.papers.live.channels import NOTHING, Channel, Message, Taken, channels
from windlass.papers.live.lines import GONE, Broken, End, Line, Refused, line
from windlass.papers.live.target import Target
from windlass.papers.live.validating import Misfit, TooLong, Unusable, Validator, validator
from windlass.papers.references import Shelf
from windlass.papers.text import Paper, Unreadable, read
from windlass.papers.told import Fault
from windlass.papers.walk import glob

LISTEN_S: Final = 1.0
"""After the handshake, and after each message of ours."""
CHANNEL_S: Final = 20.0
HEARD_MAX: Final = 100
"""Messages that come at once."""
SENT_MAX: Final = 50
_NO_JSON: Final = "this is no JSON {"
_FINE: Final = frozenset({1000, 1001, 1005, 1012, 1013})
"""Codes that say nothing against a message: done, going away, none, restart, try again later."""


def sockets(
    target: Target, shelf: Shelf, paper: Paper, kind: str, leave_out: Sequence[str]
) -> Iterator[Fault | str]:
    """What the service does on its channels and the contract does not say. `leave_out`: `WS /address`, where
    `*` stands for what is between slashes and `**` for anything.
    """
    spared = [re.compile(glob(one), re.DOTALL) for one in leave_out]
    schemas = _Schemas(shelf, paper)
    left = late = 0
    for channel in channels(shelf, paper, kind):
        if isinstance(channel, str):
            yield channel
        elif any(one.fullmatch(channel.at) for one in spared):
            left += 1
        elif target.late:
            late += 1
        else:
            yield from _Talk(target, channel, schemas).run()
    if left:
        yield f"{left} channels are left out by the settings"
    if late:
        yield f"unread: {late} channels were not asked for want of time"


@dataclass
class _Schemas:
    """The payloads of a document, each made ready once."""

    shelf: Shelf
    paper: Paper
    _known: Validator | None = None

    def misfit(self, message: Message, value: Any) -> Misfit | None:
        """Where and why a value is none of this. Raises Unusable, TooLong."""
        if message.payload is None:
            return None
        if self._known is None:
            every = {f"{HOME}{quote(one.path)}": one.value for one in spread(self.shelf, self.paper)}
            self._known = validator("draft-7", every)
        where = address(message.payload.paper, message.payload.steps)
        return self._known.misfit({"$ref": where}, value)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is said next: nothing at first, an example of a message, or what is none."""

    name: str
    text: str = ""
    taken: Taken | None = None

    @property
    def after(self) -> str:
        return f"after {self.name}" if self.text else "after the handshake"


@dataclass
class _Talk:
    target: Target
    channel: Channel
    schemas: _Schemas
    over: bool = False
    _told: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> Iterator[Fault | str]:
        steps = list[_Step]()
        for one in self._steps():
            if isinstance(one, str):
                yield one
            else:
                steps.append(one)
        ends = min(self.target.until, time.monotonic() + CHANNEL_S)
        while steps and not self.over:
            try:
                about = self.channel
                opening = line(self.target, about.target, self._headers(), about.protocols, ends=ends)
                with opening as there:
                    while steps and not self.over and there.end is None and not there.late:
                        yield from self._step(there, steps.pop(0))
                late = there.late
            except TimeoutError:
                late = True
            except (Refused, Broken) as error:
                yield self._refused(error)
                return
            if late and steps:
                names = ", ".join(one.name for one in steps)
                yield f"unread: {self.channel.at}: no time was left for {names[:150]}"
                return

    def _headers(self) -> dict[str, str]:
        mine = {key.lower(): value for key, value in self.target.headers.items()}
        return {**{key.lower(): value for key, value in self.channel.headers.items()}, **mine}

    def _refused(self, error: Refused | Broken) -> Fault | str:
        if isinstance(error, Broken):
            return self._fault("broken-handshake", "", f"a WebSocket is asked for: {error}")
        keys = self.channel.keys
        if error.status in (401, 403) and keys and not keys & self._headers().keys():
            wanted = ", ".join(sorted(keys))[:100]
            return f"{self.channel.at} answers {error.status}: it wants {wanted}, and no header of ours is"
        return self._fault("handshake", "", f"{error}, and the contract has a channel there")

    def _steps(self) -> Iterator[_Step | str]:
        yield _Step("the handshake")
        if self.channel.unsaid:
            yield f"{self.channel.at}: no operation says which messages the service sends, so it may send all"
        if len(self.channel.takes) > SENT_MAX:
            yield f"unread: {self.channel.at} takes more than {SENT_MAX} messages; the rest was not sent"
        takes = self.channel.takes[:SENT_MAX]
        for one in takes:
            try:
                why = self._unsent(one.message)
            except TooLong as error:
                yield f"unread: {self.channel.at}: message {one.message.name!r} was not sent: {error}"
                continue
            if why:
                yield f"{self.channel.at}: message {one.message.name!r} was not sent: {why}"
            else:
                yield _Step(f"our example of {one.message.name!r}", _text(one.message), one)
        if takes and all(one.message.json for one in takes):
            yield _Step("a text that is no JSON", _NO_JSON)

    def _unsent(self, message: Message) -> str:
        if message.foreign:
            return f"its schema is in {message.foreign}"
        if message.example is NOTHING:
            return "the contract shows no example of it"
        try:
            found = self.schemas.misfit(message, message.example)
        except Unusable as error:
            return str(error)
        return f"its example does not fit its own schema: {found[1]}" if found is not None else ""

    def _step(self, there: Line, step: _Step) -> Iterator[Fault | str]:
        if step.text:
            there.say(step.text)
        replied = False
        for count, message in enumerate(there.hear(LISTEN_S), start=1):
            for found in self._judged(message, step):
                key = (found.rule, found.at) if isinstance(found, Fault) else ("", found)
                if key not in self._told:
                    self._told.add(key)
                    yield found
            replied = replied or (step.taken is not None and self._any(step.taken.replies, message))
            if count == HEARD_MAX:
                self.over = True
                yield f"unread: {self.channel.at} sent {HEARD_MAX} messages at once; no more was asked there"
                return
        if there.end is not None:
            yield from self._ended(there.end, step)
        elif step.taken is not None and step.taken.replies and not replied and not there.late:
            why = f"{step.after}, no reply as the contract has it came within {LISTEN_S:g} s"
            yield self._fault("no-reply", step.taken.message.name, why, grave=False)

    def _ended(self, end: End, step: _Step) -> Iterator[Fault | str]:
        code = f"{end.code} {end.reason!r}" if end.reason else str(end.code)
        at = step.taken.message.name if step.taken is not None else ""
        self.over = not step.text  # whoever closes at once does so again
        if end.ours and end.code == 1009:
            self.over = True
            yield f"unread: {self.channel.at} sent a message larger than 1 MiB"
        elif end.ours and end.code != GONE:
            self.over = True
            yield self._fault("broken-frame", at, f"{step.after}, what it sent is no WebSocket: {code}")
        elif end.ours:
            return
        elif step.text == _NO_JSON and step.taken is None:
            if end.code in (GONE, 1011):
                why = f"{step.after}, it closed the connection with {code}; 1007 would say what is wrong"
                yield self._fault("server-error", "no JSON", why)
        elif end.code not in _FINE and (step.text or end.code in (GONE, 1011) or not self.channel.keys):
            grave = end.code < 4000 and end.code != 1008
            why = f"{step.after}, it closed the connection with {code}"
            yield self._fault("closed", at, why, grave=grave)
        elif step.text == "":
            yield f"{self.channel.at} was closed with {code} after the handshake; nothing was sent there"

    def _judged(self, message: str | bytes, step: _Step) -> Iterator[Fault | str]:
        """What is wrong with a message that came."""
        sends = _each_once([*self.channel.sends, *(one for way in self.channel.takes for one in way.replies)])
        best: tuple[int, str, str] | None = None
        unsure = ""
        for one in sends:
            if one.foreign:
                unsure = f"{self.channel.at}: messages may be {one.name!r}, whose schema is in {one.foreign}"
                continue
            try:
                found = self._misfit(one, message)
            except (Unusable, TooLong) as error:
                unsure = f"unread: {self.channel.at}: whether {one.name!r} was sent cannot be told: {error}"
                continue
            if found is None:
                return
            if best is None or found[0] > best[0]:
                best = (found[0], one.name, found[1])
        if unsure:
            yield unsure
            return
        shown = message[:60] if isinstance(message, str) else f"{len(message)} bytes"
        if best is None:
            why = f"{step.after}, {shown!r} came, and the contract has no message that the service sends here"
            yield self._fault("message-misfit", "", why)
        elif best[0] < 0:
            yield self._fault("unreadable-message", "", f"{step.after}, {shown!r} came: {best[2]}")
        else:
            many = f"none of {len(sends)} messages" if len(sends) > 1 else f"not {best[1]!r}"
            why = f"{step.after}, {shown!r} came, {many}; nearest {best[1]!r}: {best[2]}"
            yield self._fault("message-misfit", best[1], why)

    def _misfit(self, one: Message, message: str | bytes) -> tuple[int, str] | None:
        """How deep in the message, and why, it is another; -1 where it cannot be read at all."""
        values: list[Any] = []
        problem = ""
        if one.json or not one.media:
            content = message.encode() if isinstance(message, str) else message
            try:
                values.append(read("message.json", content).value)
            except Unreadable as error:
                problem = str(error)
        if not one.json:
            values.append(message if isinstance(message, str) else message.decode("latin-1"))
        worst: tuple[int, str] | None = (-1, problem)
        for value in values:
            found = self.schemas.misfit(one, value)
            if found is None:
                return None
            place = "".join(f"/{step}" for step in found[0])[:80]
            worst = (len(found[0]), f"{f'at {place}: ' if place else ''}{found[1]}")
        return worst

    def _any(self, several: Sequence[Message], message: str | bytes) -> bool:
        try:
            return any(one.foreign or self._misfit(one, message) is None for one in several)
        except (Unusable, TooLong):
            return True

    def _fault(self, rule: str, about: str, why: str, *, grave: bool = True) -> Fault:
        place = self.channel.place
        at, text = f"{self.channel.at} {about}".rstrip(), f"{self.channel.at}: {why}"
        return Fault(place.paper.path, rule, at, place.paper.line(place.steps), text, grave)


def _text(message: Message) -> str:
    if isinstance(message.example, str) and not message.json and message.media:
        return message.example
    return json.dumps(message.example)


def _each_once(several: Sequence[Message]) -> list[Message]:
    found: Mapping[Any, Message] = {
        (one.name, one.payload and (one.payload.paper.path, one.payload.steps)): one for one in several
    }
    return list(found.values())
