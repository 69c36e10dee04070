"""A merge of baselines never loosens a bound, and what cannot be told stays a conflict."""

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from windlass.conflicts.baseline import bounds, counts
from windlass.conflicts.model import Open, Sides

NUMBERS = st.one_of(st.integers(0, 100), st.floats(0, 100))
TARGETS = st.dictionaries(st.sampled_from(("coverage_percent_min", "p95_max", "flaky_max")), NUMBERS)
RULES = st.dictionaries(st.just("regression_tolerance"), NUMBERS)
FILES = st.fixed_dictionaries({"global_targets": TARGETS, "ratchet_settings": RULES})
LISTS = st.dictionaries(
    st.sampled_from("xyz"),
    st.dictionaries(st.sampled_from("rs"), st.fixed_dictionaries({"count": st.integers(1, 9)})),
)


def told(document: object) -> bytes:
    return json.dumps(document).encode()


def read(content: bytes | Open) -> dict:
    assert not isinstance(content, Open), content
    return json.loads(content)


def looser(before: dict, after: dict) -> list[str]:
    """The bounds of `quality_ratchet.json` that are weaker afterwards, or gone."""
    found = []
    for table in before:
        for name, value in before[table].items():
            now = after.get(table, {}).get(name)
            better = now is not None and (now >= value if name.endswith("_min") else now <= value)
            found += [] if better else [name]
    return found


@given(FILES, FILES)
def test_no_bound_of_either_side_is_loosened_whichever_comes_first(ours, theirs) -> None:
    whole = read(bounds(Sides(b"{}", told(ours), told(theirs))))
    assert looser(ours, whole) == looser(theirs, whole) == []
    assert read(bounds(Sides(None, told(theirs), told(ours)))) == whole
    assert bounds(Sides(None, told(ours), told(ours))) == told(ours)
    assert read(bounds(Sides(None, told(whole), told(theirs)))) == whole


@given(LISTS, LISTS)
def test_nothing_is_put_up_with_that_one_side_no_longer_has(ours, theirs) -> None:
    whole = read(counts(Sides(None, told(ours), told(theirs))))
    for path, rules in whole.items():
        for rule, one in rules.items():
            assert one["count"] == min(ours[path][rule]["count"], theirs[path][rule]["count"])
    assert read(counts(Sides(None, told(theirs), told(ours)))) == whole


def test_a_thousand_random_histories_have_no_conflict_and_loosen_nothing() -> None:
    """Both sides go on from one file, each tightening some bounds and loosening others."""
    rng = random.Random(11)
    conflicts = loosened = 0
    for _ in range(1_000):
        base = {
            "global_targets": {f"m{n}_{rng.choice(('min', 'max'))}": rng.randint(1, 99) for n in range(8)}
        }
        main = base
        for _landing in range(rng.randint(1, 5)):
            moves = (0, 0, 0, 1, 5, -1, -5)
            branch = {"global_targets": {
                name: value + rng.choice(moves) for name, value in base["global_targets"].items()
            }}  # fmt: skip
            found = bounds(Sides(told(base), told(main), told(branch)))
            conflicts += isinstance(found, Open)
            loosened += len(looser(main, read(found)))
            main = read(found)
    assert (conflicts, loosened) == (0, 0)


def test_what_cannot_be_told_stays_a_conflict() -> None:
    def why(ours: bytes, theirs: bytes = b"{}") -> str:
        found = bounds(Sides(None, ours, theirs))
        assert isinstance(found, Open)
        return found.why

    assert "no JSON" in why(b"<<<<<<< ours")
    assert why(b'{"a_min": 1, "a_min": 2}') == "it names a key twice"
    assert why(b'{"a_min": NaN}') == "it holds NaN"
    assert why(b"[1]") == "it is no table"
    assert why(b'{"size": 1}', b'{"size": 2}') == "nobody knows which 'size' is stricter: 1 or 2"
    assert why(b'{"a_min": true}', b'{"a_min": 2}') == "nobody knows which 'a_min' is stricter: True or 2"
    assert "deeper" in why(b'{"a":' * 40 + b"1" + b"}" * 40, b'{"a":' * 40 + b"2" + b"}" * 40)
