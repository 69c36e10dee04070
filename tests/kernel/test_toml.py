"""TOML from strangers is read in bounded time and memory: without the bound most of these would never end."""

import tomllib

import pytest

from windlass.kernel import read_toml
from windlass.kernel.toml import PARTS_MAX

LONG = "a" + ".a" * 100_000


def test_it_reads_what_tomllib_reads():
    text = '[tool.ruff."lint x"]\nselect = ["F"]\na.b.c = 1\nversion = "1.2.3"\n'
    assert read_toml(text) == tomllib.loads(text)
    assert read_toml(f"{'.'.join('a' * PARTS_MAX)} = 1")


@pytest.mark.parametrize(
    "text",
    [f"{LONG} = 1", f"[{LONG}]", f"[[{LONG}]]", f"x = {{ {LONG} = 1 }}", LONG.replace(".", " . "),
     "'a'" + ".'a'" * 100, '"a"' + '."b"' * 100, "x = " + "[" * 100_000],
    ids=["key", "table", "array", "inline", "spaced", "literal", "quoted", "nested"],
)  # fmt: skip
def test_what_would_eat_the_machine_is_refused_at_once(text):
    with pytest.raises(tomllib.TOMLDecodeError, match=r"more than 50 parts|nested too deep"):
        read_toml(text)


@pytest.mark.parametrize("text", ["a" * 1_000_000, '"' * 300_000, "a." * 40 + "\n", "' . ' . " * 100_000])
def test_the_look_for_such_keys_is_quick_itself(text):
    with pytest.raises(tomllib.TOMLDecodeError):
        read_toml(text)


def test_the_line_is_named():
    with pytest.raises(tomllib.TOMLDecodeError, match="at line 3"):
        read_toml(f"a = 1\n\n{LONG} = 2")
