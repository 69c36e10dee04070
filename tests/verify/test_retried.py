"""Failed tests are run again until it is certain whose failure it is, through the real evidence."""

from collections.abc import Callable, Iterator

from windlass import flakes
from windlass.dispatch import Site
from windlass.flakes import Certainty
from windlass.verify.check import Role, Scene
from windlass.verify.judge import Compared, Delta, Ruling, rule
from windlass.verify.lab import labs
from windlass.verify.model import Outcome, Reading
from windlass.verify.readings import Deadline, Planned
from windlass.verify.rounds import compare
from windlass.verify.settings import Settings

CASE = "tests/test_add.py::test_add"
SYNTAX = Compared("syntax", Reading("syntax", Outcome.PASSED))
Tree = Callable[..., str]


class Coin:
    """A suite of one test with given results, run by run: on trees with a file `changed`, and on others.
    `others`: of the runs of everything on the first kind of trees after the first, where they differ.
    """

    def __init__(self, changed: str, base: str = "", others: str = "") -> None:
        self.results = {True: iter(changed), False: iter(base)}
        self.others = iter(others)
        self.runs = 0

    @property
    def role(self) -> Role:
        return "tests"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        self.runs += 1
        changed = "changed" in scene.files
        again = changed and not scene.only and self.runs > 2
        said = next(self.others if again else self.results[changed], "p")
        said = {"f": "failed", "p": "passed", "s": "skipped"}[said]
        outcome = Outcome.FAILED if said == "failed" else Outcome.PASSED
        return Reading("coin", outcome, 1.0, {"collected": 1.0}, {CASE: said})


def judged(
    site: Site, tree: Tree, coin: Coin, *, touched: str = "changed", number: int = 0
) -> tuple[Compared, Ruling]:
    trees = (tree({"changed": b"%d" % number}), tree())
    with labs(site, Settings(again_max=8), trees) as (candidate, base):
        check = Planned("coin", "coin", {}, 1, coin)
        pair = compare(candidate, base, check, (touched,), deadline=Deadline.within(600.0))
    return pair, rule([pair, SYNTAX], Delta(), 75.0)


def test_a_test_that_goes_on_failing_is_the_changes_after_one_more_run(site: Site, tree: Tree) -> None:
    pair, ruling = judged(site, tree, coin := Coin("ffffffff"))
    assert (ruling.outcome, len(pair.again), coin.runs) == (Outcome.FAILED, 1, 4)  # the base twice
    assert CASE in ruling.new[0]


def test_a_failure_that_does_not_come_again_is_the_tests(site: Site, tree: Tree) -> None:
    pair, ruling = judged(site, tree, Coin("fppppppp"))
    assert (ruling.outcome, ruling.flaky, pair.calls) == (Outcome.PASSED, (CASE,), {CASE: Certainty.FLAKY})
    assert 3 <= len(pair.again) <= 6


def test_what_passes_alone_and_fails_whenever_the_others_ran_before_it_is_the_changes(
    site: Site, tree: Tree
) -> None:
    _, ruling = judged(site, tree, Coin("fpppppppp", others="ff"))
    assert (ruling.outcome, ruling.flaky) == (Outcome.FAILED, ())
    assert ruling.new == (f"coin: 1 pass alone and fail after the others, on the base they pass: {CASE}",)


def test_it_is_flaky_once_it_passes_among_the_others(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Coin("fpppppppp", others="fp"))
    assert (ruling.outcome, ruling.flaky) == (Outcome.PASSED, (CASE,))


def test_what_was_not_seen_among_the_others_stays_unknown(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Coin("fpppppppp", others="ss"))
    assert (ruling.outcome, ruling.flaky, ruling.new) == (Outcome.UNKNOWN, (), ())


def test_a_change_that_makes_a_sound_test_fail_now_and_then_is_not_excused(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Coin("fpffpfff"))
    assert (ruling.outcome, ruling.flaky) == (Outcome.FAILED, ())


def test_what_stays_open_is_unknown_and_never_a_pass(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Coin("fpfppppfpf"))
    assert (ruling.outcome, ruling.new) == (Outcome.UNKNOWN, ())
    assert "not certain whose fault" in ruling.unknown[0]


def test_being_skipped_tells_nothing(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Coin("fssssssssss"))
    assert ruling.outcome is Outcome.FAILED


def test_a_test_that_the_change_touches_is_not_run_again_and_not_excused(site: Site, tree: Tree) -> None:
    pair, ruling = judged(site, tree, Coin("fppppppp"), touched="tests/test_add.py")
    assert (ruling.outcome, pair.again, pair.calls) == (Outcome.FAILED, (), {CASE: Certainty.REAL})


def test_what_fails_alone_on_the_base_too_was_there_before(site: Site, tree: Tree) -> None:
    _, ruling = judged(site, tree, Coin("ffffffff", base="pf"))
    assert ruling.outcome is Outcome.PASSED
    assert CASE in ruling.known[0]


def flipping(site: Site, tree: Tree, number: int) -> Iterator[str]:
    """The main branch moves on; on each of its trees the test flips, as evidence of ours says."""
    parents: tuple[str, ...] = ()
    expected = None
    for one in range(number):
        own = tree({"README": b"%d" % one})
        parents = (site.mirror.commit(own, parents, "on", site.author, float(one)),)
        site.mirror.set_ref(site.main_ref, parents[0], expected=expected)
        expected = parents[0]
        yield own


def quarantined(site: Site, tree: Tree) -> None:
    trees, now = list(flipping(site, tree, 6)), site.clock()
    for own in trees:
        for result in ("failed", "passed", "failed", "passed"):
            seen = flakes.Seen(site.repository.id, own, "env", {CASE: result}, now, whole=True)
            site.database.write(lambda tx, seen=seen: flakes.observe(tx, seen, lambda _: ()))
    number = site.repository.id
    (moved,) = site.database.write(lambda tx: flakes.settle(tx, number, trees, now, file=lambda _: 1))
    assert moved.flaky.test == CASE


def test_a_test_in_quarantine_runs_and_does_not_block_and_is_named(site: Site, tree: Tree) -> None:
    quarantined(site, tree)
    _, ruling = judged(site, tree, Coin("fp"))
    assert (ruling.outcome, ruling.quarantined, ruling.flaky) == (Outcome.PASSED, (CASE,), ())
    _, touched = judged(site, tree, Coin("fp"), touched="tests/test_add.py", number=1)
    assert touched.outcome is Outcome.FAILED
