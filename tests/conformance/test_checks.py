"""What every kind of check promises, built in or installed."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from windlass.kernel import Denied, Ran, Tools, system_clock
from windlass.verify import Check, Outcome, Scene
from windlass.verify.check import CHECKS, Role
from windlass.verify.ended import Ended

TABLES = {
    **{kind: {"argv": ["true"]} for kind in ("command", "figure", "benchmark")},
    "service": {"argv": ["true"], "openapi": "api.yaml"},
}
"""Settings for kinds that cannot do without."""
MIGRATIONS = {
    "alembic.ini": b"[alembic]\nscript_location = migrations\n", "migrations/env.py": b"",
    "migrations/versions/a.py": b"revision = 'a'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n",
}  # fmt: skip
FILES = (
    "pyproject.toml", "src/demo/__init__.py", "tests/test_a.py", ".github/workflows/ci.yml", "README.md",
    "api.yaml", *MIGRATIONS,
)  # fmt: skip
TEXTS = {"pyproject.toml": "[tool.mypy]\n[tool.ruff.format]\n"}


def no_run(
    argv: Sequence[str], *, timeout_s: float, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Ran:
    raise Denied("a check starts programs through its scene")


def no_secret(name: str) -> str:
    raise Denied("a check gets no secrets")


def opened(kind: str) -> Check:
    return CHECKS.open(kind, TABLES.get(kind, {}), Tools(system_clock, no_run, no_secret))


def scene(start: Callable[..., Ended], *files: str) -> Scene:
    return Scene(
        files=frozenset(files), root="/tree", texts=TEXTS if files else {}, changed=files,
        packages={"pytest": "9", "mypy": "2", "alembic": "1"}, python="/python", start=start,
        tools={"ruff": "/ruff", "zizmor": "/zizmor"},
        only=tuple(path for path in files if path.endswith(".py")),
        contents=lambda paths, most: ((path, MIGRATIONS[path]) for path in paths if path in MIGRATIONS),
    )  # fmt: skip


def never(argv: Sequence[str], **_: object) -> Ended:
    raise AssertionError(f"started {argv}")


KINDS = pytest.mark.parametrize("kind", CHECKS.kinds())


@KINDS
def test_it_says_what_it_is_and_plans_without_starting_anything(kind: str) -> None:
    check = opened(kind)
    assert check.role in Role.__args__  # a Literal's own words
    for place in (scene(never), scene(never, *FILES)):
        assert isinstance(check.absent(place), str)


@KINDS
@pytest.mark.parametrize(
    "ended",
    [
        Ended(None, {}, b"", "", 1.0, True, "did not end within 1 s"),
        Ended(None, {}, b"", "", 1.0, False, "the run ended without a report"),
        Ended(None, {}, b"", "", 0.0, False, "the sandbox failed", outside=True),
        Ended(127, {}, b"", "not found", 1.0, False),
        Ended(-9, {}, b"", "", 1.0, False),
    ],
    ids=["timeout", "no-report", "sandbox", "missing", "killed"],
)
def test_a_run_without_a_result_never_passes(kind: str, ended: Ended) -> None:
    reading = opened(kind).read(scene(lambda argv, **_: ended, *FILES))
    assert reading.outcome is not Outcome.PASSED
    assert reading.detail
    assert ended.exit_code is not None or reading.outcome is Outcome.UNKNOWN


@KINDS
@pytest.mark.parametrize("junk", [b"", b"\xff\x00", b"{}", b"[]", b"null", b"[" * 5000, b"<x/>", b'{"a": 1}'])
def test_a_forged_result_with_a_good_exit_code_never_passes_for_tests(kind: str, junk: bytes) -> None:
    outputs = {name: junk for name in ("junit.xml", "cases.json", "ruff.json", "found.json", "coverage.json")}
    check = opened(kind)
    try:
        reading = check.read(scene(lambda argv, **_: Ended(0, outputs, junk, "", 1.0, False), *FILES))
    except RecursionError:
        return  # The caller turns what a check raises into UNKNOWN.
    if check.role == "tests":
        assert reading.outcome is not Outcome.PASSED
