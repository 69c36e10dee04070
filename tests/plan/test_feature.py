"""A feature falls into the parts that its text lists, and into nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.plan.feature import PARTS_MAX, TEXT_MAX, Form, decompose, meet, waves, width

KNOWN = ("shop/cart.py", "shop/total.py", "web/page.html", "docs/use.md", "README.md", "Makefile")


def titles(text: str) -> list[str]:
    return [part.title for part in decompose(text, KNOWN).parts]


def test_a_text_that_lists_nothing_is_one_part() -> None:
    found = decompose("  Add a basket to the shop.\nIt keeps what one bought. In 2 steps, or 3.\n", KNOWN)
    assert (found.form, len(found.parts), found.title) == (Form.WHOLE, 1, "Add a basket to the shop.")
    assert found.parts[0].paths == ()


@pytest.mark.parametrize(
    ("text", "form", "parts"),
    [
        ("Export\n1. parse\n   with care\n2. print\n\nIn Python.", Form.NUMBERS, ["parse", "print"]),
        ("Export\n- [x] parse\n- [ ] print\n- [ ] test", Form.CHECKLIST, ["print", "test"]),
        ("# Export\n## Parse ##\nLines.\n## Print\n- a\n- b", Form.SECTIONS, ["Parse", "Print"]),
        ("Export:\n* parse\n* print", Form.BULLETS, ["parse", "print"]),
        ("README.md: a\n`docs/use.md`: b", Form.PATHS, ["README.md: a", "`docs/use.md`: b"]),
        ("Export: 1) parse, 2) print", Form.INLINE, ["parse", "print"]),
        ("Since 2024. 1. Januar\n2024. x", Form.WHOLE, ["Since 2024. 1. Januar"]),
        ("Run\n```\n1. one\n2. two\n```", Form.WHOLE, ["Run"]),
        ("- only one", Form.WHOLE, ["- only one"]),
        ("note: a\nhint: b", Form.WHOLE, ["note: a"]),
    ],
)  # fmt: skip
def test_parts_are_what_is_listed(text: str, form: Form, parts: list[str]) -> None:
    found = decompose(text, KNOWN)
    assert (found.form, [part.title for part in found.parts]) == (form, parts)


def test_what_stands_outside_the_list_is_for_all() -> None:
    found = decompose("Export in shop/cart.py\n\n1. parse\n  well\n\n2. print\n\nKeep it small.", KNOWN)
    assert found.common == "Export in shop/cart.py\n\nKeep it small."
    assert [part.text for part in found.parts] == ["parse\n  well", "print"]
    assert [part.paths for part in found.parts] == [("shop/cart.py",)] * 2


def test_paths_are_told_from_words_by_the_tree() -> None:
    (part,) = decompose(
        "Change shop/cart.py, `shop/new.py` and docs/ but not a/b, `os.path`, `../x.py`, docs or `Makefile`.",
        KNOWN,
    ).parts
    assert part.paths == ("shop/new.py", "Makefile", "shop/cart.py", "docs/")


def test_parts_of_the_same_files_go_one_after_the_other() -> None:
    text = "1. a in shop/cart.py\n2. b in web/\n3. c in `shop/`\n4. d (after 2) in docs/ (after 1, 2)"
    found = decompose(text, KNOWN).parts
    assert [part.behind for part in found] == [(), (), (0,), ()]
    assert [part.after for part in found] == [(), (), (), (0, 1)]
    assert waves(found) == (0, 0, 1, 1)
    assert width(found) == 2


def test_a_part_without_paths_may_meet_every_other() -> None:
    assert width(decompose("- a\n- b in shop/cart.py\n- c in docs/", KNOWN).parts) == 2
    assert width(decompose("- a\n- b\n- c", KNOWN).parts) == 1


def test_a_ticked_box_is_needed_no_more() -> None:
    found = decompose("- [x] a\n- [ ] b (after 1) in web/\n- [ ] c in docs/ (after 1, 2)", KNOWN)
    assert (found.done, [part.after for part in found.parts]) == (1, [(), (0,)])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "1 to 20000 characters"), ("a" * (TEXT_MAX + 1), "not 20001"), ("a\x00b", "U\\+0000"),
        ("a\u202eb", "U\\+202E"), ("- a (after 2)\n- b", "part 1 is to come after part 2"),
        ("- a (after 0)\n- b", "after part 0"), ("- a (after 1)\n- b", "after part 1"),
        ("\n".join(f"- {n}" for n in range(PARTS_MAX + 1)), "more than 50"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_says_why(text: str, word: str) -> None:
    with pytest.raises(Invalid, match=word):
        decompose(text, KNOWN)


@pytest.mark.parametrize("text", ["- a\n" + " " * 9_000 + "(after", "# " + " #" * 9_000, "`" * 19_000])
def test_hostile_texts_cost_no_time(text: str) -> None:
    found = decompose(text, KNOWN)
    assert (found.text, len(found.parts)) == (text.strip(), 1)
    assert found.parts[0].title


_LINES = st.lists(
    st.sampled_from(
        ["", "1. a", "2. b", "3. c", "- [ ] x", "- [x] y", "- z (after 1)", "## H", "# T", "```",
         "shop/cart.py: q", "text `docs/use.md`", "  more", "1) u 2) v"]
    ), min_size=1, max_size=12,
).map("\n".join)  # fmt: skip


@given(_LINES | st.text(max_size=200))
def test_nothing_is_invented_and_the_order_is_sound(text: str) -> None:
    try:
        found = decompose(text, KNOWN)
    except Invalid:
        return
    words = set(re.findall(r"\w+", text))
    for number, part in enumerate(found.parts):
        assert part.title.strip()
        assert set(re.findall(r"\w+", part.text)) <= words
        assert all(before < number for before in (*part.after, *part.behind))
        clear = [n for n in range(number) if n not in (*part.after, *part.behind)]
        assert not any(meet(found.parts[n].paths, part.paths) for n in clear)
    assert 1 <= width(found.parts) <= len(found.parts)
