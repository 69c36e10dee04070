"""Where a command leaves its report and in which form, as `form:path`, and what is read there. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from windlass.kernel import Invalid
from windlass.languages.reports.coverage import FORMS, parse_coverage
from windlass.languages.reports.findings import Findings, parse_clippy, parse_eslint, parse_tsc
from windlass.languages.reports.gotest import parse_go
from windlass.languages.reports.jest import parse_jest
from windlass.languages.reports.libtest import parse_libtest
from windlass.languages.reports.model import BadReport, Lines, Report
from windlass.languages.reports.placing import Places, parse_junit

OUT: Final = "{out}/"
"""Paths that begin so are in the folder `$WINDLASS_OUT` of the run, all others in the tree."""
TREE: Final = "{tree}/"
_ASIDE: Final = re.compile(
    r"(.*/)?(tests?|__tests__|specs?|testdata|node_modules)/.*|.*([._-](test|spec)|_test)\.\w+|.*Tests?\.java"
)


@dataclass(frozen=True, slots=True)
class Source:
    """`path`: empty for what is printed. In the tree a part of it may be `**` or have one `*`."""

    form: str
    path: str = ""

    @property
    def output(self) -> str:
        """As `check.Start` is asked for it."""
        return self.path if not self.path or self.path.startswith(OUT) else TREE + self.path

    def contents(self, printed: bytes, outputs: Mapping[str, bytes], places: Places) -> list[bytes]:
        """The files that the run left there. One that the tree has anyway is nobody's report: BadReport."""
        if not self.path:
            return [printed]
        found = {name: content for name, content in outputs.items() if name.partition("\n")[0] == self.output}
        for name in found:
            path = (name.partition("\n")[2] or name).removeprefix(TREE)
            if path in places.files:
                raise BadReport(f"{path!r} is a file of the repository, no report of this run")
        if not found:
            raise BadReport(f"there is no file {self.path.removeprefix(OUT)!r}")
        return [found[name] for name in sorted(found)]


def source(words: str) -> Source:
    """Of results: `junit:path`, `jest:path`, `go` and `cargo` (what is printed, or a path), `files` (printed
    paths, each a fault); of findings: `eslint:path`, `eslint-all:path`, `tsc` and `clippy` (what is printed).
    Raises Invalid.
    """
    return _source(words, (*_RESULTS, "files", *_FINDINGS), ("go", "cargo", "files", "tsc", "clippy"))


def lines_source(words: str) -> Source:
    """Of lines that were run: `lcov:path`, `cobertura:path`, `go:path`, `jacoco:path`,
    `coveragepy:path`. Raises Invalid."""
    return _source(words, tuple(FORMS), ())


def _source(words: str, forms: tuple[str, ...], printed: tuple[str, ...]) -> Source:
    form, _, path = words.partition(":")
    inside = path.removeprefix(OUT)
    if form not in forms or not (path or form in printed):
        known = ", ".join(one if one in printed else f"{one}:path" for one in forms)
        raise Invalid(f"{words!r} names no report", hint=f"known: {known}")
    if path and (inside.startswith("/") or ".." in inside.split("/") or "\n" in path or not inside):
        raise Invalid(f"the report {words!r} is not inside the tree", hint="write a path below its top")
    return Source(form, path)


def results(source: Source, printed: bytes, outputs: Mapping[str, bytes], places: Places) -> Report:
    """The cases of a run. Raises BadReport where there is no report, or none that can be believed."""
    return _RESULTS[source.form](source.contents(printed, outputs, places), places)


def findings(source: Source, printed: bytes, outputs: Mapping[str, bytes], places: Places) -> Findings | None:
    """What a linter or a type checker found; None where the form is one of tests. Raises BadReport."""
    read = _FINDINGS.get(source.form)
    return read(b"\n".join(source.contents(printed, outputs, places)), places) if read else None


def lines(source: Source, printed: bytes, outputs: Mapping[str, bytes], places: Places) -> Lines:
    """The lines of the tree that a run had, without those of its tests. Raises BadReport as `results`."""
    found = parse_coverage(source.form, source.contents(printed, outputs, places), places)
    return Lines({path: told for path, told in found.files.items() if not aside(path)})


def aside(path: str) -> bool:
    """Whether a file is no part of what is delivered: tests in any language, and what they read."""
    return bool(_ASIDE.fullmatch(path))


def _go(contents: Iterable[bytes], places: Places) -> Report:
    return parse_go(b"\n".join(contents), places)


def _cargo(contents: Iterable[bytes], places: Places) -> Report:
    return parse_libtest(b"\n".join(contents), places)


_RESULTS: Final[Mapping[str, Callable[[Iterable[bytes], Places], Report]]] = {
    "junit": parse_junit, "jest": parse_jest, "go": _go, "cargo": _cargo,
}  # fmt: skip
_FINDINGS: Final[Mapping[str, Callable[[bytes, Places], Findings]]] = {
    "eslint": partial(parse_eslint, warnings=False), "eslint-all": partial(parse_eslint, warnings=True),
    "tsc": parse_tsc, "clippy": parse_clippy,
}  # fmt: skip
ROLES: Final[Mapping[str, Literal["format", "lint", "types"]]] = {
    "files": "format", "eslint": "lint", "eslint-all": "lint", "clippy": "lint", "tsc": "types",
}  # fmt: skip
"""What a check with a report of a form is to the gate; with any other it runs tests."""
