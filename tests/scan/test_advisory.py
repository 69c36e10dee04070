"""Which versions an advisory is about, by the events of its ranges."""

from typing import Any

import pytest

from windlass.scan import about


def entry(ecosystem: str, *events: dict[str, str], kind: str = "ECOSYSTEM", **more: Any) -> dict[str, Any]:
    ranges = [{"type": kind, "events": list(events)}] if events else []
    return {
        "id": "X-1",
        "affected": [{"package": {"ecosystem": ecosystem, "name": "Demo_Pkg"}, "ranges": ranges, **more}],
    }


TWICE = ({"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"fixed": "2.1"})


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("0.1", True),
        ("1.1.9", True),
        ("1.2", False),
        ("1.2rc1", True),
        ("1.9", False),
        ("2.0", True),
        ("2.0.5", True),
        ("2.1", False),
        ("3", False),
        ("no version", None),
    ],
)
def test_a_range_of_python_follows_pep_440(version: str, told: bool | None) -> None:
    assert about(entry("PyPI", *TWICE), "PyPI", "demo-pkg", version) is told
    assert about(entry("PyPI", *reversed(TWICE)), "PyPI", "demo-pkg", version) is told


@pytest.mark.parametrize(
    ("events", "version", "told"),
    [
        (({"introduced": "1.0.0"}, {"last_affected": "1.4.0"}), "1.4.0", True),
        (({"introduced": "1.0.0"}, {"last_affected": "1.4.0"}), "1.4.1", False),
        (({"introduced": "1.0.0"}, {"last_affected": "1.4.0"}), "0.9.0", False),
        (({"introduced": "0"}, {"fixed": "1.10.0"}), "1.9.9", True),
        (({"introduced": "0"}, {"fixed": "1.10.0"}), "1.10.0-rc.1", True),
        (({"introduced": "0"}, {"limit": "1.0.0"}), "1.0.0", False),
        (({"introduced": "0"}, {"limit": "*"}), "9.0.0", True),
        (({"introduced": "0"}, {"limit": "1.0.0"}, {"limit": "*"}), "9.0.0", True),
        (({"fixed": "1.0.0"},), "0.1.0", None),
        (({"introduced": "0"},), "99.0.0", True),
        (({"introduced": "0"}, {"fixed": "soon"}), "1.0.0", None),
    ],
)
def test_a_range_of_npm_follows_semantic_versioning(
    events: tuple[dict[str, str], ...], version: str, told: bool | None
) -> None:
    assert about(entry("npm", *events, kind="SEMVER"), "npm", "Demo_Pkg", version) is told


def test_listed_versions_count_whatever_the_ranges_say() -> None:
    assert about(entry("PyPI", versions=["1.0"]), "PyPI", "demo-pkg", "1.0.0") is True
    assert about(entry("PyPI", versions=["1.0"]), "PyPI", "demo-pkg", "1.1") is False
    assert about(entry("Maven", versions=["1.0"]), "Maven", "Demo_Pkg", "1.0") is True


def test_what_cannot_be_compared_is_unknown_and_what_is_withdrawn_is_not_about_it() -> None:
    assert about(entry("Maven", {"introduced": "0"}), "Maven", "Demo_Pkg", "1.0") is None
    assert about(entry("PyPI", {"introduced": "abc"}, kind="GIT"), "PyPI", "demo-pkg", "1.0") is None
    assert (
        about({**entry("PyPI", {"introduced": "0"}), "withdrawn": "2024"}, "PyPI", "demo-pkg", "1") is False
    )
    assert about(entry("PyPI", {"introduced": "0"}), "PyPI", "other", "1") is False
    assert about(entry("PyPI", {"introduced": "0"}), "npm", "Demo_Pkg", "1.0.0") is False


@pytest.mark.parametrize(
    "broken",
    [
        {"affected": 3},
        {"affected": [3, {"package": 4}, {"package": {"ecosystem": 5}}]},
        {
            "affected": [
                {"package": {"ecosystem": "PyPI", "name": "demo-pkg"}, "ranges": "x", "versions": {"a": 1}}
            ]
        },
        {
            "affected": [
                {"package": {"ecosystem": "PyPI", "name": "demo-pkg"}, "ranges": [{"events": [7, {"x": 1}]}]}
            ]
        },
    ],
)
def test_a_broken_entry_clears_nobody(broken: dict[str, Any]) -> None:
    assert about(broken, "PyPI", "demo-pkg", "1.0") is None
