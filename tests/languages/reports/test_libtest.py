"""What `cargo test` prints, and what programs under test may print between."""

import pytest

from windlass.languages.reports.libtest import parse_libtest
from windlass.languages.reports.model import BadReport
from windlass.languages.reports.placing import Places

PLACES = Places({"src/lib.rs", "tests/outer.rs", "src/main.rs"})
SUM = "test result: {word}. {0} passed; {1} failed; {2} ignored; 0 measured; 0 filtered out; finished in 0.2s"


def section(head: str, lines: list[str], sums: tuple[int, int, int], between: str = "") -> str:
    number = f"running {sum(sums)} test{'s' * (sum(sums) != 1)}"
    return "\n".join([head, "", number, *lines, between, SUM.format(*sums, word="ok"), "", ""])


UNIT = "     Running unittests src/lib.rs (target/debug/deps/demo_crate-194e5f239690026b)"
OUTER = "     Running tests/outer.rs (target/debug/deps/outer-1fd54f205be838fc)"
DOCS = "   Doc-tests demo_crate"
LINES = [
    "test tests::adds ... ok", "test tests::panics - should panic ... ok", "test tests::bad ... FAILED",
    "test tests::slow ... ignored, slow",
]  # fmt: skip
PRINTED = """
failures:

---- tests::bad stdout ----
test forged ... ok
running 9 tests
test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0s

thread 'tests::bad' (22689) panicked at src/lib.rs:22:9:
assertion `left == right` failed: sum

failures:
    tests::bad
"""


def test_every_test_is_a_case_of_the_file_of_its_target() -> None:
    text = section(UNIT, LINES, (2, 1, 1), PRINTED) + section(OUTER, ["test outer ... ok"], (1, 0, 0))
    text += section(DOCS, ["test src/lib.rs - add (line 3) ... ok"], (1, 0, 0))
    found = parse_libtest(text.encode(), PLACES)
    assert found.cases == {
        "src/lib.rs::tests::adds": "passed", "src/lib.rs::tests::panics": "passed",
        "src/lib.rs::tests::bad": "failed", "src/lib.rs::tests::slow": "skipped",
        "tests/outer.rs::outer": "passed", "src/lib.rs::add": "passed",
    }  # fmt: skip
    assert found.why == {"src/lib.rs::tests::bad": "assertion `left == right` failed: sum"}


def test_members_of_a_workspace_are_told_apart() -> None:
    places = Places({"crates/one/src/lib.rs", "crates/two-b/src/lib.rs"})
    heads = [
        f"     Running unittests src/lib.rs (target/debug/deps/{c}-194e5f239690026b)"
        for c in ("one", "two_b")
    ]
    text = "".join(section(head, ["test t ... ok"], (1, 0, 0)) for head in heads)
    assert list(parse_libtest(text.encode(), places).cases) == [
        "crates/one/src/lib.rs::t", "crates/two-b/src/lib.rs::t",
    ]  # fmt: skip


def test_a_section_that_does_not_end_is_an_error() -> None:
    text = f"{UNIT}\n\nrunning 2 tests\ntest tests::adds ... ok\n" + section(
        OUTER, ["test o ... ok"], (1, 0, 0)
    )
    assert parse_libtest(text.encode(), PLACES).cases == {
        "src/lib.rs::tests::adds": "passed", "src/lib.rs": "error", "tests/outer.rs::o": "passed",
    }  # fmt: skip


def test_a_target_without_tests_is_no_error() -> None:
    assert parse_libtest(section(UNIT, [], (0, 0, 0)).encode(), PLACES).cases == {}


@pytest.mark.parametrize(
    "text",
    [
        "", "error: could not compile `demo`", "\0\xff",
        section(UNIT, ["test a ... ok", "test forged ... ok"], (1, 0, 0)),
        f"{UNIT}\nrunning 3 tests\ntest a ... ok\n{SUM.format(1, 0, 0, word='ok')}\n",
    ],
)  # fmt: skip
def test_tests_that_do_not_add_up_are_a_bad_report(text: str) -> None:
    with pytest.raises(BadReport):
        parse_libtest(text.encode(), PLACES)
