"""Two trees by turns: the answers, what they rest on, and what is no answer."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from windlass.dispatch import Site
from windlass.verify import Outcome, Reading, judge_tree
from windlass.verify.check import Role, Scene
from windlass.verify.judge import Compared, Delta, Ruling, rule
from windlass.verify.lab import labs
from windlass.verify.model import TIMED_OUT, UNRESOLVED
from windlass.verify.readings import Deadline, Planned
from windlass.verify.rounds import compare
from windlass.verify.settings import Settings

Tree = Callable[..., str]
SYNTAX = Compared("syntax", Reading("syntax", Outcome.PASSED))
LINT = Compared("lint", Reading("ruff_lint", Outcome.PASSED))


@dataclass
class Stopwatch:
    """Tells of hundredths of seconds as the tree has them in files `NAME/HUNDREDTHS`, with noise."""

    noise: float = 0.01
    p95: bool = False
    breaks_at: int = 0
    order: list[str] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def role(self) -> Role:
        return "benchmark"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        self.order.append("B" if "is_base" in scene.files else "A")
        if "broken" in scene.files or len(self.order) == self.breaks_at:
            return Reading("watch", Outcome.UNKNOWN, 1.0, detail="it fell")
        if "hangs" in scene.files:
            return Reading("watch", Outcome.UNKNOWN, 60.0, {TIMED_OUT: 1.0}, detail="did not end")
        found = {}
        for name in ("one", "two"):
            for percent in range(300):
                if f"{name}/{percent}" in scene.files:
                    found[f"seconds:{name}"] = percent / 100 * math.exp(self.rng.gauss(0, self.noise))
        return Reading("watch", Outcome.PASSED, 0.1, found | ({"p95_ms:one": 12.0} if self.p95 else {}))


Files = Mapping[str, bytes]


@pytest.fixture
def turns(site: Site, tree: Tree) -> Callable[..., tuple[Reading, Ruling]]:
    """The comparison of two trees by a stopwatch."""

    def run(
        change: Files, base: Files, watch: Stopwatch, *, paths: tuple[str, ...] = ("src/a.py",),
        limit_s: float = 60.0,
    ) -> tuple[Reading, Ruling]:  # fmt: skip
        trees = (tree(change), tree({**base, "is_base": b""}))
        with labs(site, Settings(benchmark_limit_s=limit_s), trees) as (candidate, before):
            check = Planned("watch", "benchmark", {"argv": ["python", "bench/a.py"]}, 1, watch)
            pair = compare(candidate, before, check, paths, deadline=Deadline.within(120.0))
        return pair.candidate, rule([pair, SYNTAX, LINT], Delta(), 75.0)

    return run


Turns = Callable[..., tuple[Reading, Ruling]]
OLD: Files = {"one/100": b"", "two/50": b""}


def test_runs_go_by_turns_and_a_slower_one_blocks_with_its_interval(turns: Turns) -> None:
    watch = Stopwatch()
    found, ruling = turns({"one/120": b"", "two/50": b""}, OLD, watch)
    assert "".join(watch.order).startswith("BA" + "BAAB" * 4)
    assert found.metrics["low"] > 1.05
    assert found.metrics["low"] <= 1.2 <= found.metrics["high"]
    assert ruling.outcome is Outcome.FAILED
    assert ruling.new[0].startswith("watch: slower than the base by more than 5 %: one +")
    assert "two" not in ruling.new[0]


def test_as_quick_passes_and_what_is_known_is_not_run_again(turns: Turns) -> None:
    watch = Stopwatch(p95=True)
    found, ruling = turns(OLD, OLD, watch)
    assert (found.outcome, ruling.outcome, ruling.doubts) == (Outcome.PASSED, Outcome.PASSED, ())
    assert found.metrics["p95_ms"] == found.metrics["base_p95_ms"] == 12.0
    assert found.detail.startswith("not slower than the base by 5 %: ")
    runs = len(watch.order)
    assert turns(OLD, OLD, watch)[0].metrics == found.metrics
    assert len(watch.order) == runs


def test_what_noise_hides_is_unknown_with_its_width_and_for_a_person(turns: Turns) -> None:
    found, ruling = turns(OLD, OLD, Stopwatch(noise=1.0), limit_s=2.0)
    assert found.outcome is Outcome.UNKNOWN
    assert found.metrics[UNRESOLVED]
    assert ruling.outcome is Outcome.PASSED
    (doubt,) = ruling.doubts
    assert doubt.startswith("watch: cannot resolve 5 % within 2 s or 200 pairs: ")


@pytest.mark.parametrize(
    ("change", "base", "outcome", "words"),
    [
        ({**OLD, "broken": b""}, OLD, Outcome.FAILED, "none on this one: it fell"),
        (OLD, {**OLD, "broken": b""}, None, "gives no figure on the base tree: it fell"),
        ({"broken": b""}, {"broken": b""}, Outcome.UNKNOWN, "it fell"),
        ({"one/100": b""}, OLD, None, "benchmarks of the base tree are gone: two"),
        ({"hangs": b""}, OLD, Outcome.FAILED, "did not end"),
    ],
)
def test_a_benchmark_that_tells_nothing_passes_nothing(
    turns: Turns, change: Files, base: Files, outcome: Outcome | None, words: str
) -> None:
    """`outcome` None: it is for a person."""
    _, ruling = turns(change, base, Stopwatch())
    assert ruling.outcome is (outcome or Outcome.PASSED)
    assert words in (ruling.new + ruling.unknown + ruling.doubts)[0]
    assert bool(ruling.doubts) is (outcome is None)


def test_a_change_of_the_benchmark_itself_is_for_a_person(turns: Turns) -> None:
    watch = Stopwatch()
    _, ruling = turns(OLD, OLD, watch, paths=("bench/a.py",))
    assert ruling.doubts == ("watch: the change alters the benchmark itself: bench/a.py",)
    assert watch.order == []


def test_a_run_that_breaks_later_ends_it_without_an_answer(turns: Turns) -> None:
    found, ruling = turns(OLD, OLD, Stopwatch(breaks_at=5))
    assert found.metrics[UNRESOLVED]
    assert "a run broke: it fell" in ruling.doubts[0]


def test_a_tree_that_is_its_own_base_is_only_measured(site: Site, tree: Tree) -> None:
    watch = Stopwatch(p95=True)
    with labs(site, Settings(), (tree(OLD),) * 2) as (one, same):
        check = Planned("watch", "benchmark", {"argv": ["x"]}, 1, watch)
        found = compare(one, same, check, (), deadline=Deadline.within(60.0)).candidate
    assert (found.outcome, found.metrics["p95_ms"], len(watch.order)) == (Outcome.PASSED, 12.0, 3)


def test_the_gate_runs_it_in_the_sandbox_and_sends_a_slower_change_back(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(benchmarks=["sh bench.sh"], fast=["true"], pr=["true"])
    files = {"bench.sh": b"cat seconds", "seconds": b"1.00", "a.py": b"A = 1\n"}
    base = site.mirror.write_tree(files)
    slow = site.mirror.write_tree({**files, "seconds": b"1.07"})
    words = site.mirror.write_tree({**files, "README.md": b"better words"})
    found = judge_tree(site, slow, base, ())
    assert found.outcome is Outcome.FAILED
    assert "more than 5 %: it +7.0 % (+7.0 % to " in found.reasons[0]
    kept = judge_tree(site, words, base, ())
    assert (kept.outcome, kept.doubts) == (Outcome.PASSED, ())
    assert kept.readings[-1].detail.startswith("measured alone")
