"""The gate: run what is missing on both trees, tier by tier, judge, and keep the verdict."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain

from windlass import dispatch
from windlass.dispatch import Submission, Task, submission
from windlass.kernel import NotFound
from windlass.store import Transaction
from windlass.verify import asked, cycle, leaks, patched
from windlass.verify.environment import sweep as sweep_environments
from windlass.verify.expecting import CORE
from windlass.verify.guard import Looked, look, told
from windlass.verify.judge import Compared, Delta, Ruling, rule
from windlass.verify.lab import Lab, environments_of, labs, sweep_checkouts
from windlass.verify.model import TIMED_OUT, UNRUN, Deferred, Judgement, Outcome, Reading, Unable, held
from windlass.verify.objection import Objection
from windlass.verify.overlay import expectations, texts_of
from windlass.verify.planning import ListedCheck, Tier, listed, planned, test_files
from windlass.verify.readings import Deadline, Planned
from windlass.verify.records import keep_verdict, passed, unjudged
from windlass.verify.rounds import compare, settle
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site
from windlass.workspace import Change, Conflicted

Heard = Callable[[str, Reading | None], None]
"""Told of a check that begins (None) and of what it came to, from several threads."""
Judge = Callable[[Site, str, str, Sequence[str]], Judgement]
"""Judges a tree against its base tree, given the changed paths: `judge_tree`, or one who remembers."""


def _unheard(check: str, reading: Reading | None) -> None:
    """Nobody is told."""


@dataclass(slots=True)
class _Run:
    """What one judgement has gathered so far; `no` is set once the verdict can only be no. `end`: when the
    time for all of it is over, where there is such a bound.
    """

    end: float = math.inf
    pairs: list[Compared] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)
    unable: dict[str, Unable] = field(default_factory=dict)
    heard: Heard = _unheard
    no: threading.Event = field(default_factory=threading.Event)

    @property
    def bounded(self) -> bool:
        return self.end < math.inf

    @property
    def ran(self) -> frozenset[str]:
        """Tests of the candidate that ran so far."""
        cases = (case for pair in self.pairs for case in pair.candidate.cases.items())
        return frozenset(case for case, result in cases if result != "skipped")

    @property
    def lost(self) -> tuple[Unable, ...]:
        """What could not start, and of what a part could not."""
        part = [pair.candidate for pair in self.pairs if pair.candidate.metrics.get(UNRUN)]
        return (*self.unable.values(), *(Unable(one.check, one.detail) for one in part))

    def refuse(self, reasons: Sequence[str]) -> None:
        """Start nothing more, where there are reasons to say no already."""
        if reasons:
            self.no.set()

    def take(self, stage: Tier) -> None:
        """Keep what a tier leaves out."""
        self.deferred += stage.deferred
        self.unable.update((one.check, one) for one in stage.unable)


def judge_tree(
    site: Site, tree: str, base_tree: str, changed: Sequence[str], *, tiers: Sequence[int] = (0, 1),
    within_s: float | None = None, only: Sequence[str] = (), secrets: bool = True, heard: Heard = _unheard,
) -> Judgement:  # fmt: skip
    """Judge `tree` against `base_tree`: evidence is reused, the rest runs in clean checkouts in the sandbox;
    unless that is done elsewhere, commit by commit, secrets are looked for in what differs.

    Each tier has its budget; what does not end in it is unknown. With `within_s`, all tiers together have no
    more than that, and it is deferred instead. With `only` no other checks run than those of these names.
    Never raises for what the tree does; Unavailable when the place itself is broken (no mirror, no database).
    """
    found = _checked(site, tree, base_tree, changed, tiers=tiers, within_s=within_s, only=only, heard=heard)
    return leaks.hold_tree(site, found) if secrets else found


def _checked(
    site: Site, tree: str, base_tree: str, changed: Sequence[str], *, tiers: Sequence[int] = (0, 1),
    within_s: float | None = None, only: Sequence[str] = (), heard: Heard = _unheard,
) -> Judgement:  # fmt: skip
    """By the checks alone."""
    settings, started = parse_settings(site.verify), time.monotonic()
    changes = site.mirror.changed(base_tree, tree)
    paths = tuple(dict.fromkeys((*changed, *(path for one in changes for path in (one.path, one.old_path)))))
    run = _Run(end=math.inf if within_s is None else started + within_s, heard=heard)
    with labs(site, settings, (tree, base_tree)) as (candidate, base), _early(candidate):
        _known(only, candidate, tiers)
        looked = _looked(changes, candidate, base)
        delta, refused = delta_of(changes, looked), looked.refusals
        run.refuse(refused)
        for tier in sorted(tiers):
            done = {p.candidate.check for p in run.pairs if p.candidate.outcome is not Outcome.UNKNOWN}
            stage = planned(candidate, paths, tier, done=done, only=only)
            run.take(stage)
            if run.no.is_set():
                run.deferred += [_left(stage, one, "not needed, the verdict was no") for one in stage.checks]
                continue
            _run_tier(run, stage, (candidate, base), paths, delta)
        pairs, late = settle(run.pairs, settings)
        judged = rule(pairs, delta, settings.coverage_min, python=candidate.facts.python, only=only)
        ruling = Ruling(new=refused) if refused else judged
        good = ruling.outcome is Outcome.PASSED
        doubts = told(expectations(looked, candidate, base, pairs, tiers)) if good else ()
        patch = patched.look(site.mirror, (base_tree, tree), changes, pairs, settings)
    return held(Judgement(
        tree, base_tree, ruling.outcome, tuple(dict.fromkeys((*ruling.new, *ruling.unknown))), ruling.known,
        ruling.flaky, _open((*run.deferred, *late), pairs), time.monotonic() - started, tuple(sorted(tiers)),
        tuple(pair.candidate for pair in run.pairs), (*doubts, *ruling.doubts),
        base_readings=tuple(pair.base for pair in run.pairs if pair.base is not None),
        quarantined=tuple(dict.fromkeys(ruling.quarantined)), patch=patch, unable=run.lost,
    ))  # fmt: skip


def _known(only: Sequence[str], candidate: Lab, tiers: Sequence[int]) -> None:
    """Raise Invalid when a check is asked for that is none."""
    every = chain.from_iterable(listed(candidate, tier) for tier in tiers) if only else ()
    asked.known(only, [(line.name, line.role) for line in every])


@contextmanager
def _early(lab: Lab) -> Iterator[None]:
    """Have the files of a tree written while it is read and its checks are planned."""
    with ThreadPoolExecutor(1, thread_name_prefix="checkout") as pool:
        pool.submit(lambda: lab.checkout)
        yield


def verify_submission(site: Site, task_id: int, fence: int, *, judge: Judge = _checked) -> Judgement:
    """Judge what the pinned commit of one submission would make of the branch, and hold it to what its task
    asks for.
    """
    found = site.database.read(lambda tx: submission(tx, task_id, fence))
    if found is None:
        raise NotFound(f"task {task_id} has no submission with fence {fence}")
    task = site.database.read(lambda tx: dispatch.task(tx, task_id))
    tree, base_tree = _landing_trees(site, task, found)
    judgement = leaks.hold(site, found, judge(site, tree, base_tree, found.files))
    return cycle.hold(site, task, judgement)


def _landing_trees(site: Site, task: Task, found: Submission) -> tuple[str, str]:
    """The tree to judge and its base: of work that lands next the merge with main as we saw it last, so that
    nothing is judged twice while main stays. By itself, on the base it was made from: what others build upon
    or compare, and what cannot be merged, which the landing tells. A revert against what it brings back.
    """
    mirror, main = site.mirror, site.mirror.ref(site.main_ref)
    if not task.role and main and main != found.base and mirror.is_ancestor(found.base, main):
        merged, base_tree = mirror.merge(found.base, main, found.commit), mirror.tree_of(main)
        if not isinstance(merged, Conflicted) and merged.tree != base_tree:
            return merged.tree, task.restores(found) or base_tree
    return found.tree, task.restores(found) or mirror.tree_of(found.base)


def record_verdict(tx: Transaction, found: Submission, judgement: Judgement, now: float) -> None:
    """Keep the verdict of a submission, or of the tree that landing makes of it, with its event."""
    keep_verdict(tx, found.task_id, found.fence, judgement, now)


def green(tx: Transaction, tree: str, base_tree: str) -> bool:
    """Whether the newest verdict on exactly this tree against exactly this base is a pass."""
    return passed(tx, tree, base_tree)


def plan_checks(site: Site, tree: str, *, tiers: Sequence[int] = (0, 1)) -> list[ListedCheck]:
    """What would run on a tree, in which tier, and why not: for the doctor. Starts nothing of the tree."""
    settings = parse_settings(site.verify)
    with labs(site, settings, (tree,)) as (lab,):
        return [line for tier in sorted(tiers) for line in listed(lab, tier)]


def tick(site: Site, now: float) -> int:
    """Start the verification of every submission without a verdict, and sweep what killed ones left; how many
    started.
    """
    sweep_checkouts(site.folders.checkouts)
    sweep_environments(environments_of(site, parse_settings(site.verify)))

    def start(tx: Transaction) -> int:
        waiting = unjudged(tx, site.repository.id)
        for task, fence in waiting:
            site.start(tx, "verify", f"verify:{task}:{fence}", task=task, fence=fence)
        return len(waiting)

    return site.database.write(start)


def delta_of(changes: Sequence[Change], looked: Looked) -> Delta:
    """What the change did, as the rule of the gate takes it."""
    renames = {change.old_path: change.path for change in changes if change.status == "R"}
    deleted = frozenset(change.path for change in changes if change.status == "D")
    return Delta(renames, deleted, looked.successors)


def _looked(changes: Sequence[Change], candidate: Lab, base: Lab) -> Looked:
    """What the guard says; what it reads is hostile, and a change that breaks it must not pass."""
    try:
        return look(texts_of(candidate.site.mirror, changes, candidate, base), test_files(base))
    except (RecursionError, ValueError, TypeError, MemoryError) as error:
        what = f"the change cannot be read: {type(error).__name__}: {error}"
        path = changes[0].path if changes else ""
        return Looked((Objection(path, 1, what, "write it in a plainer way"),))


def _run_tier(run: _Run, stage: Tier, trees: tuple[Lab, Lab], paths: Sequence[str], delta: Delta) -> None:
    """Run one tier's checks, some at a time, until its budget ends; what runs is finished, what did not start
    is deferred.
    """
    candidate, base = trees
    settings = candidate.settings
    # Made once, before checks run side by side, and not on the tier's account.
    _ = candidate.environment, base.environment, candidate.packages, base.packages
    deadline = min(run.end, time.monotonic() + settings.budget_s(stage.tier))
    ran, alone = run.ran, [check for check in stage.checks if check.check.role == "benchmark"]

    def one(check: Planned) -> Compared | Deferred:
        left = deadline - time.monotonic()
        if run.no.is_set():
            return _left(stage, check, "not started, the verdict was no")
        if left < 1.0 and (check not in alone or run.bounded):
            return _left(stage, check, f"the time of tier {stage.tier} was over")
        if run.bounded and _too_long(stage, check, left):
            return _left(stage, check, f"does not fit into the {left:.0f} s that were left")
        run.heard(check.id, None)
        pair = compare(candidate, base, check, paths, deadline=Deadline(deadline))
        run.heard(check.id, pair.candidate)
        pair = replace(pair, elsewhere=ran) if check.further else pair
        if run.bounded and _late(pair):
            return _left(stage, check, f"did not end within the {left:.0f} s that were left")
        if rule([pair], delta, settings.coverage_min).outcome is Outcome.FAILED:
            run.no.set()
        return pair

    with ThreadPoolExecutor(max(1, settings.parallel), thread_name_prefix="check") as pool:
        futures: list[Future[Compared | Deferred]] = [
            pool.submit(one, check) for check in stage.checks if check not in alone
        ]
        results = [future.result() for future in futures]
        for result in chain(results, map(one, alone)):  # what is timed runs with nothing of ours beside it
            if isinstance(result, Deferred):
                run.deferred.append(result)
            else:
                run.pairs.append(result)
                run.deferred += [result.left_out] if result.left_out else []


def _open(deferred: Sequence[Deferred], pairs: Sequence[Compared]) -> tuple[Deferred, ...]:
    """What was left out, without that of which a later tier did the whole."""
    done = {pair.candidate.check for pair in pairs if pair.candidate.outcome is not Outcome.UNKNOWN}
    left = (one for one in deferred if not {one.check, one.check.partition(":")[0]} & done)
    return tuple(dict.fromkeys(left))


def _left(stage: Tier, check: Planned, why: str) -> Deferred:
    known = stage.expected[check.id]
    return Deferred(check.id, why, known.seconds if known.runs else None)


def _too_long(stage: Tier, check: Planned, left: float) -> bool:
    """Whether it is known not to fit; of a whole test run a part may."""
    known = stage.expected[check.id]
    return check.check.role not in (*CORE, "tests") and bool(known.runs) and known.seconds > left


def _late(pair: Compared) -> bool:
    """Whether time ran out, on the tree or on its base, and nothing says that it is the change's fault."""
    base, found = pair.base, pair.candidate
    if base is not None and base.outcome is not Outcome.UNKNOWN:
        return False
    short = base is not None and found.outcome is Outcome.FAILED and base.metrics.get(TIMED_OUT)
    return bool(found.metrics.get(TIMED_OUT) or short)
