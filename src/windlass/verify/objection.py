"""What the guard has against a change: where, what, and what to do next."""

from dataclasses import dataclass
from enum import Enum


class Grade(Enum):
    """REFUSE: the change is refused. ASK: it may be what was wanted, so a person looks before it lands.
    EXPECT: it says what a test expects anew; settled by running the base's test on the change.
    """

    REFUSE = "refuse"
    ASK = "ask"
    EXPECT = "expect"


@dataclass(frozen=True, slots=True)
class Objection:
    """`test`: the test of the base that it is about, as its id; empty where it is about none."""

    path: str
    line: int
    what: str
    then: str
    grade: Grade = Grade.REFUSE
    test: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what} ({self.then})"
