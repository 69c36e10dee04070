"""Which checks a tree gets, and in which tier."""

from collections.abc import Callable

from windlass.dispatch import Site
from windlass.verify.lab import labs
from windlass.verify.model import TIMED_OUT, Evidence, Outcome, Reading
from windlass.verify.planning import affected, listed, planned, set_up, tiers_of
from windlass.verify.readings import fingerprint, measure
from windlass.verify.records import keep
from windlass.verify.settings import parse_settings

Tree = Callable[..., str]
MANY: dict[str, bytes] = {f"tests/test_{n}.py": b"def test():\n    pass\n" for n in range(8)}


def test_tier_0_is_fast_and_tier_1_is_the_whole_suite(site: Site, tree: Tree) -> None:
    with labs(site, parse_settings({}), (tree(MANY),)) as (lab,):
        fast = planned(lab, ["src/demo/__init__.py"], 0)
        whole = planned(lab, ["src/demo/__init__.py"], 1)
    assert [check.check.role for check in fast.checks] == ["syntax", "lint", "tests"]
    assert fast.checks[2].only == ("tests/test_add.py",)
    assert [(check.id, check.only) for check in whole.checks] == [("pytest", ())]


def test_tiers_2_and_3_run_all_tests_again(site: Site, tree: Tree) -> None:
    with labs(site, parse_settings({"nightly": ["make e2e"]}), (tree(MANY),)) as (lab,):
        assert [check.id for check in planned(lab, (), 2).checks] == ["command:make e2e", "pytest:again-1"]
        assert [check.id for check in planned(lab, (), 3).checks] == [
            f"pytest:again-{n}" for n in range(1, 6)
        ]


def test_a_check_may_name_its_tiers_itself(site: Site, tree: Tree) -> None:
    with labs(site, parse_settings({}), (tree(),)) as (lab,):
        (whole,) = planned(lab, (), 1).checks

    class Nightly:
        role, tiers = "security", (2, 3)

    assert tiers_of(whole.check) == (0, 1)
    assert tiers_of(Nightly()) == (2, 3)


def test_papers_are_looked_at_where_they_are_touched_but_for_what_is_left_out(site: Site, tree: Tree) -> None:
    made = tree({**MANY, "api.yaml": b"a: 1\n", "README.md": b"x\n"})
    told = {"leave_out": ["contracts a/** b", "contracts c", "documents"]}
    with labs(site, parse_settings({}), (made,)) as (lab,):
        assert "contracts" in [check.id for check in planned(lab, ["api.yaml"], 0).checks]
        assert "documents" in [check.id for check in planned(lab, ["gone.py"], 1).checks]
        assert "contracts" not in [check.id for check in planned(lab, ["README.md"], 0).checks]
    with labs(site, parse_settings(told), (made,)) as (lab,):
        assert set_up(lab, "contracts") == {"leave_out": ["a/**", "b", "c"], "off": False}
        assert set_up(lab, "documents") == {"leave_out": [], "off": True}
        assert "documents" not in [check.id for check in planned(lab, ["README.md"], 1).checks]


def test_a_change_that_no_test_imports_says_that_it_left_the_tests_out(site: Site, tree: Tree) -> None:
    with labs(site, parse_settings({}), (tree(MANY),)) as (lab,):
        fast, same = planned(lab, ["README"], 0), planned(lab, (), 0)
    assert str(same.deferred[0].why) == "nothing differs; the whole run is in tier 1"
    assert "tests" not in {check.check.role for check in fast.checks}
    assert "no test reaches" in str(fast.deferred[0])


def test_a_suite_known_to_be_quick_is_run_whole_at_once(site: Site, tree: Tree) -> None:
    with labs(site, parse_settings({}), (tree(MANY),)) as (lab,):
        (whole,) = planned(lab, (), 1).checks
        measure(lab, whole, wall_s=60)
        assert "pytest" in {check.id for check in planned(lab, ["src/demo/__init__.py"], 0).checks}
        assert planned(lab, (), 1, done={"pytest"}).checks == ()


def test_the_persons_own_commands_replace_what_is_detected(make_site: Callable[..., Site]) -> None:
    site = make_site(fast=["make lint"], pr=["make test", "true"])
    tree = site.mirror.write_tree({"a.py": b"", "test_a.py": b""})
    with labs(site, parse_settings(site.verify), (tree,)) as (lab,):
        assert [line.name for line in listed(lab, 0)] == ["contracts", "syntax", "command:make lint"]
        *scans, test, true = [line.name for line in listed(lab, 1)]
        assert scans == ["dependencies", "documents", "licences", "migrations", "workflows"]
        assert [test, true] == ["command:make test", "command:true"]


def test_why_not_is_told_for_every_check(site: Site, tree: Tree) -> None:
    with labs(site, parse_settings({}), (tree(),)) as (lab,):
        reasons = {line.name: line.absent for line in listed(lab, 0)}
    assert reasons["mypy"] == "the project does not configure mypy"
    assert reasons["ruff_format"]
    assert reasons["unittest"] == "pytest runs these tests"
    assert reasons["pytest"] == reasons["ruff_lint"] == reasons["syntax"] == ""


def test_tests_known_to_be_slow_are_left_to_tier_1(site: Site, tree: Tree) -> None:
    files = {f"tests/test_{n}.py": b"import demo\n\n\ndef test():\n    pass\n" for n in range(3)}
    with labs(site, parse_settings({}), (tree({**MANY, **files}),)) as (lab,):
        (whole,) = planned(lab, (), 1).checks
        chosen = affected(lab, whole, ["src/demo/__init__.py"])
        assert set(chosen) == {*files, "tests/test_add.py"}
        spent = {path: 20.0 for path in chosen}
        reading = Reading("pytest", Outcome.UNKNOWN, 100.0, {TIMED_OUT: 1.0}, spent=spent)
        kept = Evidence("f" * 40, "pytest", fingerprint(lab, whole), reading, "bwrap", 1.0)
        site.database.write(lambda tx: keep(tx, kept))
        fast = planned(lab, ["src/demo/__init__.py"], 0)
    assert [check.only for check in fast.checks if check.check.role == "tests"] == [chosen[:1]]
    assert "3 of 4 test files that the change can affect are too slow" in str(fast.deferred[0])


CRATE: dict[str, bytes] = {"Cargo.toml": b"[package]\nname = 'a'\n", "src/lib.rs": b""}


def test_what_checks_another_language_is_planned_whole_in_every_tier(site: Site) -> None:
    settings = parse_settings({})
    with labs(site, settings, (site.mirror.write_tree(CRATE),)) as (lab,):
        fast, whole = planned(lab, ["src/lib.rs"], 0), planned(lab, ["src/lib.rs"], 1)
    assert fast.checks[-1].id == "cargo-test"
    assert [(check.id, check.only) for check in whole.checks] == [("cargo-test", ())]


def test_tests_of_the_owner_take_the_place_of_what_is_detected(site: Site) -> None:
    own = {"name": "unit", "command": "make unit", "report": "junit:out/*.xml", "coverage": ""}
    for more in ({}, {"pr": ["make all"]}):
        settings = parse_settings({"tests": [own], **more})
        with labs(site, settings, (site.mirror.write_tree(CRATE),)) as (lab,):
            whole = [check.id for check in planned(lab, (), 1).checks]
            again = [check.id for check in planned(lab, (), 2).checks]
        assert whole == [*(["command:make all"] if more else []), "unit"]
        assert again == ["unit:again-1"]


def test_what_the_project_sets_up_and_cannot_start_is_named_and_nothing_else(site: Site, tree: Tree) -> None:
    made = tree({"pyproject.toml": b'[project]\nname = "demo"\nversion = "1"\n[tool.mypy]\nstrict = true\n'})
    with labs(site, parse_settings({"requirements": ("pytest",)}), (made,)) as (lab,):
        found = planned(lab, ["src/demo/__init__.py"], 0)
        assert [one.check for one in found.unable] == ["mypy"]
        assert "[verify] requirements" in found.unable[0].why
        assert planned(lab, (), 1).unable == ()
    with labs(site, parse_settings({"fast": ["true"]}), (made,)) as (lab,):
        assert planned(lab, (), 0).unable == ()


def test_tests_that_are_kept_out_run_in_tiers_of_their_own_unless_the_owner_says_otherwise(
    site: Site, tree: Tree
) -> None:
    made = tree({"pytest.ini": b"[pytest]\naddopts = -m 'not e2e and not load'\n"})

    def ids(tier: int, **told: object) -> list[str]:
        with labs(site, parse_settings(told), (made,)) as (lab,):
            return [one.id for one in planned(lab, (), tier).checks]

    assert ids(1) == ["pytest"]
    assert ids(2) == ["deselected-tests", "pytest:again-1"]
    assert "weekly-tests" in ids(3)
    assert ids(2, nightly=["true"])[0] == "command:true"
    assert ids(2, leave_out=["deselected-tests"]) == ids(2, leave_out=["deselected-tests", "documents"])
    assert ids(2, leave_out=["deselected-tests"]) == ["pytest:again-1"]
    assert "deselected-tests" in ids(2, leave_out=["deselected-tests gpu"])
    assert "deselected-tests" not in ids(2, pr=["make test"])
    named = {"name": "own", "command": "make", "report": "junit:r.xml", "coverage": ""}
    assert "deselected-tests" not in ids(2, tests=[named])


def test_scripts_of_node_run_in_their_tiers(site: Site) -> None:
    package = b'{"scripts": {"test:e2e": "node e2e.js", "load": "node load.js"}}'
    made = site.mirror.write_tree({"package.json": package})
    with labs(site, parse_settings({}), (made,)) as (lab,):
        assert [one.id for one in planned(lab, (), 2).checks] == ["npm-test.e2e"]
        assert [one.id for one in planned(lab, (), 3).checks] == ["npm-load"]
    with labs(site, parse_settings({"leave_out": ["npm-test.e2e"]}), (made,)) as (lab,):
        assert planned(lab, (), 2).checks == ()
