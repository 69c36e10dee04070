"""The sections of windlass.toml, one frozen dataclass each; every default and limit stands here."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from types import MappingProxyType
from typing import Any

from windlass.app.config_agents import Profile, agent_tables
from windlass.app.config_conflicts import Generated, generated_tables
from windlass.app.config_forge import Forge as Forge
from windlass.app.config_lanes import LaneSetting, lane_tables
from windlass.app.config_measure import Measure
from windlass.app.config_providers import ProviderSetting, provider_tables
from windlass.app.config_ratchet import metric_tables
from windlass.app.config_services import ServiceSetting, service_tables
from windlass.app.config_suites import SuiteSetting, hosts, leave_outs, suite_tables
from windlass.app.config_values import (
    Plug,
    Shape,
    allowed_problem,
    choice,
    command_problem,
    database_url,
    duration,
    guardians_problem,
    number,
    path_problem,
    plugs,
    role_problem,
    setting,
    text,
    whole,
    words,
)
from windlass.egress import rule_problem
from windlass.mesh import Approve
from windlass.plan import Demand
from windlass.ratchet import Metric

DAY_S = 86400.0


class Level(Enum):
    """How far windlass goes by itself. `propose` ends with a branch and a patch; the last two move main."""

    WATCH = "watch"
    PROPOSE = "propose"
    MERGE_ON_GREEN = "merge-on-green"
    UNATTENDED = "unattended"


class Reverts(Enum):
    """What becomes of a landed change that broke main: taken back, a person is asked, or only told."""

    AUTO = "auto"
    ASK = "ask"
    OFF = "off"


class Isolation(Enum):
    """Where a repository's code runs: `auto` is bubblewrap, `container` the owner's manifest, or nowhere."""

    AUTO = "auto"
    BWRAP = "bwrap"
    CONTAINER = "container"
    NONE = "none"


_COMMANDS = words("a list of commands", command_problem)


@dataclass(frozen=True, slots=True)
class Project:
    name: str = setting("", text(), "shown name; empty: the folder's")
    main: str = setting("", text("the name of a branch"), "branch that is tended; empty: detected")
    path: str = setting("", text("a path"), "repository to tend without --repo", owner_only=True)


@dataclass(frozen=True, slots=True)
class Autonomy:
    level: Level = setting(  # noqa: RUF009, a field
        Level.PROPOSE, choice(Level), "how far windlass goes by itself"
    )
    restricted: tuple[str, ...] = setting(
        (".github/workflows/", "secrets/"),
        words("a list of paths", path_problem),
        "paths only a person changes",
    )
    max_files: int = setting(10, whole(1), "changes touching more files need a person")
    max_lines: int = setting(200, whole(1), "changes with more lines, added and removed, need a person")
    daily_prs: int = setting(5, whole(0), "changes proposed or landed a day")
    max_wsjf: float = setting(2.0, number(0), "items scored higher need a person")
    ci_failure_threshold: float = setting(
        0.30, number(0, 1, hint="30 % is 0.30"), "stop when a larger share of recent runs failed"
    )
    min_coverage: float = setting(80.0, number(0, 100), "percent of lines covered; below, a person decides")
    label: str = setting("", text("a label"), "what an item's label is for it to land alone; empty: any")
    operations: tuple[str, ...] = setting(
        (), words("a list of operations"), "allowed outside the repository; none exists yet"
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    threshold: float = setting(1.0, number(0), "lowest WSJF that is worked on")
    aging_max: float = setting(2.0, number(1, 100), "largest factor that age gives")
    aged_lane_every: int = setting(20, whole(2), "one claim in this many takes the oldest item")
    sources: tuple[Plug, ...] = setting(
        (Plug("comments", "comments"), Plug("ruff", "ruff")),
        plugs("a list of sources"),
        "where findings come from",
    )


@dataclass(frozen=True, slots=True)
class Dispatch:
    workers: int = setting(2, whole(1, 1000), "attempts at the same time")
    lease_s: float = setting(
        300.0, duration(10, DAY_S), "how long a claim holds without renewal", key="lease"
    )
    attempts_max: int = setting(3, whole(1, 100), "attempts before a task fails for good")
    spares: int = setting(3, whole(0, 64), "work trees kept ready while tasks wait; 0: none")
    runners: tuple[Plug, ...] = setting(
        (Plug("mechanic", "mechanic"),),
        plugs("a list of runners"),
        "who does the work; `provider` names whose models one may ask",
    )


@dataclass(frozen=True, slots=True)
class Models:
    provider: tuple[ProviderSetting, ...] = setting(
        (), provider_tables("a list of providers"), "who sells models to agents; runners name one of them",
        owner_only=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lanes:
    lane: tuple[LaneSetting, ...] = setting(
        (), lane_tables("a list of lanes"), "limits, weights and skills of lanes, applied at start"
    )


@dataclass(frozen=True, slots=True)
class Agents:
    agent: tuple[Profile, ...] = setting(
        (), agent_tables("a list of profiles"), "profiles of agents in force, written as [[agents]]"
    )


@dataclass(frozen=True, slots=True)
class Verify:
    fast: tuple[str, ...] = setting((), _COMMANDS, "tier 0; empty: detected")
    pr: tuple[str, ...] = setting((), _COMMANDS, "tier 1; empty: detected")
    nightly: tuple[str, ...] = setting((), _COMMANDS, "tier 2, beside what is detected")
    weekly: tuple[str, ...] = setting((), _COMMANDS, "tier 3, beside what is detected")
    python: str = setting("", text("a version or a path"), "Python for the checks; empty: windlass's own")
    requirements: tuple[str, ...] = setting(
        (), words("a list of requirements"), "to install; empty: detected"
    )
    npm_hosts: tuple[str, ...] = setting(
        (), hosts("a list of hosts"), "whom lock files of npm may name beside the registry",
        key="npm.hosts", owner_only=True,
    )  # fmt: skip
    environments: str = setting(
        "", text("an absolute path", pattern="(/.*)?"),
        "folder of Python environments that data homes share; empty: in the data home", owner_only=True,
    )  # fmt: skip
    fast_limit_s: float = setting(60.0, duration(1, DAY_S), "budget of tier 0", key="limit.fast")
    pr_limit_s: float = setting(300.0, duration(1, DAY_S), "budget of tier 1", key="limit.pr")
    nightly_limit_s: float = setting(1800.0, duration(1, DAY_S), "budget of tier 2", key="limit.nightly")
    weekly_limit_s: float = setting(7200.0, duration(1, DAY_S), "budget of tier 3", key="limit.weekly")
    coverage_min: float = setting(75.0, number(0, 100), "percent of lines covered that tier 1 asks for")
    benchmarks: tuple[str, ...] = setting(
        (), _COMMANDS, "what times the project: run by turns on both trees"
    )
    benchmark_tolerance: float = setting(
        0.05, number(0, 10, hint="5 % is 0.05"), "share by which a change may make a benchmark slower",
        key="benchmark.tolerance",
    )  # fmt: skip
    benchmark_limit_s: float = setting(
        120.0, duration(1, DAY_S), "for all runs of one benchmark on both trees", key="limit.benchmark"
    )
    tests: tuple[SuiteSetting, ...] = setting(
        (), suite_tables("a list of tests"), "what runs the tests, instead of what is detected", key="test"
    )
    services: tuple[ServiceSetting, ...] = setting(
        (), service_tables("a list of services"), "what is started, and held against its contracts",
        key="service",
    )  # fmt: skip
    leave_out: tuple[str, ...] = setting(
        (), leave_outs("a list of `check` or `check what`"), "checks to leave out, as a whole or in part"
    )
    patch_coverage_min: float = setting(80.0, number(0, 100), "percent of a change's lines that tests run")
    patch_coverage_lines: int = setting(5, whole(1), "a change that adds fewer is let be")
    patch_coverage_below: Demand = setting(  # noqa: RUF009, a field
        Demand.ASK, choice(Demand), "what becomes of a change that falls short of that"
    )


@dataclass(frozen=True, slots=True)
class Security:
    allow: tuple[str, ...] = setting(
        (), words("a list of `fingerprint reason`", allowed_problem), "what looks like a secret and is none"
    )
    advisory_folder: str = setting(
        "", text("an absolute path", pattern="(/.*)?"), "folder of downloaded advisories; empty: none",
        key="advisory.folder", owner_only=True,
    )  # fmt: skip
    advisory_age_max_s: float = setting(
        14 * DAY_S, duration(3600, 3650 * DAY_S), "how old the newest of them may be", key="advisory.max_age"
    )
    licence_allow: tuple[str, ...] = setting(
        (), words("a list of SPDX names"), "licences that may be installed; empty: all not denied",
        key="licence.allow",
    )  # fmt: skip
    licence_deny: tuple[str, ...] = setting(
        (), words("a list of SPDX names"), "licences that may not be installed", key="licence.deny"
    )
    zizmor: str = setting(
        "", text("an absolute path", pattern="(/.*)?"), "zizmor, which audits workflows; empty: on the path",
        owner_only=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mesh:
    guardians: tuple[str, ...] = setting(
        ("qa", "docs"), words("a list of roles", role_problem), "who checks an agent's work, in this order"
    )
    guardians_of: tuple[str, ...] = setting(
        (), words("a list of `kind: role role`", guardians_problem), "the same for kinds of work of their own"
    )
    approve: Approve = setting(  # noqa: RUF009, a field
        Approve.LOW_RISK, choice(Approve), "what is approved without a person once it is verified"
    )
    answer_within_s: float = setting(
        DAY_S, duration(60, 30 * DAY_S), "when a worker's question is overdue", key="answer_within"
    )
    rerun_s: float = setting(
        900.0, duration(10, DAY_S), "how long the command of a worker's evidence may take", key="rerun_limit"
    )


@dataclass(frozen=True, slots=True)
class Ratchet:
    metric: tuple[Metric, ...] = setting(
        (), metric_tables("a list of metrics"), "what must not get worse, beside what is shipped or instead"
    )


@dataclass(frozen=True, slots=True)
class Conflicts:
    generated: tuple[Generated, ...] = setting(
        (), generated_tables("a list of commands with their files"),
        "what makes lock files and generated files anew, in the sandbox, where two changes conflict in them",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evaluate:
    performance: float = setting(0.30, number(0), "weight of time and memory of the tests")
    quality: float = setting(0.25, number(0), "weight of complexity, lint, documentation and coverage")
    security: float = setting(0.25, number(0), "weight of vulnerabilities, secrets and dependencies")
    value: float = setting(0.20, number(0), "weight of acceptance, size and scope")


@dataclass(frozen=True, slots=True)
class Land:
    author_name: str = setting("windlass", text("a name", pattern=r"[^<>\n]+"), "author of landed commits")
    author_email: str = setting(
        "windlass@localhost", text("an address", pattern=r"[^<>\s]+@[^<>\s]+"), "address of that author"
    )
    attempts_max: int = setting(5, whole(1, 100), "tries when the main branch moves meanwhile")
    prove_tier: int = setting(2, whole(0, 3), "main is run up to this tier after it moved; 0: never")
    at_once: int = setting(0, whole(0, 16), "batches judged side by side; 0: by cores", owner_only=True)
    revert: Reverts = setting(  # noqa: RUF009, a field
        Reverts.AUTO, choice(Reverts), "what becomes of a landing that broke main"
    )


@dataclass(frozen=True, slots=True)
class Database:
    url: str = setting("", database_url(), "empty: a file in the data home", owner_only=True)


@dataclass(frozen=True, slots=True)
class Sandbox:
    level: Isolation = setting(  # noqa: RUF009, a field
        Isolation.AUTO, choice(Isolation), "where foreign code runs", owner_only=True
    )
    uid: int = setting(65532, whole(1, 2**31 - 2), "user it runs as when windlass is root", owner_only=True)
    manifest: str = setting(
        "", text("an absolute path", pattern="(/.*)?"), "what level container is made of", owner_only=True
    )
    egress: tuple[str, ...] = setting(
        (), words("a list of host:port", rule_problem), "hosts agents may reach", owner_only=True
    )


def _limit(key: str, about: str) -> int:
    return setting(0, whole(0), f"{about}; 0: no limit", key=key, owner_only=True)


def _dollars(key: str, about: str) -> float:
    most = f"dollars that the models {about} may cost; 0: no limit"
    return setting(0.0, number(0, 1e6), most, key=key, owner_only=True)


def _time(key: str, about: str) -> float:
    most = f"time under leases that {about} may take; 0s: no limit"
    return setting(0.0, duration(0, 3650 * DAY_S), most, key=key, owner_only=True)


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be used up before a person is asked. All of it is the owner's to set."""

    task_turns: int = _limit("task.turns", "times that agents are set to work on one task")
    task_failures: int = _limit("task.failures", "turns on one task that break or lose their lease")
    task_rejections: int = _limit("task.rejections", "submissions of one task that are sent back")
    task_requests: int = _limit("task.requests", "requests to models for one task")
    task_tokens: int = _limit("task.tokens", "tokens, in and out, for one task")
    task_dollars: float = _dollars("task.dollars", "of one task")
    task_time_s: float = _time("task.time", "one task")
    agent_day_turns: int = _limit("agent_day.turns", "times a day that one agent is set to work")
    agent_day_failures: int = _limit("agent_day.failures", "turns a day of one agent that break")
    agent_day_requests: int = _limit("agent_day.requests", "requests to models a day by one agent")
    agent_day_tokens: int = _limit("agent_day.tokens", "tokens, in and out, a day by one agent")
    agent_day_dollars: float = _dollars("agent_day.dollars", "of one agent and day")
    agent_day_time_s: float = _time("agent_day.time", "one agent and day")
    day_turns: int = _limit("day.turns", "times a day that any agent is set to work")
    day_failures: int = _limit("day.failures", "turns a day that break or lose their lease")
    day_requests: int = _limit("day.requests", "requests to models a day")
    day_tokens: int = _limit("day.tokens", "tokens, in and out, a day")
    day_dollars: float = _dollars("day.dollars", "of one day")
    day_time_s: float = _time("day.time", "one day")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything in force for one repository, read once at start."""

    project: Project = Project()
    autonomy: Autonomy = Autonomy()
    backlog: Backlog = Backlog()
    dispatch: Dispatch = Dispatch()
    models: Models = Models()
    lanes: Lanes = Lanes()
    agents: Agents = Agents()
    verify: Verify = Verify()
    measure: Measure = Measure()  # noqa: RUF009, a frozen value
    security: Security = Security()
    mesh: Mesh = Mesh()
    ratchet: Ratchet = Ratchet()
    conflicts: Conflicts = Conflicts()
    evaluate: Evaluate = Evaluate()
    land: Land = Land()
    forge: Forge = Forge()  # noqa: RUF009, a frozen value
    database: Database = Database()
    sandbox: Sandbox = Sandbox()
    budget: Budget = Budget()


@dataclass(frozen=True, slots=True)
class Key:
    """One setting seen from the file: `verify.limit.fast` is field `fast_limit_s` of section `verify`."""

    path: str
    section: str
    field: str
    shape: Shape[Any]
    about: str
    owner_only: bool

    @property
    def variable(self) -> str:
        return "WINDLASS_" + self.path.replace(".", "_").upper()


def _keys() -> dict[str, Key]:
    found = {}
    for section in fields(Config):
        for spot in fields(getattr(Config(), section.name)):
            told = spot.metadata
            path = f"{section.name}.{told['key'] or spot.name}"
            found[path] = Key(path, section.name, spot.name, told["shape"], told["about"], told["owner_only"])
    return found


KEYS: Mapping[str, Key] = MappingProxyType(_keys())
"""Every setting by its dotted path, in the order of the sections."""
