"""The room's slice of the configuration."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from windlass.kernel import Invalid
from windlass.languages import Suite
from windlass.plan import Demand


@dataclass(frozen=True, slots=True)
class Security:
    """`allow`: fingerprints of what is no secret, each with the reason. `advisory_folder`: of the owner's
    zips of advisories, empty for none; `advisory_age_max_s`: how old the newest may be. `licence_allow`,
    `licence_deny`: SPDX names. `zizmor`: its path, empty for the one on the path of commands.
    """

    allow: tuple[str, ...] = ()
    advisory_folder: str = ""
    advisory_age_max_s: float = 14 * 86_400.0
    licence_allow: tuple[str, ...] = ()
    licence_deny: tuple[str, ...] = ()
    zizmor: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """`fast`, `pr`: commands that replace what is detected in tier 0 and 1. `nightly`, `weekly`: commands of
    tier 2 and 3 beside what is detected. `python`: an interpreter's path
    or version, empty for
    windlass's own. `requirements`: what to install instead of what is read from the project. `environments`:
    a folder that data homes share, empty for the data home's own. Budgets in seconds of wall time.
    `coverage_min` in percent of lines. `parallel`: checks at a time. `again_max`: further runs of a failed
    test, at most. `figures`: names of metrics, each with the command of tier 1 that prints it.
    `benchmarks`: commands that time the project; `benchmark_tolerance`: the share by which a change may be
    slower; `benchmark_limit_s`: for all runs of one benchmark on both trees.
    `security`: what the scans need to know. `tests`: what runs the tests instead of what is detected.
    `leave_out`: a check of papers, switched off, or followed by patterns of paths that it leaves out.
    `patch_coverage_min`: percent of the lines a change adds that tests are to run; `patch_coverage_lines`: of
    fewer lines nothing is asked; `patch_coverage_below`: what becomes of a change below it.
    `npm_hosts`: whom packages of Node may come from beside the registry. `services`: a check's name, its
    kind and its table, for everything that is held against contracts while it runs.
    """

    fast: tuple[str, ...] = ()
    pr: tuple[str, ...] = ()
    nightly: tuple[str, ...] = ()
    weekly: tuple[str, ...] = ()
    python: str = ""
    requirements: tuple[str, ...] = ()
    environments: str = ""
    fast_limit_s: float = 60.0
    pr_limit_s: float = 300.0
    nightly_limit_s: float = 1800.0
    weekly_limit_s: float = 7200.0
    coverage_min: float = 75.0
    parallel: int = 2
    again_max: int = 8
    index: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    benchmarks: tuple[str, ...] = ()
    benchmark_tolerance: float = 0.05
    benchmark_limit_s: float = 120.0
    security: Security = Security()
    tests: tuple[Suite, ...] = ()
    leave_out: tuple[str, ...] = ()
    patch_coverage_min: float = 80.0
    patch_coverage_lines: int = 5
    patch_coverage_below: Demand = Demand.ASK
    npm_hosts: tuple[str, ...] = ()
    services: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()

    def budget_s(self, tier: int) -> float:
        return (self.fast_limit_s, self.pr_limit_s, self.nightly_limit_s, self.weekly_limit_s)[tier]

    def commands(self, tier: int) -> tuple[str, ...]:
        return (self.fast, self.pr, self.nightly, self.weekly)[tier]


def parse_settings(table: Mapping[str, Any]) -> Settings:
    """Read the table handed over by the application; unknown keys and broken commands are errors."""
    known = {field.name for field in fields(Settings)}
    if unknown := sorted(set(table) - known):
        raise Invalid(f"[verify] has unknown settings {unknown}", hint=f"known: {sorted(known)}")
    lists = {
        key: tuple(str(word) for word in table[key])
        for key in ("fast", "pr", "nightly", "weekly", "requirements", "benchmarks", "leave_out", "npm_hosts")
        if key in table
    }
    security = Security(**table.get("security", {}))
    tests = tuple(
        Suite(one["name"], split(one["command"]), one["report"], one["coverage"])
        for one in table.get("tests", ())
    )
    services = tuple(_services(table.get("services", ())))
    below = table.get("patch_coverage_below", Demand.ASK)
    if below not in {*Demand, *(one.value for one in Demand)}:
        words = ", ".join(one.value for one in Demand)
        raise Invalid(f"[verify] patch_coverage_below: {below!r} is no demand", hint=f"known: {words}")
    told = {**table, **lists, "security": security, "tests": tests, "services": services}
    settings = Settings(**{**told, "patch_coverage_below": Demand(below)})
    figures = (command for _, command in settings.figures)
    named = (*settings.fast, *settings.pr, *settings.nightly, *settings.weekly)
    for command in (*named, *figures, *settings.benchmarks):
        split(command)
    return settings


def _services(tables: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Two checks of each service: of its contracts, and of how it bears load, where that is asked for."""
    for one in tables:
        apart = ("name", "command", "load_s", "clients")
        table = {key: value for key, value in one.items() if key not in apart}
        table |= {
            "argv": list(split(one["command"])), "headers": dict(one["headers"]), "env": dict(one["env"]),
            "leave_out": list(one["leave_out"]),
        }  # fmt: skip
        yield f"service:{one['name']}", "service", table
        if one["load_s"]:
            load = {"load_s": one["load_s"], "clients": one["clients"]}
            yield f"load:{one['name']}", "service", {**table, **load}


def split(command: str) -> tuple[str, ...]:
    """A command line as words, the way a shell would split it; nothing else of a shell happens."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise Invalid(
            f"[verify] command {command!r} cannot be split: {error}", hint="close the quotes"
        ) from error
    if not words:
        raise Invalid("[verify] holds an empty command", hint="remove it")
    return words
