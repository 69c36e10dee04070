"""What is gathered from an agent's events while it works, and the turn they come to. No I/O in here."""

from dataclasses import dataclass, field
from typing import Final

from windlass.agents.model import Did, End, Event, Tokens, Turn
from windlass.agents.prompt import no_of
from windlass.agents.trouble import sign, trouble

SAID_MAX: Final = 20_000
DETAIL_MAX: Final = 1_000
SESSION_MAX: Final = 200


@dataclass(slots=True)
class Heard:
    """The events so far."""

    said: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    acts: int = 0
    session: str = ""
    failed: str | None = None
    ended: bool = False
    events: int = 0

    def note(self, event: Event) -> bool:
        """Take one event in; whether it is a sign of life: errors and beginnings again and again are none.

        A turn that goes on and ends well forgives what failed before.
        """
        self.events += 1
        if event.did is Did.SAID:
            self.said = (self.said + event.text)[-SAID_MAX:]
        elif event.did is Did.ACTED:
            self.acts += 1
            self.said += "" if self.said.endswith("\n") or not self.said else "\n"
        elif event.did is Did.SPENT:
            self.tokens += event.tokens
            return event.tokens != Tokens()
        elif event.did is Did.BEGAN:
            self.session, known = self.session or event.text[:SESSION_MAX], self.session
            return self.session != known
        elif event.did is Did.FAILED:
            self.failed, self.ended = event.text or "it did not say why", False
            return False
        elif event.did is Did.ENDED:
            self.failed, self.ended = None, True
        return True

    def turn(self, end: End, detail: str = "", *, sure: bool = True) -> Turn:
        return Turn(end, detail[:DETAIL_MAX], self.said, self.tokens, self.acts, self.session, sure)

    def stopped(self, end: End, detail: str, stderr: str = "") -> Turn:
        """A turn that was ended from outside. An error that it was busy with tells more than the clock."""
        for words in (self.failed or "", stderr):
            if (found := sign(words)) is not None:
                return self.turn(found[0], f"{detail}; the last error: {found[1]}")
        return self.turn(end, detail)

    def over(self, exit_code: int | None, stderr: str, *, tells_end: bool) -> Turn:
        """A turn whose program ended. `tells_end`: this kind of agent says so before it ends well."""
        if self.failed is not None:
            words = self.failed if sign(self.failed) else f"{self.failed}\n{stderr}"
            return self.turn(trouble(words), self.failed, sure=tells_end)
        if self.ended or (exit_code == 0 and not tells_end):
            return self.by_words()
        code = "it was killed" if exit_code is None else f"it ended with {exit_code}"
        detail = f"{code}: {stderr.strip()[-DETAIL_MAX // 2 :]}".rstrip(": ")
        return self.turn(trouble(stderr), detail, sure=tells_end)

    def by_words(self) -> Turn:
        """A turn that ended well, by what it said last."""
        reason = no_of(self.said)
        return self.turn(End.DONE) if reason is None else self.turn(End.CANNOT, reason)
