"""Replacements that outlive their test, as a table."""

import ast

import pytest

from windlass.verify.lasting import imported, lasting

HEAD = "import os, sys, shop.cart\nfrom shop import cart\n"


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("cart.total = None", ["cart.total"]),
        ("shop.cart.total += 1", ["shop.cart.total"]),
        ("def test_a():\n    cart.total = None", ["cart.total"]),
        ("sys.modules['shop'] = None", ["sys.modules['shop']"]),
        ("setattr(cart, 'total', None)", ["cart"]),
        ("patch('shop.cart.total').start()", ["total"]),
        ("m = MonkeyPatch()\nm.setattr('shop.cart.total', 1)", ["total"]),
        ("def test_a(monkeypatch):\n    monkeypatch.setattr(cart, 'total', None)", []),
        ("def test_a():\n    own = Thing()\n    own.total = None", []),
        ("os.environ['A'] = 'b'", []),
        ("thread.start()", []),
    ],
)
def test_only_what_stays_replaced_is_named(source: str, targets: list[str]) -> None:
    module = ast.parse(HEAD + source)
    assert [target for _, target in lasting(module, imported(module))] == targets


def test_imports_bind_their_first_or_their_new_name() -> None:
    assert imported(ast.parse("import a.b\nimport c as d\nfrom e import f as g, h")) == {"a", "d", "g", "h"}
