"""The mesh of this process: the fourteen tools over the repositories it tends."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from windlass.app.engine import Engine
from windlass.app.workflows import repository_of
from windlass.dispatch import Site, Task
from windlass.kernel import NotFound, WindlassError
from windlass.mesh import Mesh, MeshSettings, SiteSource, fitting, rules_of, texts
from windlass.mesh import procedure as procedure_of
from windlass.store import Database, Starter, Transaction
from windlass.workspace import Mirror


def mesh_of(database: Database, sites: Mapping[int, Site], engine: Engine) -> Mesh:
    """`sites`: the tended repositories by their numbers; none makes a server that takes no commits.

    Every call goes by the settings of its repository; of those that others tend the defaults are known.
    """
    source = SiteSource(sites) if sites else None
    own = {number: rules_of(site).settings for number, site in sites.items()}
    return Mesh(
        database, MeshSettings(), source=source, start=starter(engine), sop=procedures(sites),
        by_repository=own,
    )  # fmt: skip


def starter(engine: Engine) -> Starter:
    """Starts a workflow in the queue of whichever repository it is about."""

    def start(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
        repository = repository_of(tx, name, inputs)
        if repository is None:
            raise NotFound(f"workflow {key!r} is about nothing that is on record")
        engine.starter(repository)(tx, name, key, **inputs)

    return start


def procedures(sites: Mapping[int, Site]) -> Callable[[Task], str]:
    """The procedure for a task's role or lane: the repository's own, as it stands on main, or windlass's."""

    def procedure(task: Task) -> str:
        role = fitting(task.role, task.spec.runner)
        site = sites.get(task.repository_id)
        main = site.mirror.ref(site.main_ref) if site is not None else None
        if site is None or main is None:
            return procedure_of(role).text
        return _text(site.mirror, main, role)

    return procedure


@lru_cache(maxsize=256)
def _text(mirror: Mirror, commit: str, role: str) -> str:
    try:
        return procedure_of(role, texts(mirror, commit)).text
    except WindlassError:
        return procedure_of(role).text  # a tree that cannot be read stops no work
