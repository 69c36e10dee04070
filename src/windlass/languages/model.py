"""What checks a project in another language. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SHELL: Final = ("/bin/sh", "-c")
WITH_MODULES: Final = 'PATH="$PWD/node_modules/.bin:$PATH"; '
"""What npm does before it runs a script, for one that is run without it."""
SET: Final = "set a command and its report with [[verify.test]]"


@dataclass(frozen=True, slots=True)
class Suite:
    """One command: `report` and `coverage` as `reports.Source` has them, `problem`: why it cannot run.
    `outside`: that says nothing about the tree. `packages`: it needs those that the project's lock names.
    `repair`: a command that repairs in the files what this one finds; `unchosen`: by rules of the tool's own.
    """

    name: str
    argv: tuple[str, ...]
    report: str = ""
    coverage: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    outside: bool = False
    packages: bool = False
    repair: tuple[str, ...] = ()
    unchosen: bool = False

    @property
    def told(self) -> str:
        """As a person would write it."""
        words: Sequence[str] = self.argv
        if self.argv[:2] == SHELL:
            words = self.argv[2].removeprefix(WITH_MODULES).split()
        return " ".join(word for word in words if "{out}" not in word)

    @property
    def program(self) -> str:
        """What of a toolchain runs it."""
        if self.argv[:2] == SHELL or self.argv[0].startswith("node_modules/"):
            return "node"
        return self.name if self.name in ("cargo-fmt", "cargo-clippy") else self.argv[0]

    @property
    def table(self) -> dict[str, Any]:
        """The settings of a `command` check."""
        told = {"report": self.report, "coverage": self.coverage, "problem": self.problem}
        more: dict[str, Any] = {"env": dict(self.env)} if self.env else {}
        more |= {"repair": list(self.repair), "unchosen": self.unchosen} if self.repair else {}
        words = {name: text for name, text in told.items() if text}
        return {"argv": list(self.argv), **words, **more, **({"outside": True} if self.outside else {})}
