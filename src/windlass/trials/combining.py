"""One submission from the commits that were chosen: as it stands, or several merged in memory."""

from collections.abc import Sequence

from windlass import dispatch
from windlass.dispatch import Site, Submission
from windlass.trials.model import Trial
from windlass.workspace import Conflicted


def combined(site: Site, trial: Trial, chosen: Sequence[Submission]) -> tuple[Submission | None, list[str]]:
    """What the trial's task is to offer, from the trial's own base; None, and why, when there is nothing."""
    if not chosen:
        return None, []
    for one in chosen:
        dispatch.packs.bring(site, one)
    made = chosen[0].commit
    for one in chosen[1:]:
        merged = site.mirror.merge(trial.base, made, one.commit)
        if isinstance(merged, Conflicted):
            return None, [f"The parts cannot be merged: {', '.join(merged.paths[:10])}."]
        message = f"Put together the parts of task {trial.task}"
        made = site.mirror.commit(merged.tree, [trial.base], message, site.author, site.clock())
    tree = site.mirror.tree_of(made)
    changes = site.mirror.changed(trial.base, made, renames=False)
    files = tuple(sorted({path for change in changes for path in (change.old_path, change.path)}))
    lines = site.mirror.diffstat(trial.base, made).lines
    sandbox = "none" if any(one.sandbox == "none" for one in chosen) else chosen[0].sandbox
    return Submission(
        chosen[0].task_id, chosen[0].fence, made, tree, trial.base, files, lines, sandbox,
        note=" ".join(one.note for one in chosen).strip(),
    ), []  # fmt: skip
