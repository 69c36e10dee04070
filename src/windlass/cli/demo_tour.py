"""The tour of `windlass demo`: three orders, and the script of the agent that works on them.

The agent is windlass's own scripted one: it asks a model that follows this script, so it needs neither a key
nor a network. Everything else is as in earnest: the sandbox, the checks, the guard, the landing.
"""

from typing import Final

from windlass.app import Order
from windlass.scripted import Script, parse_script

PERSON: Final = "you"
RUNNER: Final = "scripted"
"""The name of the runner in the demo's settings."""

AS_BEFORE: Final = "true"
"""The step that was done in the first attempt, whose session the second one takes up again."""
_ROUND_UP: Final = """\
cat >> tests/test_money.py <<'EOF'

    def test_half_a_cent_of_a_discount_rounds_up(self):
        self.assertEqual(share(50, 5), 3)
EOF
sed -i '/FIXME/d; s|round(amount \\* percent / 100)|int(amount * percent / 100 + 0.5)|' shop/money.py
"""
_SKIP: Final = """\
sed -i 's|^    def test_half_a_cent_rounds_up|    @unittest.skip("fails")\\n&|' tests/test_money.py
sed -i '/FIXME/d' shop/money.py
"""
_SUGGEST: Final = """\
cat >> tests/test_cart.py <<'EOF'

    def test_an_unknown_product_names_the_closest(self):
        with self.assertRaisesRegex(KeyError, "did you mean T1"):
            Catalog([TEA, CUP]).find("T11")
EOF
python3 - <<'EOF'
from pathlib import Path

path = Path("shop/catalog.py")
text = path.read_text()
old = text[text.index("    def find("):text.index("    def __len__")]
new = '''    def find(self, sku: str) -> Product:
        \"\"\"The product with this SKU; KeyError names the closest one when there is none.\"\"\"
        if sku in self._by_sku:
            return self._by_sku[sku]
        near = difflib.get_close_matches(sku, self._by_sku, n=1)
        raise KeyError(f"no product {sku}" + (f", did you mean {near[0]}?" if near else ""))

'''
path.write_text(text.replace(old, new).replace("import sys\\n", "import difflib\\nimport sys\\n"))
EOF
"""

ORDERS: Final = (
    Order(
        "Let a catalogue suggest the closest SKU", RUNNER, ("shop/catalog.py", "tests/test_cart.py"),
        "An unknown SKU is a KeyError without a word of help. Name the closest one that there is.",
        kind="bug", key="demo-suggest", by=PERSON,
    ),
    Order(
        "Round half a cent up", RUNNER, ("shop/money.py", "tests/test_money.py"),
        "share(250, 1) is 2 and should be 3: Python rounds to the even cent.",
        kind="bug", key="demo-round", by=PERSON,
    ),
    Order(
        "Never give out an order number twice", RUNNER, ("shop/orders.py",),
        "Two servers that count for themselves give out the same number.",
        kind="bug", key="demo-numbers", by=PERSON,
    ),
)  # fmt: skip


def script() -> Script:
    """What the agent's model does: the first task well, the second one by cheating and then well, the third
    one not at all.
    """
    return parse_script({
        "steps": ["true"],
        "cases": [
            {"when": "closest SKU", "steps": [_SUGGEST], "final": "An unknown SKU names the closest one."},
            {
                "when": "The last attempt was not taken", "steps": [AS_BEFORE, _ROUND_UP],
                "final": "Half a cent rounds up now, and a test shows it.",
            },
            {"when": "Round half a cent up", "steps": [_SKIP], "final": "All tests are green now."},
            {
                "when": "order number twice",
                "final": "CANNOT: two servers need one place to count in, and the shop has none",
            },
        ],
    })  # fmt: skip
