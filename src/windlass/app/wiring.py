"""The composition root: from what a command asked for to rooms that are ready to work."""

import hashlib
import itertools
import os
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from windlass import backlog, conflicts, dispatch, plan, policy, sandbox, verify, workspace
from windlass.app.config import Loaded, load, nearest, provider_named, read_file, user_file
from windlass.app.config_agents import Profile, shipped, shown
from windlass.app.config_budget import budget_of
from windlass.app.config_ratchet import figures, ratchet_table
from windlass.app.config_sections import Config, Level
from windlass.app.config_values import Plug
from windlass.app.demo import make_demo
from windlass.app.forging import bring, forge_of, standing
from windlass.app.home import Home, trouble
from windlass.app.isolation import launcher_of
from windlass.app.profiles import held_by, limited, with_model
from windlass.app.programs import programs, with_own_presets
from windlass.forge import Forge, Patient
from windlass.kernel import Invalid, NotFound, system_clock
from windlass.store import Database, Starter, Transaction, migrate, open_database

SETTINGS_FILE = "windlass.toml"
SCOPE_FILE = ".automation-scope.yaml"
RATCHET_FILE = "quality_ratchet.json"
PLAYBOOKS = "playbooks"
"""The folder of the owner's playbooks, in the data home and beside a repository's windlass.toml there."""
AGENTS_FILE = "agents.yaml"
SETTINGS_MAX = 256 * 1024
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for.

    `founding`: whether the repository's files of the founding tools count; `config import` looks at what
    stands without them.
    """

    repo: Path | None = None
    demo: bool = False
    trust: bool = False
    land: bool = False
    flags: Mapping[str, object] = field(default_factory=dict)
    founding: bool = True


@dataclass(frozen=True)
class Plant:
    """One tended repository with its settings and database; close it when done. `kit`: what its attempts have
    in their boxes.
    """

    home: Home
    loaded: Loaded
    database: Database
    repository: backlog.Repository
    checkout: workspace.Checkout
    mirror: workspace.Mirror
    wish: Wish
    kit: dispatch.box.Kit = dispatch.box.Kit()  # noqa: RUF009, a frozen value
    forge: Forge | None = None

    @property
    def config(self) -> Config:
        return self.loaded.config

    def main_now(self) -> str:
        """The commit of the main branch that counts, for work that begins; of a host that does not answer, as
        it was seen last.
        """
        bring(self.forge, self.mirror, self.checkout)
        return self.mirror.sync(self.checkout)

    def commit_of(self, word: str) -> str:
        """The commit that a word names as in git, once the mirror is in step; raises NotFound."""
        found = self.mirror.named(word)
        if found is None:
            hint = "name a branch of this repository, HEAD, or a commit by its first digits"
            raise NotFound(f"{word!r} is no branch or commit here", hint=hint)
        return found

    @property
    def plan_settings(self) -> plan.PlanSettings:
        threshold, aging = self.config.backlog.threshold, self.config.backlog.aging_max
        aged = self.config.backlog.aged_lane_every
        rank = backlog.RankSettings(threshold=threshold, aging_max=aging, aged_every=aged)
        return plan.PlanSettings(rank=rank, scope=scope_of(self.config))

    @property
    def budget(self) -> dispatch.budgets.Budget:
        """What tasks, agents and days may use up."""
        return limited(budget_of(self.config.budget), self.config.agents.agent)

    @property
    def playbooks(self) -> plan.Playbooks:
        """Windlass's own, then the owner's for all repositories, then the owner's for this one."""
        here = settings_place(self.home, self.checkout.path).parent / PLAYBOOKS
        return plan.playbooks((self.home.path / PLAYBOOKS, here))

    @property
    def runners(self) -> dict[str, dispatch.RunnerSpec]:
        """Who does the work, by name."""
        return runners_of(self.config)

    @property
    def profiles(self) -> list[dict[str, Any]]:
        """The profiles in force as the file would spell them, then the shipped ones that are not."""
        mine = self.config.agents.agent
        names = {one.name for one in mine}
        rest = (one for one in shipped() if one.name not in names)
        return [
            {
                **shown(one), "in_force": one.name in names, "lane": one.waits_in,
                "works": one.runner.kind if one.runner is not None else "outside", "held_by": held_by(one),
            }
            for one in (*mine, *rest)
        ]  # fmt: skip

    @property
    def watches(self) -> bool:
        """Whether this run only looks: nothing is handed out."""
        return self.config.autonomy.level is Level.WATCH and not self.wish.land

    @property
    def land(self) -> bool:
        """Whether the main branch may move: asked for on the command line, or by the autonomy level."""
        return self.wish.land or self.config.autonomy.level in (Level.MERGE_ON_GREEN, Level.UNATTENDED)

    def __enter__(self) -> "Plant":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()


def open_plant(wish: Wish, env: Mapping[str, str], database: Database | None = None) -> Plant:
    """Open home, settings and database, and tend the repository; nothing is started and nothing is sent.

    A `database` that is open already is shared; whoever opened it closes it last.
    """
    home = Home.open(env)
    checkout = workspace.Checkout.open(new_demo(home) if wish.demo else _where(wish, env))
    mirror = mirror_of(home, checkout)
    loaded = settings_of(home, checkout, mirror, wish, env)
    if loaded.config.project.main and loaded.config.project.main != checkout.main:
        checkout = workspace.Checkout.open(checkout.path, main=loaded.config.project.main)
    forge = None if wish.demo else forge_of(loaded.config.forge, checkout)
    checkout = standing(checkout, forge)
    if forge is not None:  # of the repository's own settings those of the main that counts are in force
        loaded = settings_of(home, checkout, mirror, wish, env)
    database = database or open_home_database(home, loaded.config)
    name = loaded.config.project.name or checkout.path.name

    def tend(tx: Transaction) -> backlog.Repository:
        return backlog.tend(tx, name, str(checkout.path), checkout.main, tx.now())

    patient = None if forge is None else Patient(forge, time.monotonic)
    return Plant(home, loaded, database, database.write(tend), checkout, mirror, wish, forge=patient)


def open_home_database(home: Home, config: Config) -> Database:
    """The database the settings name, or the file in the data home, migrated."""
    database = open_database(config.database.url or f"sqlite:///{home.database}")
    migrate(database)
    return database


def settings_place(home: Home, path: Path) -> Path:
    """Where the owner's windlass.toml for a repository lies in the data home."""
    return _mirror_place(home, path) / SETTINGS_FILE


def site_of(
    plant: Plant, start: Starter, node: str, *, launcher: sandbox.Launcher | None = None
) -> dispatch.Site:
    """Everything a stage needs to act on the repository, whose lanes are set as the settings say."""
    config = plant.config
    runners = with_own_presets(runners_of(config), plant.home)
    dispatch.staff(runners)  # what is wrong with them is told now, not at the first task
    launcher = launcher or open_launcher(plant)
    _check_measurable(plant, launcher)
    if config.lanes.lane:
        plant.database.write(lambda tx: _set_lanes(tx, plant))
    return dispatch.Site(
        database=plant.database, repository=plant.repository, checkout=plant.checkout, mirror=plant.mirror,
        launcher=launcher, folders=_folders(plant.home), clock=system_clock,
        start=start, scope=scope_of(config),
        author=workspace.Author(config.land.author_name, config.land.author_email),
        runners=runners,
        node=node,
        verify={
            **asdict(config.verify), "figures": figures(config.ratchet.metric),
            "security": asdict(config.security),
        },
        ratchet=ratchet_table(config.ratchet.metric),
        conflicts=conflicts.generated.generated_table(config.conflicts.generated),
        autonomy=config.autonomy.level.value, land=plant.land,
        lease_s=config.dispatch.lease_s, attempts_max=config.dispatch.attempts_max,
        tries_max=config.land.attempts_max, at_once=config.land.at_once,
        spares=config.dispatch.spares, mesh=asdict(config.mesh),
        skills=skills_of(config), budget=plant.budget,
        forge=plant.forge, playbooks=plant.playbooks, kit=replace(plant.kit, programs=programs(plant.home)),
    )  # fmt: skip


def _check_measurable(plant: Plant, launcher: sandbox.Launcher) -> None:
    """A limit that nobody could hold against what is spent must not look like one."""
    if launcher.level is sandbox.Level.NONE and plant.budget.limits(*dispatch.budgets.METERED):
        raise Invalid(
            "[budget] or a profile limits requests, tokens or dollars, and without a sandbox nobody sees what"
            " is spent",
            hint="run in the sandbox, or limit turns and time instead",
        )


def runners_of(config: Config) -> dict[str, dispatch.RunnerSpec]:
    """The configured runners by name, in their order, then those of the profiles in force."""
    found = {plug.name: _spec(plug) for plug in config.dispatch.runners}
    for profile in config.agents.agent:
        spec = runner_of(profile)
        if spec is not None and profile.name in found:
            raise Invalid(
                f"runner {profile.name!r} and the profile of that name are two",
                hint="take the runner out of [dispatch] runners, or call one of them otherwise",
            )
        if spec is not None:
            found[profile.name] = spec
    return found


def runner_of(profile: Profile) -> dispatch.RunnerSpec | None:
    """What does a profile's work; None where it only has a lane for what is filed into it.

    A runner of a profile takes what the profile takes; where that is nothing, only what a person orders.
    """
    takes, limits = dict(profile.takes), profile.limits
    if profile.runner is None:
        return dispatch.RunnerSpec("outside", {"lane": profile.waits_in, **takes}) if takes else None
    spec = _spec(with_model(profile, profile.runner))
    return replace(
        spec, settings={**spec.settings, **(takes or {"sources": (dispatch.Spec.ORDERED,)})},
        limits=sandbox.Limits(wall_s=limits.time_s, memory_max=limits.memory_mb * MIB),
        prompt=profile.prompt, model=profile.model, requests_max=limits.requests, window_s=limits.window_s,
    )  # fmt: skip


def skills_of(config: Config) -> dict[str, tuple[str, ...]]:
    """What tasks of a lane ask of an instance: as the lane says, else as the profile that works there."""
    profiles = {profile.waits_in: profile.skills for profile in config.agents.agent}
    return {**profiles, **{lane.name: lane.skills for lane in config.lanes.lane}}


def _spec(plug: Plug) -> dispatch.RunnerSpec:
    settings = {name: value for name, value in plug.settings.items() if name != "provider"}
    return dispatch.RunnerSpec(plug.kind, settings, str(provider_named(plug)))


def _set_lanes(tx: Transaction, plant: Plant) -> None:
    """Lanes that the settings do not name stay as `windlass lane set` left them."""
    for lane in plant.config.lanes.lane:
        dispatch.lanes.change(
            tx, plant.repository.id, lane.name, tx.now(), limit=lane.limit, weight=lane.weight, by="settings"
        )


def open_launcher(plant: Plant) -> sandbox.Launcher:
    """The sandbox; only the owner's word, or the demo, whose code is ours, may do without one."""
    return launcher_of(plant.config.sandbox, trust=plant.wish.trust or plant.wish.demo)


def new_demo(home: Home) -> Path:
    """A fresh demo repository under the data home."""
    top = home.path / "demo"
    top.mkdir(mode=0o700, exist_ok=True)
    number = next(n for n in itertools.count(1) if not (top / str(n)).exists())
    return make_demo(top / str(number) / "shop").path


def _folders(home: Home) -> dispatch.Folders:
    return dispatch.Folders(home.attempts, home.checkouts, home.environments, home.patches, home.trash)


def scope_of(config: Config) -> policy.Scope:
    autonomy = config.autonomy
    return policy.Scope(
        restricted=autonomy.restricted, max_files=autonomy.max_files, max_lines=autonomy.max_lines,
        daily_prs=autonomy.daily_prs, max_wsjf=autonomy.max_wsjf,
        ci_failure_threshold=autonomy.ci_failure_threshold, min_coverage=autonomy.min_coverage,
        label=autonomy.label,
    )  # fmt: skip


def weights_of(config: Config) -> verify.evaluation.Weights:
    """How much each axis of an evaluation counts."""
    evaluate = config.evaluate
    return verify.evaluation.Weights(
        evaluate.performance, evaluate.quality, evaluate.security, evaluate.value
    )


def new_node_id() -> str:
    """A fresh name per boot: a node never comes back under an old one."""
    return f"node-{uuid.uuid4().hex[:12]}"


def _where(wish: Wish, env: Mapping[str, str]) -> Path:
    if wish.repo is not None:
        return wish.repo
    named = env.get("WINDLASS_PROJECT_PATH") or env.get("REPO_ROOT")
    return Path(named) if named else Path.cwd()


def _mirror_place(home: Home, path: Path) -> Path:
    """One folder per repository: a readable name, and a digest so that two of one name stay apart."""
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.name).strip(".-")[:40] or "repository"
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return home.mirrors / f"{readable}-{digest}"


def mirror_of(home: Home, checkout: workspace.Checkout) -> workspace.Mirror:
    try:
        return workspace.Mirror.create(
            _mirror_place(home, checkout.path), object_format=checkout.object_format
        )
    except OSError as error:
        raise trouble(home.path, error) from error


def settings_of(
    home: Home,
    checkout: workspace.Checkout,
    mirror: workspace.Mirror,
    wish: Wish,
    env: Mapping[str, str],
    *,
    owned: bytes | None = None,
) -> Loaded:
    """Lay all places of settings over each other; what the owner's file in the data home sets goes before
    the repository's own. `owned`: what that file is about to say, instead of what it says.
    """
    tree = mirror.tree_of(mirror.sync(checkout))
    founding = (SCOPE_FILE, AGENTS_FILE, RATCHET_FILE) if wish.founding else ()
    inside = _from_tree(mirror, tree, (SETTINGS_FILE, *founding))
    place = settings_place(home, checkout.path)
    agents = [(AGENTS_FILE, inside[AGENTS_FILE], True)] if AGENTS_FILE in inside else []
    if (mine := read_file(place.with_name(AGENTS_FILE))) is not None:
        agents.append((*mine, False))
    return load(
        env,
        user=read_file(user_file(env)),
        scope=inside.get(SCOPE_FILE),
        ratchet=inside.get(RATCHET_FILE),
        agents=agents,
        project=(SETTINGS_FILE, inside[SETTINGS_FILE]) if SETTINGS_FILE in inside else None,
        project_inside=True,
        owned=nearest([place]) if owned is None else (str(place), owned),
        flags=wish.flags,
    )


def _from_tree(mirror: workspace.Mirror, tree: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """The named top-level files of a tree; what is missing or too large for a settings file is left out."""
    oids = {entry.oid: entry.path for entry in mirror.files(tree) if entry.path in names}
    found = mirror.blobs(oids, SETTINGS_MAX)
    return {oids[oid]: content for oid, content in found if content is not None}
