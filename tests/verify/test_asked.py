"""Checks that a person asked for by name."""

import pytest

from windlass.kernel import Invalid
from windlass.verify.asked import known, missing, wanted

CHECKS = [("pytest", "tests"), ("pytest:again-1", "tests"), ("contracts", "scan"), ("service:shop", "scan")]


def test_a_check_goes_by_its_name_its_beginning_its_role_and_its_group() -> None:
    def found(*only: str) -> list[str]:
        return [check[0] for check in CHECKS if wanted(check, only)]

    assert found() == [check[0] for check in CHECKS]
    assert found("tests") == found("pytest") == ["pytest", "pytest:again-1"]
    assert found("pytest:again-1") == ["pytest:again-1"]
    assert found("service") == found("service:shop") == ["service:shop"]
    assert found("contract") == ["contracts", "service:shop"]
    assert found("contract", "tests") == found("scan", "pytest") == [check[0] for check in CHECKS]
    assert found("shop") == []


def test_a_word_that_no_check_goes_by_is_refused_with_those_there_are() -> None:
    known(("contract", "pytest"), CHECKS)
    with pytest.raises(Invalid, match="no check here is called 'lint'") as refused:
        known(("tests", "lint"), CHECKS)
    assert "contracts, pytest" in refused.value.hint


def test_what_was_asked_for_and_gave_no_result_is_no_pass() -> None:
    assert missing(("tests", "contract"), CHECKS[1:3]) == ()
    assert missing(("tests", "contract"), CHECKS[2:]) == ("tests was asked for, and gave no result",)
    assert missing(("tests",), []) == ("tests was asked for, and gave no result",)
