"""Whoever holds the branch: where it is there, how the user's own follows, and what a refusal means."""

import shlex

from windlass import policy
from windlass.dispatch import Site
from windlass.events import Subject
from windlass.forge import Here, Rejected, Unreachable
from windlass.kernel import Unavailable
from windlass.land import asking, closing, records, riding
from windlass.land.desk import Desk
from windlass.land.model import Candidate, Cause, Landing, Member, Mode, Said
from windlass.land.publish import advice, host, target
from windlass.store import Transaction
from windlass.workspace import Moved


def waits(desk: Desk, old: Landing, why: Unreachable) -> None:
    """Nobody knows where the branch is: the landing stays as it is, says why, and `tick` starts it again."""
    desk.site.database.write(lambda tx: records.wait(tx, old, str(why), desk.now))


def follow(site: Site, landing: Landing) -> str:
    """Bring the user's own branch along where another host's has moved, if nothing of it is lost; what is
    left for the user to do.
    """
    where, name, commit = host(site, landing), target(landing), landing.proof.commit
    if isinstance(where, Here):
        return advice(site, landing)
    here = f"git -C {shlex.quote(str(site.checkout.path))}"
    try:
        mine = site.checkout.ref(name)
        if mine is None and landing.mode is Mode.LAND:
            return ""
        if mine is not None and not _below(site, mine, commit):
            return f"{here} pull --rebase  # {name} has commits of its own here, and stays"
        message = f"windlass: {landing.mode.value} on {where.name}"
        site.checkout.publish(site.mirror, commit, name, expected=mine, message=message)
    except (Moved, Unavailable) as error:
        return f"{here} pull  # {name} could not follow: {error}"
    return advice(site, landing, old="" if mine in (None, commit) else mine)


def _below(site: Site, mine: str, commit: str) -> bool:
    """Whether all that the user's branch holds is in what landed."""
    site.mirror.sync(site.checkout)
    return site.mirror.is_ancestor(mine, commit)


def refused(desk: Desk, lot: riding.Lot, why: Rejected) -> None:
    """The host refuses: nothing landed, the work is kept, and a person says whether to try again. Of a batch
    nobody knows whom it means: each goes by itself from here on.
    """

    def record(tx: Transaction) -> None:
        if len(lot) > 1:
            _apart(tx, desk, lot, str(why))
        else:
            _ask(tx, desk, lot[0][0], str(why))

    desk.site.database.write(record)


def _apart(tx: Transaction, desk: Desk, lot: riding.Lot, why: str) -> None:
    """The leader is built anew, alone; the batch is kept as one of that try, for nobody to ride again."""
    judged = records.batches.led_by(tx, lot[0][0])
    riding.rebuild(tx, lot[0][0], why, desk.now)
    again = records.landing(tx, lot[0][0].id)
    members: list[Member] = []
    for one, work in lot:
        proof = one.proof
        made = Candidate(proof.base, "", proof.commit, proof.tree, ())
        members.append(Member(one if members else again, work, made, policy.Change((), 0), why))
    number = records.batches.keep(tx, members, Said.UNCLEAR, why, seconds=judged.seconds, now=desk.now)
    tasks = [one.task_id for one, _ in lot]
    for one, _ in lot:
        records.say(
            tx, one, "landing.split", desk.now, severity="warning", batch=number, said=Said.UNCLEAR.value,
            tasks=tasks, reason=why,
        )  # fmt: skip


def _ask(tx: Transaction, desk: Desk, old: Landing, why: str) -> None:
    key = f"refused:{old.id}:{old.tries}"
    task = closing.beginning(tx, old)
    context = {"landing": old.id, "commit": old.commit, "ref": target(old), "refusal": why}
    policy.ask(
        tx, key, f"{task.title!r} was refused where it was to land: try again?", context,
        (old.mode.value, asking.DECLINE), kind="landing", now=desk.now, priority=1,
        about=Subject(old.repository_id, task.item_id, old.task_id, old.fence),
    )  # fmt: skip
    closing.block(tx, old, Cause.REFUSED, why, desk.site.start, now=desk.now, decision=key)
