"""Any scanner through one door: a SARIF 2.1.0 file on this host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from windlass import scan
from windlass.backlog import Hit, Report, View, rule_group
from windlass.kernel import Invalid, Tools, Unavailable

TEXT_MAX: Final = 1_000
FILE_MAX: Final = 2_000_000


@dataclass(frozen=True)
class Settings:
    """`path`: the SARIF file on this host. `name`: tells several such files apart."""

    path: str = ""
    name: str = ""
    size_max_bytes: int = 50_000_000


class SarifFile:
    """The source. Its findings are gone when two complete reports in a row do not have them."""

    version = "sarif/1"

    def __init__(self, settings: Settings) -> None:
        if not settings.path:
            raise Invalid("the sarif_file source needs a path", hint='set path = "report.sarif"')
        self._settings = settings
        self.name = settings.name or f"sarif:{Path(settings.path).name}"

    def scan(self, view: View) -> Report:
        tracked = view.files()
        report = parse_sarif(read_bounded(Path(self._settings.path), self._settings.size_max_bytes), tracked)
        lines = _lines(view, {hit.path for hit in report.hits if hit.path})
        hits = tuple(replace(hit, anchor=_anchor(hit, lines.get(hit.path, ()))) for hit in report.hits)
        return replace(report, hits=hits)


def read_bounded(path: Path, size_max: int) -> bytes:
    """The bytes of a regular file of at most `size_max` bytes."""
    try:
        if not path.is_file():
            raise Unavailable(f"no SARIF file at {str(path)!r}", hint="let the scanner write it first")
        with path.open("rb") as stream:
            content = stream.read(size_max + 1)
    except OSError as error:
        raise Unavailable(f"cannot read {str(path)!r}: {error.strerror}") from error
    if len(content) > size_max:
        raise Invalid(f"{str(path)!r} is larger than {size_max} bytes", hint="raise size_max_bytes")
    return content


def parse_sarif(content: bytes, tracked: Mapping[str, object]) -> Report:
    """Every result of every run. A result outside the tree lowers the coverage instead of becoming work."""
    told = scan.sarif.read_sarif(content, tracked)
    hits = tuple(map(_hit, told.results))
    seen = len(hits) + told.outside
    if told.errors:
        return Report(hits, 0.0, error="; ".join(told.errors)[:TEXT_MAX])
    return Report(hits, len(hits) / seen if seen else 1.0)


def _hit(one: scan.sarif.Result) -> Hit:
    return Hit(
        rule=one.rule, path=one.path, line=one.line, text=one.message,
        category="security" if one.security else "lint", severity=one.severity,
        group=rule_group(one.tool, one.rule, fixable=False),
        title=f"{one.tool}: {one.rule}: {one.about}"[:120],
        anchor=f"{one.message} {one.column}", tool_fingerprint=one.fingerprint,
        data={"tool": one.tool, "code": one.rule, "column": one.column},
    )  # fmt: skip


def _anchor(hit: Hit, lines: Sequence[str]) -> str:
    text = lines[hit.line - 1].strip() if 0 < hit.line <= len(lines) else ""
    # The column tells two results of one rule on one line apart only together with their order.
    return f"{hit.text} {text}"


def _lines(view: View, paths: set[str]) -> dict[str, list[str]]:
    tracked = view.files()
    by_oid: dict[str, list[str]] = {}
    for path in sorted(paths):
        by_oid.setdefault(tracked[path].oid, []).append(path)
    found = {}
    for oid, content in view.blobs(list(by_oid), FILE_MAX):
        text = (content or b"").decode("utf-8", "replace").split("\n")
        found.update(dict.fromkeys(by_oid[oid], text))
    return found


def open(settings: Settings, tools: Tools) -> SarifFile:
    return SarifFile(settings)
