"""Statements of changed files that no test imports, told by coverage in the sandbox."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.support.environments import shared

from windlass.dispatch import Site
from windlass.kernel import Tools, system_clock
from windlass.plugins.checks.pytest.unseen import fits
from windlass.sandbox import Limits, as_run
from windlass.verify import Outcome, Reading
from windlass.verify.check import CHECKS
from windlass.verify.lab import labs
from windlass.verify.settings import parse_settings

MORE = b"def f(x):\n    if x:\n        return 1\n    return (\n        2\n    )\n"
TEST = b"import demo\n\n\ndef test_a():\n    assert demo.f(1)\n"
RAN = {1: True, 2: True, 3: True, 4: False}
NOT = dict.fromkeys(RAN, False)


def read(place: Site, table: bytes) -> Reading:
    """A run of the tests of one of two changed modules."""
    files: Mapping[str, bytes] = {
        "pyproject.toml": table, "src/demo.py": MORE, "src/more.py": MORE, "tests/test_a.py": TEST,
    }  # fmt: skip
    settings = parse_settings({"requirements": ("pytest", "pytest-cov"), "environments": str(shared())})
    tools = Tools(system_clock, as_run(place.launcher, (), "/", {}, Limits()), str)
    with labs(place, settings, (place.mirror.write_tree(files),)) as (lab,):
        changed = ("src/demo.py", "src/more.py", "tests/test_a.py")
        scene = lab.scene(only=(), changed=changed, wall_s=60, coverage=True)
        return CHECKS.open("pytest", {}, tools).read(replace(scene, reach_s=0.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (b"[tool.coverage.run]\nbranch = true\n", {"src/demo.py": RAN, "src/more.py": NOT}),
        (b'[tool.coverage.run]\nsource = ["src"]\n', {"src/demo.py": RAN, "src/more.py": NOT}),
        (b'[tool.coverage.run]\nsource = ["demo"]\n', {"src/demo.py": RAN}),
        (b'[tool.coverage.run]\nomit = ["src/more.py"]\n', {"src/demo.py": RAN}),
        (b'[tool.coverage.report]\nomit = ["*/more.py"]\n', {"src/demo.py": RAN}),
    ],
)
def test_what_no_test_imports_is_told_unless_the_project_leaves_it_out(
    place: Site, table: bytes, expected: Mapping[str, Mapping[int, bool]]
) -> None:
    found = read(place, table)
    assert found.outcome is Outcome.PASSED, found
    assert found.lines == expected


@pytest.mark.parametrize(
    ("pattern", "fitting"),
    [("src/*", True), ("*/more.py", True), ("more.py", True), ("src", True), ("src/", True), ("li*", False)],
)
def test_a_pattern_may_mean_a_file(pattern: str, fitting: bool) -> None:
    assert fits("src/more.py", pattern) is fitting
