"""Licences: expressions as SPDX has them, and classifiers that may mean several."""

import pytest

from windlass.scan.licence import agreed, allows, expressions

ALLOW, DENY = ("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"), ("GPL-3.0-only", "AGPL-3.0-only")


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("MIT", True),
        ("ISC", False),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (Apache-2.0 OR ISC)", True),
        ("(MIT AND ISC) OR AGPL-3.0-only", False),
        ("LicenseRef-own", None),
        ("MIT OR LicenseRef-own", True),
        ("MIT AND LicenseRef-own", None),
        ("Apache-2.0 WITH LLVM-exception", False),
        ("MIT OR", True),
        ("", None),
        (")", None),
    ],
)
def test_an_expression_is_held_against_both_lists(expression: str, told: bool | None) -> None:
    assert allows(expression, ALLOW, DENY) is told


def test_without_a_list_of_what_is_allowed_all_is_that_is_not_denied() -> None:
    assert allows("ISC", (), DENY) is True
    assert allows("GPL-3.0-only WITH GCC-exception-3.1", (), DENY) is False
    assert allows("GPL-3.0-only OR MIT", (), DENY) is True


def told(*names: str) -> dict[str, object]:
    return {"classifiers": [f"License :: OSI Approved :: {name}" for name in names]}


def test_a_distribution_says_it_by_expression_then_by_field_then_by_classifier() -> None:
    assert expressions({"expression": "mit or apache-2.0", "license": "BSD"}) == ("MIT OR Apache-2.0",)
    assert expressions({"license": "mit", **told("ISC License (ISCL)")}) == ("MIT",)
    assert expressions({"license": "The whole text of it. " * 99, **told("MIT License")}) == ("MIT",)
    assert expressions({"license": "(" * 98 + "MIT" + ")" * 98}) in ((), ("(" * 98 + "MIT" + ")" * 98,))
    assert allows("(" * 98 + "MIT" + ")" * 98, ALLOW, DENY) is True
    assert expressions(told("Some Other License")) == ()
    assert expressions(told("MIT License", "Some Other License")) == ()
    assert expressions({}) == ()


def test_what_may_mean_several_is_known_where_all_agree() -> None:
    assert agreed(expressions(told("BSD License")), ALLOW, ()) is None
    assert agreed(expressions(told("BSD License")), (*ALLOW, "0BSD", "BSD-4-Clause"), ()) is True
    assert agreed(expressions(told("BSD License")), ("MIT",), ()) is False
    both = told("MIT License", "GNU General Public License v3 (GPLv3)")
    assert agreed(expressions(both), (), DENY) is None  # one of them is enough, or is not: it does not say
    assert agreed((), ALLOW, DENY) is None
