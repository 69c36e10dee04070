"""Have the host's pull requests say what the rows say. Each step may be repeated after a kill -9: what the
host was told is found there again, and only then put on record.
"""

from functools import partial
from typing import Final

from windlass import backlog, dispatch, policy
from windlass.backlog import ItemState
from windlass.dispatch import Site
from windlass.forge import Forge, Offer, Pulls, Rejected
from windlass.kernel import Conflict
from windlass.land import Landing
from windlass.pulls import records, taking, words
from windlass.pulls.model import Due, Over, Shown
from windlass.pulls.situation import look
from windlass.store import Transaction

AT_ONCE_MAX: Final = 20
"""Pull requests that one round opens, and that it closes."""


def tick(site: Site) -> None:
    """One round. In a pause nothing is opened or closed. Raises `Unreachable` where the host does not answer:
    what was not done is done in a later round.
    """
    forge = site.forge
    if forge is None or forge.pulls is None:
        return
    if site.database.read(lambda tx: policy.pauses.held(tx, site.repository.id)):
        return
    taking.tick(site, forge.pulls)
    found = site.database.read(lambda tx: look(tx, site))
    for over in found.over[:AT_ONCE_MAX]:
        try:
            _close(site, forge.pulls, over)
        except Rejected as error:
            _refused(site, over.landing, str(error))
    if found.watched:
        _watch(site, forge.pulls, found.watched)
    for due in found.due[:AT_ONCE_MAX]:
        try:
            _open(site, forge, forge.pulls, due)
        except (Rejected, Conflict) as error:  # a branch of that name that is not ours is a Conflict
            _refused(site, due.landing, str(error))


def _open(site: Site, forge: Forge, pulls: Pulls, due: Due) -> None:
    if due.asked is not None:
        dispatch.packs.bring_commit(site, due.commit)
    elif not site.mirror.exists(due.commit):
        return  # another server made it, and has it
    name = f"refs/heads/{due.branch}"
    if forge.ref(site.mirror, name) is None:
        message = f"windlass: offer task {due.landing.task_id}"
        forge.publish(site.mirror, due.commit, name, expected=None, message=message)
    offer = Offer(due.branch, due.landing.branch, words.title(due), words.body(due))
    pull = pulls.offer(offer)
    site.database.write(
        lambda tx: records.say(
            tx, due.landing, "pull.opened", tx.now(), number=pull.number, url=pull.url, branch=due.branch,
            commit=due.commit,
        )
    )  # fmt: skip


def _close(site: Site, pulls: Pulls, over: Over) -> None:
    """Say why and close it. A branch of ours that nobody has moved goes too."""
    shown = over.shown
    found = pulls.pull(shown.number)
    if found is None:
        raise Rejected(f"the host shows no pull request {shown.number} any more")
    if found.open:
        pulls.say(shown.number, words.plain(over.why))
        pulls.close(shown.number)
    if not found.merged:
        pulls.drop(site.mirror, shown.branch, shown.commit)
    _closed(site, over.landing, shown, over.why)


def _watch(site: Site, pulls: Pulls, watched: tuple[tuple[Landing, Shown, int | None], ...]) -> None:
    """A proposal that a person has merged is done, one that was closed is declined."""
    still = {one.number for one in pulls.opened()}
    gone = [(landing, shown, item) for landing, shown, item in watched if shown.number not in still]
    for landing, shown, item in gone[:AT_ONCE_MAX]:
        found = pulls.pull(shown.number)
        if found is None or found.open:
            continue  # it is not told who may see it, or how
        new, what = (ItemState.CLOSED, "merged") if found.merged else (ItemState.DECLINED, "closed")
        why = f"pull request {shown.number} was {what}"
        site.database.write(partial(_decided, landing=landing, shown=shown, item=item, new=new, why=why))


def _decided(
    tx: Transaction, *, landing: Landing, shown: Shown, item: int | None, new: ItemState, why: str
) -> None:
    if item is not None and backlog.item(tx, item).state is ItemState.PROPOSED:
        backlog.move_item(tx, item, new, tx.now(), reason=why, expected=ItemState.PROPOSED)
    records.say(tx, landing, "pull.closed", tx.now(), number=shown.number, reason=why)


def _closed(site: Site, landing: Landing, shown: Shown, why: str) -> None:
    site.database.write(
        lambda tx: records.say(tx, landing, "pull.closed", tx.now(), number=shown.number, reason=why)
    )


def _refused(site: Site, landing: Landing, why: str) -> None:
    site.database.write(
        lambda tx: records.say(tx, landing, "pull.refused", tx.now(), severity="warning", reason=why)
    )
