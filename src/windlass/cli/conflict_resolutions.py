"""`windlass conflicts resolutions`: what was learned of conflicts, and what shall be forgotten of it."""

from dataclasses import asdict

from windlass import conflicts
from windlass.cli.opening import opened
from windlass.cli.render import emit, table
from windlass.kernel import NotFound, iso


def show_resolutions(repo: str | None, forget: str | None, *, as_json: bool, fields: str | None) -> None:
    """All that are known, newest first; with `forget` what is left without that one."""
    with opened(repo) as plant:
        repository = plant.repository.id
        if forget and not plant.database.write(lambda tx: conflicts.account.forget(tx, repository, [forget])):
            raise NotFound(f"no resolution {forget!r}", hint="windlass conflicts resolutions")
        found = plant.database.read(lambda tx: conflicts.account.resolutions(tx, repository))
    rows = [(one.id, one.path, one.task, one.commit[:12], iso(one.at), one.used) for one in found]
    emit(
        [{**asdict(one), "at": iso(one.at)} for one in found], as_json=as_json, fields=fields,
        lines=lambda: table(("ID", "PATH", "TASK", "COMMIT", "LEARNED", "USED"), rows)
        if rows
        else ["Nothing was learned of conflicts yet."],
    )  # fmt: skip
