"""Files that a command makes: real runs in the sandbox, and everything odd that may lie there afterwards."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from windlass.dispatch import Site
from windlass.sandbox.none import Unconfined
from windlass.verify.making import PATHS_MAX, SIZE_MAX, made

PRINTS = "python -c \"print('y' * 2**20 * 64); raise SystemExit(3)\""


def py(code: str) -> str:
    return f'python -c "{code}"'


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("no-such-program --x", "no-such-program: No such file"),
        (PRINTS, "exit code 3"),
        (py("import time; time.sleep(600)"), "did not end within 2 s"),
        (py("import os; os.unlink('deep/a.txt'); os.symlink('/etc/passwd', 'deep/a.txt')"), "no plain file"),
        (py("import os; os.rename('deep', 'd'); os.symlink('d', 'deep')"), "no plain file"),
        (py("import os; os.unlink('deep/a.txt'); os.mkfifo('deep/a.txt')"), "no plain file"),
        (py("import os; os.unlink('deep/a.txt')"), "no plain file"),
        (py(f"open('deep/a.txt', 'wb').truncate({SIZE_MAX} + 1)"), "more than"),
        (py("open('/usr/outside', 'w')"), "exit code 1"),
    ],
)
def test_what_makes_no_file_is_a_problem_with_its_reason(
    site: Site, tree: Callable[..., str], command: str, problem: str
) -> None:
    wall_s = 2.0 if "sleep" in command else 60.0
    found = made(site, tree({"deep/a.txt": b"a"}), command, ["deep/a.txt"], wall_s=wall_s)
    assert problem in found.problem
    assert found.problem.isprintable()
    assert not found.files


def test_only_the_asked_files_come_back_and_the_tree_stays_as_it_was(
    site: Site, tree: Callable[..., str]
) -> None:
    oid, code = (
        tree({"a.txt": b"a", "b.txt": b"b"}),
        py("[open(n, 'a').write('!') for n in ('a.txt', 'b.txt')]"),
    )
    for _ in range(2):
        assert made(site, oid, code, ["a.txt"], wall_s=60.0).files == {"a.txt": b"a!"}


def test_it_never_runs_on_the_host_and_never_makes_too_many(site: Site, tree: Callable[..., str]) -> None:
    trusted = replace(site, launcher=Unconfined())
    assert "no sandbox" in made(trusted, tree(), "touch a", ["a"], wall_s=9.0).problem
    assert str(PATHS_MAX) in made(site, tree(), "touch a", ["a"] * (PATHS_MAX + 1), wall_s=9.0).problem
