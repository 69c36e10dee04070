from windlass import verify
from windlass.trials.model import Pattern, Plan, Variant
from windlass.trials.patterns import Again, Take, Tried, resolution, step

ev = verify.evaluation
W = ev.Weights()


def worth(score: float, *, runs: tuple[float, ...] = (), refused: str = "") -> verify.evaluation.Evaluation:
    figure = ev.Figure(ev.Axis.PERFORMANCE, "wall time", score, 1.0, 1.0, "s", runs=runs)
    return ev.Evaluation("t", "b", 1.0, 5, (figure,), refused)


def tried(number: int, score: float | None, *, round_: int = 1, name: str = "", why: str = "") -> Tried:
    found = None if score is None else worth(score)
    return Tried(number, name or f"n{number}", round_, None if score is None else f"c{number}", found, why)


def plan(pattern: Pattern, count: int = 2, **more: int) -> Plan:
    return Plan(pattern, tuple(Variant(f"n{n + 1}", "r") for n in range(count)), **more)  # type: ignore[arg-type]  # depth


def test_the_best_of_a_competition_is_taken() -> None:
    found = step(plan(Pattern.COMPETITION), 1, [tried(1, 0.2), tried(2, 0.8)], W)
    assert isinstance(found, Take)
    assert found.tasks == (2,)


def test_nobody_is_taken_where_nobody_offers_anything() -> None:
    found = step(plan(Pattern.COMPETITION), 1, [tried(1, None, why="it broke"), tried(2, None)], W)
    assert isinstance(found, Take)
    assert found.tasks == ()
    assert "N1 offers nothing: it broke." in found.told


def test_two_variants_come_with_a_word_on_whether_the_runs_tell_them_apart() -> None:
    apart = resolution({"a": worth(0.5, runs=(1.0, 1.1)), "b": worth(0.4, runs=(1.2, 1.3))})
    mixed = resolution({"a": worth(0.5, runs=(1.0, 1.25)), "b": worth(0.4, runs=(1.2, 1.3))})
    assert "The difference in wall time is resolved" in apart[0]
    assert "is not resolved: the runs overlap" in mixed[0]
    found = step(plan(Pattern.AB), 1, [tried(1, 0.2), tried(2, None, why="it broke")], W)
    assert isinstance(found, Take)
    assert found.tasks == (1,)
    assert found.told[0].startswith("Only one of the two was measured")


def test_a_chain_goes_on_from_the_commit_before_and_takes_the_last() -> None:
    chain = plan(Pattern.ROLE, 3)
    second = step(chain, 1, [tried(1, 0.5)], W)
    assert second == Again((chain.variants[1],), "c1")
    nothing = Tried(2, "n2", 2, None, None, "nothing to change")
    third = step(chain, 2, [tried(1, 0.5), nothing], W)
    assert third == Again((chain.variants[2],), "c1")
    last = step(chain, 3, [tried(1, 0.5), nothing, tried(3, 0.1, round_=3)], W)
    assert isinstance(last, Take)
    assert last.tasks == (3,)


def test_a_chain_ends_with_whoever_breaks() -> None:
    found = step(plan(Pattern.ROLE, 2), 1, [tried(1, None, why="it broke")], W)
    assert isinstance(found, Take)
    assert found.tasks == ()


def test_all_parts_are_taken_or_none() -> None:
    parts = plan(Pattern.PARALLEL)
    whole = step(parts, 1, [tried(1, 0.1), tried(2, 0.9)], W)
    assert isinstance(whole, Take)
    assert whole.tasks == (1, 2)
    broken = step(parts, 1, [tried(1, 0.1), tried(2, None, why="it broke")], W)
    assert isinstance(broken, Take)
    assert broken.tasks == ()


def test_a_tree_goes_on_from_its_best_and_prunes_the_rest() -> None:
    found = step(plan(Pattern.TREE, depth=2), 1, [tried(1, 0.3), tried(2, 0.6)], W)
    assert isinstance(found, Again)
    assert found.base == "c2"
    assert [one.name for one in found.variants] == ["n1.2", "n2.2"]
    assert "pruned: n1" in found.told[0]


def test_a_tree_ends_where_it_gets_no_better_and_where_it_is_deep_enough() -> None:
    first = [tried(1, 0.3), tried(2, 0.6)]
    worse = step(plan(Pattern.TREE, depth=3), 2, [*first, tried(3, 0.5, round_=2)], W)
    better = step(plan(Pattern.TREE, depth=2), 2, [*first, tried(3, 0.9, round_=2)], W)
    assert isinstance(worse, Take)
    assert worse.tasks == (2,)
    assert isinstance(better, Take)
    assert better.tasks == (3,)
