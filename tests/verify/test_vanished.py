"""What a change took away from the product, and what it only moved."""

import ast

import pytest

from windlass.verify.testcode import read
from windlass.verify.vanished import vanished

LONG = "    whole = 0\n    for price in prices:\n        whole += price\n    return whole\n"
CART = {"src/shop/cart.py": f"def total(prices):\n{LONG}\nclass Cart:\n    def add(self): ...\n"}


def test_what_is_gone_is_deleted() -> None:
    lost = vanished(CART, {"src/shop/cart.py": "class Cart:\n    def add(self): ...\n"})
    assert lost.deleted == lost.names == {"total"}
    assert vanished(CART, {}).deleted == {"total", "Cart", "add"}


def test_what_was_moved_or_renamed_has_vanished_but_is_not_deleted() -> None:
    moved = vanished(CART, {"src/shop/prices.py": CART["src/shop/cart.py"]})
    assert moved.deleted == set()
    assert moved.names == {"total", "Cart", "add"}
    renamed = vanished(CART, {"src/shop/cart.py": CART["src/shop/cart.py"].replace("total", "sum_of")})
    assert (renamed.deleted, renamed.names) == (set(), {"total"})


def test_what_is_imported_from_the_new_place_is_still_there() -> None:
    lost = vanished(CART, {"src/shop/cart.py": "from shop.prices import total, Cart\n"})
    assert lost.names == {"add"}


@pytest.mark.parametrize(
    ("line", "blind"),
    [
        ("from shop.cart import total", True),
        ("import shop.cart", True),
        ("from shop import cart", True),
        ("from shop.prices import total", False),
        ("import pytest", False),
    ],
)
def test_a_file_that_imports_what_is_gone_cannot_run(line: str, blind: bool) -> None:
    lost = vanished(CART, {})
    assert lost.blinds(read("tests/test_a.py", ast.parse(line), {})) is blind


def test_of_a_changed_file_only_the_lost_names_are_missed() -> None:
    lost = vanished(CART, {"src/shop/cart.py": "class Cart:\n    def add(self): ...\n"})
    assert lost.blinds(read("tests/test_a.py", ast.parse("from shop.cart import total"), {}))
    assert not lost.blinds(read("tests/test_a.py", ast.parse("from shop.cart import Cart"), {}))
