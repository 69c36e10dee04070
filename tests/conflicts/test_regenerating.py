"""A real command in the real sandbox, run twice; whatever is odd about it leaves the conflict open."""

from collections.abc import Callable

import pytest
from tests.verify.conftest import build_site, database, environments, make_site, site

from windlass.conflicts.generated import Generated
from windlass.conflicts.model import Open
from windlass.conflicts.regenerating import make
from windlass.dispatch import Site

__all__ = ["build_site", "database", "environments", "make_site", "site"]

GEN = (
    b"import sys\nopen('out.txt', 'w').write(open('in.txt').read().upper())\nopen('stray', 'w').write('x')\n"
)


@pytest.fixture
def run(site: Site) -> Callable[..., object]:
    tree = site.mirror.write_tree({"gen.py": GEN, "in.txt": b"abc", "out.txt": b"old"})

    def ran(command: str) -> object:
        return make(site, tree, Generated("gen", ("out.txt",), command, 20.0), ["out.txt"])

    return ran


def test_what_both_runs_make_comes_back_and_nothing_else(run: Callable[..., object]) -> None:
    assert run("python gen.py") == {"out.txt": b"ABC"}


def test_two_runs_that_differ_are_no_answer(run: Callable[..., object]) -> None:
    found = run("""python -c "import os; open('out.txt', 'wb').write(os.urandom(9))" """)
    assert isinstance(found, Open)
    assert "two runs" in found.why
