"""`[[verify.test]]` and `leave_out` as people write them."""

import pytest

from windlass.app.config_suites import SuiteSetting, hosts, leave_outs, suite_tables
from windlass.app.config_values import Complaint

GOOD = {"name": "jest", "command": "npx jest --ci", "report": "junit:junit.xml"}


def test_a_table_becomes_a_suite_and_back() -> None:
    shape = suite_tables("a list of tests")
    made = shape.read([GOOD, {**GOOD, "name": "more", "coverage": "lcov:coverage/lcov.info"}])
    assert made[0] == SuiteSetting("jest", "npx jest --ci", "junit:junit.xml")
    assert made[1].coverage == "lcov:coverage/lcov.info"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"report": "xunit:a"}, "[0].report"), ({"report": ""}, "[0].report"), ({"name": "a:b"}, "[0].name"),
        ({"coverage": "lcov:"}, "[0].coverage"), ({"command": "'"}, "[0].command"),
        ({"argv": "x"}, "[0].argv"),
    ],
)  # fmt: skip
def test_every_mistake_is_told_where_it_is(change: dict[str, str], at: str) -> None:
    with pytest.raises(Complaint) as caught:
        suite_tables("a list of tests").read([{**GOOD, **change}])
    assert [fault.at for fault in caught.value.faults] == [at]


@pytest.mark.parametrize(
    "word",
    [
        "pytest", "contracts ../x", "documents /etc", "deselected-tests a)", "npm-e2e x", "npm-test",
    ],
)  # fmt: skip
def test_only_what_is_known_and_paths_inside_can_be_left_out(word: str) -> None:
    good = ("documents", "contracts a/** b.json", "deselected-tests gpu net", "weekly-tests", "npm-test.e2e")
    assert leave_outs("a list").read(list(good)) == good
    with pytest.raises(Complaint):
        leave_outs("a list").read([word])


def test_a_host_is_a_name_and_nothing_more() -> None:
    assert hosts("a list of hosts").read(["npm.example.com"]) == ("npm.example.com",)
    with pytest.raises(Complaint) as caught:
        hosts("a list of hosts").read(["https://npm.example.com", "a.b/c", "localhost"])
    assert [fault.at for fault in caught.value.faults] == ["[0]", "[1]", "[2]"]
