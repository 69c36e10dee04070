"""The command of a comment: strict, bounded, and every mistake named with its place."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.plan.comment import COMMAND, COMMENT_MAX, COMPLEXITIES, INSTANCES_MAX, Asked, parse_comment
from windlass.plan.feature import TEXT_MAX

STRATEGIES = ("competition", "parallel", "tree")


def parse(text: str) -> Asked:
    return parse_comment(text, STRATEGIES)


def test_all_keys_in_any_order_over_several_lines() -> None:
    said = '\r\n/parallel-dev strategy=tree\r\n  instances=3 complexity=high feature="Add:\r\n- a'
    said += '\\n- \\"b\\" \\\\" \n'
    assert parse(said) == Asked('Add:\n- a\n- "b" \\', "tree", 3, "high")


def test_only_the_feature_is_needed() -> None:
    assert parse("/parallel-dev feature=basket") == Asked("basket")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1: /parallel-dev does not stand here"),
        ("please\n/parallel-dev feature=a", "line 1, column 1"),
        ("/parallel-developer feature=a", "column 14: a blank must stand here"),
        ("/parallel-dev", "names no feature"),
        ("/parallel-dev strategy=tree", "names no feature"),
        ('/parallel-dev feature=""', "1 to 20000 characters"),
        ("/parallel-dev feature=", "value of 'feature' cannot be read"),
        ('/parallel-dev feature="a', "column 23: the quote of 'feature' is not closed"),
        ('/parallel-dev feature="a\\x"', "is no escape"),
        ('/parallel-dev feature="a\\', "is no escape"),
        ("/parallel-dev feature=“a”", "is no straight quote"),
        ('/parallel-dev feature="a"strategy=tree', "a blank must stand here"),
        ('/parallel-dev feature="a" feature="b"', "column 27: 'feature' is given twice"),
        ("/parallel-dev feature=a stratgy=tree", "'stratgy' is no key"),
        ("/parallel-dev feature=a strategy = tree", "'strategy' has no value"),
        ("/parallel-dev feature=a thanks!", "'thanks' is no key"),
        ("/parallel-dev feature=a; rm -rf /", "value of 'feature' cannot be read"),
        ("/parallel-dev feature=a --land", "'--land' is no key"),
        ("/parallel-dev feature=a strategy=Tree", "strategy is never 'Tree'"),
        ("/parallel-dev feature=a instances=0", "instances is never '0'"),
        ("/parallel-dev feature=a instances=11", "instances is never '11'"),
        ("/parallel-dev feature=a instances=-1", "instances is never '-1'"),
        ("/parallel-dev feature=a instances=٣", "value of 'instances' cannot be read"),
        ("/parallel-dev feature=a instances=03", "instances is never '03'"),
        ("/parallel-dev feature=a complexity=huge", "complexity is never 'huge'"),
        ('/parallel-dev feature="a\x07"', "U\\+0007"),
        ('/parallel-dev feature="a\u202e"', "U\\+202E"),
        ('/parallel-dev feature="a\ud800"', "U\\+D800"),
        ("/parallel-dev\u00a0feature=a", "a blank must stand here"),
        ("/parallel-dev feature=a\nand more", "line 2, column 1: 'and' is no key"),
        ("/parallel-dev feature=" + "a" * 41, "cannot be read"),
        ('/parallel-dev feature="' + "a" * (TEXT_MAX + 1) + '"', "not 20001"),
        (f"{COMMAND} " + " " * COMMENT_MAX, "more than 65536"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        parse(text)
    assert len(str(caught.value)) < 300


_PLAIN = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \n\t"), min_size=1).filter(
    lambda text: text.strip()
)


@given(
    _PLAIN, st.sampled_from(["", *STRATEGIES]), st.none() | st.integers(1, INSTANCES_MAX),
    st.sampled_from(["", *COMPLEXITIES]), st.randoms(),
)  # fmt: skip
def test_what_is_written_is_read(
    text: str, strategy: str, instances: int | None, size: str, mix: random.Random
) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    pairs = [f'feature="{quoted}"']
    pairs += [f"strategy={strategy}"] if strategy else []
    pairs += [f"instances={instances}"] if instances else []
    pairs += [f"complexity={size}"] if size else []
    mix.shuffle(pairs)
    assert parse(f"{COMMAND} {' '.join(pairs)}") == Asked(text.strip(), strategy, instances, size)


_PIECES = st.sampled_from(
    [
        COMMAND,
        " ",
        "\n",
        "feature",
        "=",
        '"',
        "\\",
        "a",
        "strategy=tree",
        "instances=2",
        "“",
        "é",
        "\x00",
        "/",
    ]
)


@given(st.lists(_PIECES, max_size=20).map("".join) | st.text(max_size=60).map(f"{COMMAND} feature=".__add__))
def test_any_other_text_is_refused_or_read_within_bounds(text: str) -> None:
    try:
        found = parse(text)
    except Invalid:
        return
    assert found.feature.strip()
    assert found.strategy in ("", *STRATEGIES)
