"""New, seen, moved, gone, returned: by table and by property."""

from hypothesis import given
from hypothesis import strategies as st

from windlass.backlog.identity import anchor_of, fingerprints
from windlass.backlog.model import FindingState, Hit, Report
from windlass.backlog.reconcile import Known, Plan, Tree, reconcile

HERE = Tree()


def hit(text: str, path: str = "a.py", line: int = 1) -> Hit:
    return Hit("TODO", path, line, text, "note", "technical-debt", "g", "t")


def known(hits: list[Hit], state: FindingState = FindingState.OPEN, missing: int = 0) -> list[Known]:
    names = fingerprints(hits)
    return [
        Known(n, name, anchor_of(h), h.path, h.line, state, missing)
        for n, (h, name) in enumerate(zip(hits, names, strict=True), 1)
    ]


def look(hits: list[Hit], *paths: str, **more: object) -> Report:
    looked = frozenset(paths) if paths else None
    return Report(tuple(hits), **{"coverage": 1.0, "looked": looked, **more})


def counts(plan: Plan) -> dict[str, int]:
    fields = ("new", "seen", "moved", "returned", "missing", "gone")
    return {f: len(getattr(plan, f)) for f in fields if getattr(plan, f)}


def after(plan: Plan, before: list[Known]) -> list[Known]:
    """What is on record once a plan was written."""
    rows = {k.id: k for k in before}
    for match in (*plan.seen, *plan.moved, *plan.returned):
        h = match.hit
        rows[match.known.id] = Known(
            match.known.id, match.fingerprint, anchor_of(h), h.path, h.line, FindingState.OPEN, 0
        )
    for k in plan.missing:
        rows[k.id] = Known(k.id, k.fingerprint, k.anchor, k.path, k.line, k.state, k.missing + 1)
    for k in plan.gone:
        rows[k.id] = Known(k.id, k.fingerprint, k.anchor, k.path, k.line, FindingState.GONE, 0)
    for h, name in plan.new:
        number = max(rows, default=0) + 1
        rows[number] = Known(number, name, anchor_of(h), h.path, h.line, FindingState.OPEN, 0)
    return list(rows.values())


def test_gone_once_when_the_file_was_read_again() -> None:
    assert counts(reconcile(known([hit("a"), hit("b")]), look([hit("a")], "a.py"), HERE)) == {
        "seen": 1,
        "gone": 1,
    }


def test_gone_twice_when_the_source_cannot_tell_what_it_read() -> None:
    before = known([hit("a")])
    first = reconcile(before, look([]), HERE)
    assert counts(first) == {"missing": 1}
    assert counts(reconcile(after(first, before), look([]), HERE)) == {"gone": 1}


def test_a_failed_or_partial_scan_closes_nothing() -> None:
    before = known([hit("a")], missing=1)
    assert counts(reconcile(before, look([], coverage=0.9), HERE)) == {}
    assert counts(reconcile(before, look([], "a.py", error="broke"), HERE)) == {}
    assert counts(reconcile(before, look([], error="broke"), Tree(deleted=frozenset({"a.py"})))) == {}


def test_what_was_not_read_stays() -> None:
    assert counts(reconcile(known([hit("a")]), look([], "other.py"), HERE)) == {}


def test_a_deleted_file_takes_its_findings_along() -> None:
    gone = Tree(deleted=frozenset({"a.py"}))
    assert counts(reconcile(known([hit("a")]), look([], coverage=0.5), gone)) == {"gone": 1}
    assert counts(reconcile(known([hit("a")]), look([]), Tree(present=frozenset({"b.py"})))) == {"gone": 1}


def test_a_renamed_file_moves_its_findings_by_the_rename() -> None:
    before = known([hit("same", "a.py"), hit("same", "b.py")])
    now = [hit("same", "c.py"), hit("same", "d.py")]
    tree = Tree(deleted=frozenset({"a.py", "b.py"}), renamed={"a.py": "d.py", "b.py": "c.py"})
    plan = reconcile(before, look(now, "a.py", "b.py", "c.py", "d.py"), tree)
    assert {m.known.path: m.hit.path for m in plan.moved} == {"a.py": "d.py", "b.py": "c.py"}
    assert counts(plan) == {"moved": 2}


def test_a_block_carried_to_another_file_moves() -> None:
    plan = reconcile(
        known([hit("carry me over")]), look([hit("carry me over", "b.py")], "a.py", "b.py"), HERE
    )
    assert counts(plan) == {"moved": 1}


def test_what_returns_is_the_same_finding() -> None:
    before = known([hit("a")], FindingState.GONE)
    plan = reconcile(before, look([hit("a", line=40)], "a.py"), HERE)
    assert counts(plan) == {"returned": 1}
    assert plan.returned[0].known.id == 1


def test_two_hits_with_one_tool_fingerprint_are_one_finding() -> None:
    one = Hit("R", "a.py", 1, "x", "note", "lint", "g", "t", tool_fingerprint="f")
    assert counts(reconcile([], look([one, one]), HERE)) == {"new": 1}


texts = st.sampled_from(["alpha one two", "beta one two", "gamma one two"])
hits = st.lists(
    st.builds(hit, texts, st.sampled_from(["a.py", "b.py", "c.py"]), st.integers(1, 60)), max_size=12
)


@given(hits, hits, st.booleans())
def test_the_same_report_twice_changes_nothing(old: list[Hit], new: list[Hit], tells: bool) -> None:
    before = known(old)
    report = look(new, "a.py", "b.py", "c.py") if tells else look(new)
    first = reconcile(before, report, HERE)
    settled = after(first, before)
    again = reconcile(settled, report, HERE)
    assert (again.new, again.moved, again.returned) == ((), (), ())
    assert len(again.seen) == len(new)
    if tells:
        assert (again.gone, again.missing) == ((), ())


@given(hits, hits)
def test_every_finding_ends_in_one_place_and_identities_are_never_shared(
    old: list[Hit], new: list[Hit]
) -> None:
    before = known(old)
    plan = reconcile(before, look(new, "a.py", "b.py", "c.py"), HERE)
    kept = [m.known.id for m in (*plan.seen, *plan.moved, *plan.returned)]
    assert len(kept) == len(set(kept))
    assert len(kept) + len(plan.gone) == len(before)
    assert len(kept) + len(plan.new) == len(new)
    names = [k.fingerprint for k in after(plan, before)]
    assert len(names) == len(set(names))
