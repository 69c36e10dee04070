"""Public names before and after, and whether a change speaks of them."""

import pytest

from windlass.plan import Demand, Playbook
from windlass.verify import Outcome
from windlass.verify.face import is_face, is_words, names, ruled, undocumented

OLD = '''
LIMIT: int = 3

def total(prices, *, tax=0):
    """Add up."""

def _hidden(a): ...

class Cart:
    """Things."""
    def add(self, thing): ...
    def _sort(self): ...
'''


def found(before: str, after: str) -> list[str]:
    return list(undocumented(names("shop/cart.py", before), names("shop/cart.py", after)))


def test_public_names_have_their_signatures() -> None:
    told = {name: one.signature for name, one in names("shop/cart.py", OLD).items()}
    assert told == {
        "LIMIT": "LIMIT: int", "total": "total(prices, *, tax=0)", "Cart": "class Cart()",
        "Cart.add": "Cart.add(thing)",
    }  # fmt: skip
    assert list(names("shop/cart.py", '__all__ = ["total"]\n' + OLD)) == ["total"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("def _hidden(a)", "def _hidden(b)", []),
        ("tax=0", "tax=1", ["total(prices, *, tax=0) became total(prices, *, tax=1)"]),
        ("LIMIT: int = 3", "", ["LIMIT: int is gone"]),
        ("LIMIT: int = 3", "LIMIT: int = 4", []),
        ("LIMIT", "def half(a): ...\nLIMIT", ["half(a) is new"]),
        ("LIMIT", 'def half(a):\n    """Halve."""\nLIMIT', []),
        ("    def add(self, thing): ...\n", "", ["Cart.add(thing) is gone"]),
        ("class Cart:", "class _Cart:", ["class Cart() is gone"]),
    ],
)
def test_what_changed_without_a_word_is_named(old: str, new: str, told: list[str]) -> None:
    assert found(OLD, OLD.replace(old, new, 1)) == told


def test_a_new_signature_with_a_new_docstring_is_spoken_of() -> None:
    assert found(OLD, OLD.replace("tax=0", "tax=1").replace("Add up.", "Add up, with tax.")) == []


def test_which_files_are_words_and_which_have_a_face() -> None:
    assert all(map(is_words, ("docs/a.html", "README", "CHANGELOG.txt", "changes/1.toml", "a/b.rst")))
    assert not any(map(is_words, ("shop/cart.py", "shop/docs.py", "pyproject.toml")))
    assert is_face("src/shop/__init__.py")
    assert not any(map(is_face, ("src/_shop/a.py", "src/shop/_a.py", "tests/test_a.py", "setup.py", "a.md")))


@pytest.mark.parametrize(
    ("docs", "outcome", "doubts", "known"),
    [
        (Demand.NOTE, Outcome.PASSED, 0, 1), (Demand.ASK, Outcome.PASSED, 1, 0),
        (Demand.REFUSE, Outcome.FAILED, 0, 0), (Demand.NONE, Outcome.PASSED, 0, 0),
    ],
)  # fmt: skip
def test_the_playbook_says_what_silence_comes_to(
    docs: Demand, outcome: Outcome, doubts: int, known: int
) -> None:
    ruling, asked = ruled(Playbook("own", "Own.", (), docs=docs), ["a.py: f() is new"], "")
    assert (ruling.outcome, len(asked), len(ruling.known)) == (outcome, doubts, known)
    blind, _ = ruled(Playbook("own", "Own.", (), docs=docs), [], "a.py cannot be read")
    assert (blind.outcome is Outcome.UNKNOWN) is (docs in (Demand.ASK, Demand.REFUSE))
