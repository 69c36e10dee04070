"""The port of a check: say why it cannot run here, or run and report what it measured.

A check sees one tree through a `Scene`. What it starts runs in the sandbox; what it reads back was written by
hostile code.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from windlass import languages, papers
from windlass.kernel import Family
from windlass.verify.ended import Ended
from windlass.verify.looked import UNSHOWN, looked
from windlass.verify.model import BROKEN, OUTSIDE, TIMED_OUT, UNRUN, UNTOLD, Outcome, Reading
from windlass.verify.reported import reported

_MODULE: Final = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
"""What go.mod calls its module."""
Role = Literal[
    "syntax", "lint", "format", "types", "tests", "command", "security", "scan", "figure", "benchmark"
]
"""What a check is to the gate: syntax and one of tests, lint or command are the core that a pass rests on.
One of security runs where a playbook asks for it, not in the tiers. A scan runs where it is set up and the
change touches what it is about; what it cannot tell is for a person. A figure measures for the ratchet and
is no judge. A benchmark is run by turns on both trees.
"""


class Start(Protocol):
    """Starts one program in the sandbox with the tree as working directory.

    `copy`: give it a private writable copy instead of the read-only tree. `outputs`: files to bring back,
    relative to `$WINDLASS_OUT`, or of the copy as `{tree}/path`. `{out}` in `argv` is replaced by that
    directory.
    """

    def __call__(
        self,
        argv: Sequence[str],
        *,
        copy: bool = False,
        outputs: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Ended: ...


Contents = Callable[[Sequence[str], int], Iterable[tuple[str, bytes]]]
"""The bytes of some files of the tree by path, as git has them; those over so many bytes are left out."""


def _nothing(paths: Sequence[str], size_max: int) -> Iterable[tuple[str, bytes]]:
    return ()


@dataclass(frozen=True)
class Scene:
    """One tree as a check may see it.

    `files`: every path. `root`: where the read-only tree lies inside. `texts`: configuration files read.
    `changed`: paths that the change touched. `only`: tests to run
    (paths or ids), empty for all. `packages`: installed in the environment, name to version. `python`: the
    project's
    interpreter inside the sandbox. `tools`: windlass's own programs by name. `coverage`: measure it where
    configured. `reach_s`: for so many
    seconds record what every test runs, where the check can.
    """

    files: frozenset[str]
    root: str
    texts: Mapping[str, str]
    changed: tuple[str, ...]
    packages: Mapping[str, str]
    python: str
    start: Start
    tools: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    problem: str = ""
    """Why the project's environment could not be built; empty when it was."""
    coverage: bool = False
    reach_s: float = 0.0
    contents: Contents = _nothing

    def blame(self, ended: Ended) -> dict[str, float]:
        """Metrics of an UNKNOWN: whether it came from around the check, and whether time ran out."""
        signs = {OUTSIDE: ended.outside, TIMED_OUT: ended.timed_out}
        return {name: 1.0 for name, sign in signs.items() if sign}

    @property
    def untold(self) -> dict[str, float]:
        """The metric that stands for a coverage that was asked for and is not told."""
        return {UNTOLD: 1.0}

    @property
    def unrun(self) -> dict[str, float]:
        """The metric of a reading of which a part could not run, for its `detail` to say which and why."""
        return {UNRUN: 1.0}

    def broken(self, number: int) -> dict[str, float]:
        """The metric of counts that fail a tree also where it differs from nothing."""
        return {BROKEN: float(number)}

    @property
    def outside(self) -> dict[str, float]:
        """The metric of an UNKNOWN that says nothing about the tree."""
        return {OUTSIDE: 1.0}

    def told(
        self,
        ended: Ended,
        report: languages.reports.Source,
        coverage: languages.reports.Source | None,
        name: str,
    ) -> Reading:
        """What the report says of a command called `name` that ended with an exit code."""
        module = _MODULE.search(self.texts.get("go.mod", ""))
        places = languages.reports.Places(self.files, self.root, module[1] if module else "")
        return reported(ended, report, coverage, places, name, only=self.only)

    def looked(
        self, kind: str, options: Mapping[str, object], *, copy: bool = False,
        env: Mapping[str, str] | None = None, also: Sequence[str] = (),
    ) -> Reading:  # fmt: skip
        """What a look at the papers of the tree came to, as a check called `kind`. `also`: what else than a
        file may have faults.
        """
        argv = papers.argv(self.tools, kind, options)
        if not argv:
            return Reading(kind, Outcome.UNKNOWN, detail=UNSHOWN)
        ended = self.start(argv, copy=copy, outputs=(papers.REPORT,), env=env)
        return looked(kind, ended, {*self.files, *also} if also else self.files, self.blame(ended))

    def having(self, predicate: Callable[[str], bool]) -> list[str]:
        """Paths for which `predicate` holds, sorted."""
        return sorted(path for path in self.files if predicate(path))


class Check(Protocol):
    """One kind of check. It may name the tiers it belongs to in an attribute `tiers`, of 0 to 3; without one
    its role says them. And it may have a method `unable(scene)`, beside `absent`: why a check that somebody
    sets up cannot start, and what to do; empty where nobody does, or it can. And a method
    `further(texts, tier)`: the names and settings of further checks of its kind that a tier holds. And a
    method `edited(scene, paths)`: what a person has to look at where a change edits files that its base has.
    """

    @property
    def role(self) -> Role: ...

    def absent(self, scene: Scene) -> str:
        """Why this check does not apply to the tree; empty when it does. Starts nothing."""
        ...

    def read(self, scene: Scene) -> Reading:
        """Run and report. What cannot be told is UNKNOWN with the reason and the fix in `detail`."""
        ...


CHECKS: Final[Family[Check]] = Family("checks", "windlass.plugins.checks")
