"""The supervision gate: tables, and two properties over all work."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.policy import Route, Scope, Work, assess, route
from windlass.policy.model import Assessment, Grade

SCOPE = Scope()
PLAIN = Work(
    category="lint",
    source="sarif",
    rule="F401",
    paths=("src/a.py",),
    fixable=True,
    severity="error",
    wsjf=1.0,
)


def routed(work: Work, scope: Scope = SCOPE) -> Route:
    return route(assess(work, scope))


def test_plain_mechanical_work_goes_through_without_reasons() -> None:
    assert assess(PLAIN, SCOPE) == Assessment(Grade.LOW, Grade.LOW, ())
    assert routed(PLAIN) is Route.AUTO


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"paths": tuple(f"src/{n}.py" for n in range(11))}, "11 files, more than 10"),
        ({"paths": ()}, "no path is known"),
        ({"lines": 201}, "201 lines, more than 200"),
        ({"size": 5}, "job size 5"),
        ({"category": "Refactor"}, "kind 'Refactor'"),
        ({"wsjf": 2.01, "fixable": False}, "wsjf 2.01"),
        ({"wsjf": float("nan"), "fixable": False}, "wsjf nan"),
        ({"failures": 1}, "1 earlier attempt"),
    ],
)
def test_complex_work_waits_for_a_plan_and_says_why(change: dict[str, object], fact: str) -> None:
    assessment = assess(replace(PLAIN, **change), SCOPE)
    assert route(assessment) is Route.PLAN
    assert len(assessment.reasons) == 1
    assert fact in assessment.reasons[0]


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"category": "security"}, "kind 'security'"),
        ({"severity": "critical"}, "severity 'critical'"),
        ({"severity": "never heard of"}, "severity 'never heard of'"),
        ({"failures": 2}, "2 earlier attempts"),
        ({"paths": (".github/workflows/ci.yml",)}, "restricted by the automation scope (.github/workflows/)"),
        ({"paths": ("pkg/SECRETS/x",)}, "guards keys or secrets"),
        ({"paths": ("app/migrations/0001_x.py",)}, "migrates stored data"),
        ({"paths": ("src/auth.py",)}, "decides who may do what"),
        ({"paths": ("src/PaymentForm.tsx",)}, "moves money"),
        ({"paths": ("sub/.gitattributes",)}, "how git treats files"),
        ({"paths": ("poetry.lock",)}, "pins dependencies"),
        ({"paths": ("AGENTS.md",)}, "instructs agents"),
    ],
)
def test_risky_work_is_strict_and_says_why(change: dict[str, object], fact: str) -> None:
    assessment = assess(replace(PLAIN, **change), SCOPE)
    assert route(assessment) is Route.STRICT
    assert any(reason.startswith("risk: ") and fact in reason for reason in assessment.reasons)


def test_many_sensitive_paths_are_counted_not_listed() -> None:
    assessment = assess(replace(PLAIN, paths=tuple(f"auth/{n}.py" for n in range(100))), SCOPE)
    assert "risk: 90 more sensitive paths" in assessment.reasons
    assert len(assessment.reasons) == 12


@pytest.mark.parametrize("complexity", list(Grade))
def test_high_risk_is_strict_at_any_complexity(complexity: Grade) -> None:
    assert route(Assessment(complexity, Grade.HIGH, ())) is Route.STRICT


ORDER = {Route.AUTO: 0, Route.PLAN: 1, Route.STRICT: 2}
PATHS = st.sampled_from(
    ["a.py", "src/b.py", "auth/x.py", "go.sum", ".github/workflows/a.yml", "docs/a.md", "payments.py"]
)
WORK = st.builds(
    Work,
    category=st.sampled_from(["lint", "todo", "bug", "security", "refactor", "odd"]),
    source=st.just("s"),
    rule=st.just("r"),
    paths=st.lists(PATHS, max_size=12, unique=True).map(tuple),
    fixable=st.booleans(),
    severity=st.sampled_from(["", "note", "warning", "error", "high", "critical", "odd"]),
    wsjf=st.floats(0, 40),
    lines=st.none() | st.integers(0, 1000),
    failures=st.integers(0, 4),
    size=st.sampled_from([1, 2, 3, 5, 8, 13]),
)


@given(WORK, st.integers(0, 5), st.integers(0, 500), PATHS, st.sampled_from(["critical", "security"]))
def test_more_risk_never_loosens_the_route(
    work: Work, failures: int, lines: int, path: str, word: str
) -> None:
    before = ORDER[routed(work)]
    worse = [
        replace(work, failures=work.failures + failures),
        replace(work, lines=(work.lines or 0) + lines),
        replace(work, wsjf=work.wsjf + failures),
        replace(work, severity=word),
        replace(work, category="security"),
    ]
    if work.paths and path not in work.paths:
        worse.append(replace(work, paths=(*work.paths, path)))
    assert all(ORDER[routed(other)] >= before for other in worse)


@given(WORK)
def test_a_narrower_scope_never_loosens_the_route(work: Work) -> None:
    narrow = Scope(restricted=("src/", *SCOPE.restricted), max_files=1, max_lines=10, max_wsjf=0.5)
    assert ORDER[routed(work, narrow)] >= ORDER[routed(work)]


@given(WORK)
def test_a_high_grade_has_a_reason_and_a_reason_makes_a_high_grade(work: Work) -> None:
    found = assess(work, SCOPE)
    for axis, grade in (("complexity: ", found.complexity), ("risk: ", found.risk)):
        assert any(reason.startswith(axis) for reason in found.reasons) is (grade is Grade.HIGH)


@given(WORK)
def test_every_reason_names_its_fact(work: Work) -> None:
    facts = [
        *work.paths,
        repr(work.category),
        repr(work.severity),
        f"job size {work.size}",
        f"{len(work.paths)} files",
        f"{work.lines} lines",
        f"wsjf {work.wsjf:.2f}",
        f"{work.failures} earlier",
        "no path",
        "more sensitive paths",
    ]
    assert all(any(fact in reason for fact in facts) for reason in assess(work, SCOPE).reasons)
