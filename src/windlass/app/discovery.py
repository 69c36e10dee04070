"""One pass over the sources, with a clean checkout in the sandbox for those that run a tool."""

import secrets
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from windlass import backlog, dispatch, policy, sandbox, workspace
from windlass.app.config_values import Plug
from windlass.app.wiring import Plant, Wish, open_launcher, open_plant
from windlass.dispatch import Site
from windlass.kernel import Invalid, Ran, Tools, system_clock
from windlass.sandbox import Launcher, Mount

TARGET: Final = "/repository"
PREFIX: Final = "discover-"
LEFT: Final = (f"{PREFIX}*", ".fresh-*")


class TreeRun:
    """Runs programs in the sandbox over one tree; the checkout is made when the first program asks for it."""

    def __init__(self, mirror: workspace.Mirror, launcher: Launcher, folder: Path, commit: str) -> None:
        self._mirror, self._launcher = mirror, launcher
        self._tree = mirror.tree_of(commit)
        # Two repositories may hold the same tree, and be looked at at the same time.
        self._place = folder / f"{PREFIX}{self._tree[:12]}-{secrets.token_hex(4)}"
        self._ready, self._lent = False, ExitStack()

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        if not self._ready:
            shutil.rmtree(self._place, ignore_errors=True)
            copy = workspace.lent_checkout(self._mirror, self._tree, self._place, pool=None)
            self._lent.enter_context(copy)
            self._ready = True
        tools, folder = dispatch.box.own_tools()
        given = {"PATH": f"/usr/local/bin:/usr/bin:/bin:{folder}"}
        run = sandbox.as_run(
            self._launcher, (Mount(self._place, TARGET), *tools), TARGET, given, sandbox.Limits()
        )
        return run(argv, timeout_s=timeout_s, stdin=stdin, env=env)

    def close(self) -> None:
        self._lent.close()
        shutil.rmtree(self._place, ignore_errors=True)


def sweep(folder: Path) -> int:
    """Remove what killed passes left behind; only the owner of the data home may. How many."""
    left = [path for mark in LEFT for path in folder.glob(mark)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def discover(plant: Plant, site: Site) -> backlog.Discovery:
    """Look with every configured source; one that fails is reported and the rest goes on."""
    return _discover(plant, site.launcher)


def look_for_work(
    wish: Wish, env: Mapping[str, str], *, only: Sequence[str], sarif: Path | None, dry_run: bool
) -> backlog.Discovery:
    """`windlass discover`: one pass, outside of a run. In a pause only a dry one."""
    with open_plant(wish, env) as plant, plant.home.own(system_clock()):
        if not dry_run:
            plant.database.read(lambda tx: policy.pauses.check(tx, plant.repository.id, "the look for work"))
        sweep(plant.home.checkouts)
        launcher = open_launcher(plant)
        extra = [] if sarif is None else [Plug("sarif_file", "sarif_file", settings={"path": str(sarif)})]
        return _discover(plant, launcher, only=only, extra=extra, dry_run=dry_run)


def _discover(
    plant: Plant,
    launcher: Launcher,
    *,
    only: Sequence[str] = (),
    extra: Sequence[Plug] = (),
    dry_run: bool = False,
) -> backlog.Discovery:
    commit = plant.main_now()
    run = TreeRun(plant.mirror, launcher, plant.home.checkouts, commit)
    try:
        tools = Tools(clock=system_clock, run=run, secret=_no_secret)
        plugs = [*_chosen(plant, only), *extra]
        sources = [backlog.SOURCES.open(plug.kind, plug.settings, tools) for plug in plugs]
        now = plant.database.read(lambda tx: tx.now())
        return backlog.discover(
            plant.database,
            plant.repository,
            plant.mirror,
            commit,
            sources,
            run=run,
            now=now,
            write=not dry_run,
        )
    finally:
        run.close()


def _chosen(plant: Plant, only: Sequence[str]) -> list[Plug]:
    """The configured sources by name; unknown names are an error that lists the known ones."""
    plugs = {plug.name: plug for plug in plant.config.backlog.sources}
    if unknown := [name for name in only if name not in plugs]:
        raise Invalid(f"no source {unknown[0]!r} is configured", hint=f"known: {', '.join(plugs)}")
    return [plugs[name] for name in only] or list(plugs.values())


def _no_secret(name: str) -> str:
    raise Invalid(f"secret {name!r} is not available to sources")
