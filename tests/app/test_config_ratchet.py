"""How metrics are written in windlass.toml and in quality_ratchet.json."""

import json

import pytest

from windlass.app.config import load
from windlass.app.config_ratchet import figures, legacy_metrics, ratchet_table
from windlass.kernel import Invalid
from windlass.ratchet import parse_metrics

FOUNDING = {
    "global_targets": {
        "coverage_percent_min": 70.0, "mutation_score_min": 60.0, "performance_p95_max": 500.0,
        "flaky_test_count_max": 2, "security_issues_max": 0,
    },
    "ratchet_settings": {
        "min_improvement_threshold": 0.5, "regression_tolerance": 1.0,
        "consecutive_improvements_required": 2,
    },
}  # fmt: skip
"""What the founding document has."""


def toml(text: str) -> object:
    return load({}, project=("windlass.toml", text.encode())).config.ratchet.metric


def test_metrics_are_read_and_shown_again() -> None:
    (size,) = load(
        {},
        project=(
            "windlass.toml",
            b'[[ratchet.metric]]\nname = "size"\nbetter = "down"\ncommand = "sh size.sh"\nevery = "7d"\n',
        ),
    ).config.ratchet.metric
    assert (size.every_s, figures([size])) == (604800.0, (("size", "sh size.sh"),))
    assert size in parse_metrics(ratchet_table([size]))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('name = "size"', "needs better and command"),
        ('name = "coverage"\nevery = "soon"', "every is no time"),
        ('name = "coverage"\nstep = "x"', "step must be a number"),
        ('name = "coverage"\n[[ratchet.metric]]\nname = "coverage"', "is named twice"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_place(line: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        toml(f"[[ratchet.metric]]\n{line}\n")
    assert "windlass.toml: ratchet.metric" in str(caught.value)


def test_the_founding_file_says_where_bounds_begin() -> None:
    config = load({}, ratchet=json.dumps(FOUNDING).encode()).config
    by_name = {one.name: one for one in parse_metrics(ratchet_table(config.ratchet.metric))}
    assert {name: by_name[name].start for name in ("coverage", "mutation", "p95", "flaky", "security")} == {
        "coverage": 70.0, "mutation": 60.0, "p95": 500.0, "flaky": 2, "security": 0,
    }  # fmt: skip
    assert {by_name["coverage"].threshold, by_name["coverage"].tolerance} == {0.5, 1.0}


def test_windlass_toml_goes_before_the_founding_file() -> None:
    mine = b'[[ratchet.metric]]\nname = "coverage"\nstart = 50\n'
    config = load({}, ratchet=json.dumps(FOUNDING).encode(), project=("windlass.toml", mine)).config
    assert [one.start for one in config.ratchet.metric] == [50]


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"global_targets": 3}', '{"global_targets": {"speed_min": 3}}',
                '{"global_targets": {"coverage_percent_min": "x"}}', "[" * 100_000],
)  # fmt: skip
def test_a_broken_founding_file_is_told(content: str) -> None:
    with pytest.raises(Invalid):
        legacy_metrics(content)
    with pytest.raises(Invalid, match=r"quality_ratchet\.json"):
        load({}, ratchet=content.encode())
