"""Versions in the order of their ecosystem, by the orders that the standards print themselves."""

from itertools import pairwise

import pytest

from windlass.scan.version import key, name

PEP440 = ["1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0b1", "1.0rc1", "1.0", "1.0.post456", "1!0.1"]
SEMVER = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.0",
    "1.10.0",
]


@pytest.mark.parametrize(
    ("ecosystem", "order"), [("PyPI", PEP440), ("npm", SEMVER), ("crates.io", SEMVER), ("Go", SEMVER)]
)
def test_the_order_is_the_one_that_the_standard_prints(ecosystem: str, order: list[str]) -> None:
    assert all(key(ecosystem, one) < key(ecosystem, other) for one, other in pairwise(order))


def test_what_means_the_same_is_equal() -> None:
    assert key("PyPI", "1.0") == key("PyPI", "1.0.0")
    assert key("npm", "1.0.0+build.1") == key("npm", "1.0.0")
    assert key("Go", "v1.2.3") == key("Go", "1.2.3")


@pytest.mark.parametrize(
    ("ecosystem", "text"),
    [
        ("Maven", "1.0.0"),
        ("npm", "1.0"),
        ("npm", "latest"),
        ("PyPI", "yesterday"),
        ("npm", "1.0.0-" + "9" * 5000),
        ("PyPI", ""),
    ],
)
def test_no_order_is_guessed(ecosystem: str, text: str) -> None:
    assert key(ecosystem, text) is None


def test_names_compare_as_the_index_does() -> None:
    assert name("PyPI", "Ruamel_Yaml") == name("PyPI", "ruamel.yaml")
    assert name("npm", "Left_Pad") != name("npm", "left-pad")
