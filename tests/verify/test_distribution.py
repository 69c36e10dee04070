"""The project's identity, read as text."""

from email import message_from_string

import pytest

from windlass.verify.distribution import FALLBACK, distribution


def test_pyproject_gives_name_version_entry_points_and_roots() -> None:
    text = (
        '[project]\nname = "My.Demo"\nversion = "1.2"\nrequires-python = ">=3.9"\ndependencies = ["a"]\n'
        '[project.scripts]\ndemo = "demo:main"\n[project.entry-points.pytest11]\nplug = "demo.plug"\n'
    )
    found = distribution({"src/demo/__init__.py", "tests/test_a.py"}, {"pyproject.toml": text})
    assert (found.name, found.version, found.requires_python) == ("My.Demo", "1.2", ">=3.9")
    assert found.roots == ("src", "")
    folder = "My_Demo-1.2.dist-info"
    assert "Requires-Dist: a" in found.metadata[f"{folder}/METADATA"]
    assert found.metadata[f"{folder}/entry_points.txt"] == (
        "[console_scripts]\ndemo = demo:main\n[pytest11]\nplug = demo.plug\n"
    )


def test_a_version_from_tags_gets_a_fallback_and_its_generated_file() -> None:
    text = '[project]\nname = "d"\n[tool.setuptools_scm]\nversion_file = "src/d/_version.py"\n'
    found = distribution({"src/d/__init__.py"}, {"pyproject.toml": text})
    assert found.version == FALLBACK
    assert '__version__ = version = "0.0.0"' in found.generated["src/d/_version.py"]


def test_generated_files_never_lie_outside_the_checkout() -> None:
    text = (
        '[project]\nname = "d"\n[tool.setuptools_scm]\nversion_file = "../../x.py"\nwrite_to = "/etc/x.py"\n'
    )
    assert distribution(set(), {"pyproject.toml": text}).generated == {}


CFG = "[metadata]\nname = d\nversion = 2\n[options]\npackage_dir =\n  = lib\n"


def test_setup_cfg_setup_py_and_dunder_version_are_read() -> None:
    cfg = distribution(
        {"lib/d/__init__.py"},
        {"setup.cfg": CFG},
    )
    assert (cfg.name, cfg.version, cfg.roots) == ("d", "2", ("lib", ""))
    old = distribution(
        {"d/__init__.py"},
        {
            "setup.py": "import setuptools\nsetuptools.setup(name='d')\n",
            "d/__init__.py": "__version__ = '3.1'\n",
        },
    )
    assert (old.name, old.version, old.roots) == ("d", "3.1", ("",))


def test_a_package_named_src_is_not_a_root_and_nothing_is_needed() -> None:
    assert distribution({"src/__init__.py"}, {}).roots == ("",)
    assert distribution(set(), {}).metadata == {}
    assert (
        distribution(set(), {"pyproject.toml": '[project]\nname = "../x"\nversion = "1/2"\n'}).metadata == {}
    )


@pytest.mark.parametrize(
    "given",
    [
        "{'pytest11': ['demo = demo.plugin'], 'console_scripts': 'demo=demo:main'}",
        "'[pytest11]\\ndemo = demo.plugin\\n[console_scripts]\\ndemo = demo:main\\n'",
    ],
)
def test_entry_points_of_setup_py_are_read_where_they_are_literal(given: str) -> None:
    metadata = distribution([], {"setup.py": f"setup(name='demo', entry_points={given})"}).metadata
    points = metadata["demo-0.0.0.dist-info/entry_points.txt"]
    assert "[pytest11]\ndemo = demo.plugin\n" in points
    assert "[console_scripts]\ndemo = demo:main\n" in points


@pytest.mark.parametrize("given", ["read()", "3", "{1: [2]}", "{'a': 3}", "{'a': ['no point']}"])
def test_other_entry_points_are_none(given: str) -> None:
    metadata = distribution([], {"setup.py": f"setup(name='demo', entry_points={given})"}).metadata
    assert not any("entry_points" in path for path in metadata)


def test_what_a_project_says_of_itself_for_people_is_found_where_it_looks_for_it() -> None:
    told = """[project]
name = "demo"
description = "Does things"
authors = [{name = "Ann", email = "ann@example.org"}, {name = "Bob"}, {email = "cy@example.org"}]
maintainers = [3, {name = "two\\nlines"}]
[project.urls]
Documentation = "https://demo.example.org/"
"""
    said = distribution([], {"pyproject.toml": told}).metadata["demo-0.0.0.dist-info/METADATA"]
    found = message_from_string(said)
    assert (found["Summary"], found["Author"]) == ("Does things", "Bob")
    assert found["Author-email"] == "Ann <ann@example.org>, cy@example.org"
    assert found["Project-URL"] == "Documentation, https://demo.example.org/"
    assert "lines" not in said
    assert distribution([], {"pyproject.toml": "[project]\nname='d'\nauthors=3\nurls=3\n"}).metadata


def test_programs_that_an_installation_brings_are_told_and_strange_ones_are_none() -> None:
    told = """[project]
name = "demo"
[project.scripts]
demo = "demo.cli:main [all]"
"../python" = "demo.cli:main"
bad = "os; system:x"
[project.entry-points.plugins]
one = "demo.one:One"
[tool.poetry.scripts]
older = "demo.old:app.run"
"""
    found = distribution([], {"pyproject.toml": told})
    assert found.scripts == {"demo": "demo.cli:main", "older": "demo.old:app.run"}
