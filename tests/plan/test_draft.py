"""What a person is shown."""

import json
from dataclasses import replace

from windlass.backlog import Finding, Item, ItemState
from windlass.backlog.model import Urgency
from windlass.plan import draft
from windlass.plan.model import Proposal
from windlass.policy import Route, Scope, Work, assess

ITEM = Item(
    id=7, repository_id=1, key="k", source="sarif", rule="F401", category="lint",
    title="Remove unused imports", text="", value=1, criticality=1, risk_reduction=2, size=2,
    scored_by="default", boost=1.0,
    urgency=Urgency.STANDARD, due_at=None, state=ItemState.OPEN, reason="", fixable=True, labels=(),
    route=None, route_reasons=(), slice_files=None, created_at=1.0, updated_at=1.0, closed_at=None,
)  # fmt: skip


def proposal(count: int = 1, route: Route = Route.PLAN) -> Proposal:
    findings = tuple(
        Finding("sarif", "F401", f"f{n}", "a.py", n + 1, "x" * 9_000, "warning") for n in range(count)
    )
    work = Work("lint", "sarif", "F401", ("a.py",), True, "", 2.0, failures=1)
    return Proposal(ITEM, findings, ("a.py",), "mechanic", assess(work, Scope()), route)


def test_a_question_is_bounded_json() -> None:
    told = draft.context(proposal(5_000), Scope())
    assert len(json.dumps(told)) < 20_000
    assert told["findings_total"] == 5_000
    assert told["plan"]["steps"] == [{"path": "a.py", "rules": ["F401"], "findings": 5_000}]


def test_only_a_strict_route_has_an_audit() -> None:
    assert "audit" not in draft.context(proposal(), Scope())
    assert draft.context(proposal(route=Route.STRICT), Scope())["audit"] == draft.AUDIT


def test_the_key_names_what_is_asked() -> None:
    one = proposal(2)
    assert draft.key(one) == draft.key(replace(one, findings=one.findings[::-1]))
    others = [
        replace(one, runner="agent"),
        replace(one, route=Route.STRICT),
        replace(one, paths=("b.py",)),
        replace(one, findings=one.findings[:1]),
    ]
    assert len({draft.key(each) for each in [one, *others]}) == 5


def test_the_question_is_one_line() -> None:
    assert draft.question(proposal()) == "May mechanic do this (1 file, plan): Remove unused imports?"
