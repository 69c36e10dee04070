"""The import graph, from syntax trees alone."""

from windlass.verify.imports import distances, graph, imported

SOURCES = {
    "src/pkg/__init__.py": b"",
    "src/pkg/a.py": b"X = 1\n",
    "src/pkg/b.py": b"from .a import X\n",
    "src/pkg/sub/__init__.py": b"",
    "src/pkg/sub/c.py": b"from ..b import X\n",
    "tests/helper.py": b"import pkg.sub.c\n",
    "tests/test_c.py": b"def test():\n    import helper\n",
    "tests/test_other.py": b"import json\n",
    "broken.py": b"def (",
}


def test_imports_inside_functions_and_relative_ones_count() -> None:
    assert ("helper", 0) in imported(SOURCES["tests/test_c.py"])
    assert ("b", 2) in imported(SOURCES["src/pkg/sub/c.py"])
    assert imported(b"def (") == ()


def test_a_change_reaches_whoever_imports_it_directly_or_not() -> None:
    found = distances(["src/pkg/a.py"], graph(SOURCES, ("src", "")))
    assert found == {
        "src/pkg/a.py": 0, "src/pkg/b.py": 1, "src/pkg/sub/c.py": 2, "tests/helper.py": 3,
        "tests/test_c.py": 4,
    }  # fmt: skip


def test_a_package_is_imported_with_its_modules() -> None:
    found = distances(["src/pkg/__init__.py"], graph(SOURCES, ("src", "")))
    assert "tests/helper.py" in found
    assert "tests/test_other.py" not in found


def test_cycles_end() -> None:
    sources = {"a.py": b"import b\n", "b.py": b"import a\n"}
    assert distances(["a.py"], graph(sources, ("",))) == {"a.py": 0, "b.py": 1}
