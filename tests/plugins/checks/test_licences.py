"""Licences of what is really installed in the project's environment."""

import json
from collections.abc import Callable

import pytest

from windlass.plugins.checks.licences import parse_told
from windlass.verify import Outcome, Reading

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("lists", "outcome"),
    [
        ({"deny": ("AGPL-3.0-only",)}, Outcome.PASSED),
        ({"deny": ("MIT",)}, Outcome.FAILED),
        ({}, Outcome.UNKNOWN),
    ],
)
def test_what_is_installed_is_held_against_both_lists(
    read: Read, lists: dict[str, object], outcome: Outcome
) -> None:
    found = read("licences", {"a.py": b""}, table=lists)
    assert found.outcome is outcome, found
    if outcome is Outcome.FAILED:
        assert found.counts["|pytest MIT"] == 1


def test_licences_of_other_ecosystems_are_unknown(read: Read) -> None:
    found = read("licences", {"go.mod": b"", "uv.lock": b""}, table={"deny": ("AGPL-3.0-only",)})
    assert (found.outcome, "go.mod: licences are read" in found.detail) == (Outcome.UNKNOWN, True)
    assert "uv.lock" not in found.detail


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"[1]", b'[{"name": 1}]', b"[" * 200_000])
def test_a_report_that_is_none_is_unknown(content: bytes | None) -> None:
    assert parse_told(content) is None


@pytest.mark.parametrize(
    "told", [{"classifiers": 7}, {"classifiers": [["a"]]}, {"expression": 1}, {"name": 1}]
)
def test_a_distribution_that_says_nonsense_is_no_report(told: dict[str, object]) -> None:
    one = {"name": "a", "version": "1", "expression": None, "license": "", "classifiers": []}
    assert parse_told(json.dumps([one]).encode()) == [one]
    assert parse_told(json.dumps([{**one, **told}]).encode()) is None
