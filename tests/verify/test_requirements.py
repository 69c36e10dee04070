"""Requirements read as text from every place projects keep them."""

import pytest

from windlass.verify.requirements import FILES, NESTED_MAX, wanted


def lines(texts: dict[str, str], name: str = "demo", *, typing: bool = False) -> list[str]:
    return [line for source in wanted(texts, name, typing=typing).sources for line in source.lines]


def test_pyproject_gives_dependencies_test_extras_and_groups() -> None:
    text = """
[project]
name = "demo"
dependencies = ["a>=1"]
[project.optional-dependencies]
tests = ["b", "demo[extra]"]
extra = ["c"]
docs = ["sphinx"]
[dependency-groups]
test = ["d", {include-group = "more"}]
more = ["e"]
dev = ["f"]
"""
    assert lines({"pyproject.toml": text}) == ["a>=1", "b", "c", "d", "e"]


def test_dev_stands_in_where_nothing_is_for_tests() -> None:
    assert lines({"pyproject.toml": '[dependency-groups]\ndev = ["f"]\ntyping = ["mypy"]\n'}) == ["f"]
    with_types = lines({"pyproject.toml": '[dependency-groups]\ntyping = ["mypy"]\n'}, typing=True)
    assert with_types == ["mypy"]


def test_what_checks_types_comes_from_wherever_it_is_named() -> None:
    text = """
[project.optional-dependencies]
test = ["pytest"]
docs = ["sphinx", "docutils-stubs"]
[dependency-groups]
dev = ["pytest", "mypy>=1", "types-requests", "reno", {include-group = "more"}]
more = ["pyright"]
"""
    assert lines({"pyproject.toml": text}) == ["pytest"]
    found = lines({"pyproject.toml": text}, typing=True)
    assert sorted(found) == ["docutils-stubs", "mypy>=1", "pyright", "pyright", "pytest", "types-requests"]


def test_groups_that_include_themselves_end() -> None:
    text = '[dependency-groups]\ntest = ["a", {include-group = "test"}]\n'
    assert set(lines({"pyproject.toml": text})) == {"a"}
    assert len(lines({"pyproject.toml": text})) <= NESTED_MAX + 2


def test_requirement_files_follow_r_and_c_and_drop_options_and_hashes() -> None:
    found = wanted(
        {
            "requirements-dev.txt": "-r requirements.txt\n-c limits.txt\npytest  # runner\n"
            "--index-url https://x\n-e .\n",
            "requirements.txt": "a==1 \\\n  --hash=sha256:00\n# nothing\n", "limits.txt": "b<2\n",
        }, "demo", typing=False,
    )  # fmt: skip
    by_name = {source.name: source for source in found.sources}
    assert by_name["requirements-dev.txt"].lines == ("a==1", "pytest")
    assert by_name["requirements-dev.txt"].constraints == ("b<2",)
    assert found.unusable == ()


def test_what_no_index_has_is_reported_and_not_fetched() -> None:
    found = wanted(
        {"requirements.txt": "git+https://x/y\n./local\nz @ https://x/z.whl\n"}, "demo", typing=False
    )
    assert found.sources == ()
    assert len(found.unusable) == 3


def test_setup_cfg_setup_py_poetry_and_tox_are_read() -> None:
    cfg = "[options]\ninstall_requires =\n  a\n[options.extras_require]\ntest =\n  b\ndocs =\n  x\n"
    assert lines({"setup.cfg": cfg}) == ["a", "b"]
    setup = "NEED = ['c']\nsetup(install_requires=NEED, extras_require={'test': ['d']})\n"
    assert lines({"setup.py": setup}) == ["c", "d"]
    poetry = "[tool.poetry.dependencies]\npython = '^3'\ne = '^1.2'\n"
    poetry += "[tool.poetry.group.dev.dependencies]\nf = '*'\n"
    assert lines({"pyproject.toml": poetry}) == ["e>=1.2,<2", "f"]
    assert lines({"tox.ini": "[testenv]\ndeps =\n  g\n  {opts}\n"}) == ["g"]


@pytest.mark.parametrize(
    "text", ["\0", "[", "import os\nos.system('x')\nsetup(", "setup(install_requires=open('x'))"]
)
def test_broken_files_give_nothing(text: str) -> None:
    assert lines({"pyproject.toml": text, "setup.cfg": text, "setup.py": text, "tox.ini": text}) == []


def test_the_project_itself_is_never_asked_for() -> None:
    assert lines({"requirements.txt": "Demo[x]\nother\n"}) == ["other"]


@pytest.mark.parametrize(
    "path", ["requirements.txt", "requirements/test.txt", "dev-requirements.txt", "requirements_dev.txt"]
)
def test_names_of_requirement_files(path: str) -> None:
    assert FILES.fullmatch(path)


def test_tox_adds_to_what_other_files_say() -> None:
    tox = (
        "[base]\ndeps =\n  from-base\n"
        "[testenv]\ndeps =\n  {[base]deps}\n  {[none]deps}\n  !pypy: -r {toxinidir}/t.txt\n"
        "  mindeps: old==1\n"
        "  -rmore/u.txt\n  plain>=2; python_version > '3'\n"
        "extras =\n  cli\n  windows: win\ndependency_groups =\n  qa\n"
    )
    project = (
        "[project.optional-dependencies]\ncli = ['of-cli']\nwin = ['of-win']\n"
        "[dependency-groups]\nqa = ['of-qa']\ndev = ['of-dev']\n"
    )
    texts = {"tox.ini": tox, "t.txt": "from-t", "more/u.txt": "from-u", "pyproject.toml": project,
             "dev-requirements.txt": "linter\n"}  # fmt: skip
    assert lines(texts) == [
        "of-cli", "of-qa", "of-dev", "linter", "from-base", "from-t", "from-u",
        "plain>=2; python_version > '3'",
    ]  # fmt: skip


def test_tox_sections_that_name_each_other_end() -> None:
    assert (
        lines({"tox.ini": "[a]\ndeps = {[b]deps}\n[b]\ndeps = {[a]deps}\n[testenv]\ndeps = {[a]deps}\n"})
        == []
    )


def test_nox_sessions_for_tests_name_requirements_too() -> None:
    nox = (
        "@nox.session\ndef tests(session):\n"
        "    session.install('pytest', '-r', 'reqs/t.txt', *more(), '--quiet', '.[cli]')\n"
        "    session.install('-c', 'narrow.txt', 'plain')\n"
        "@nox.session\ndef docs(session):\n    session.install('sphinx')\n"
    )
    project = "[project.optional-dependencies]\ncli = ['of-cli']\nwin = ['of-win']\n"
    texts = {"noxfile.py": nox, "reqs/t.txt": "from-t\n", "narrow.txt": "plain<2\n"}
    texts |= {"pyproject.toml": project}
    assert lines(texts) == ["of-cli", "pytest", "from-t", "plain"]
    assert wanted(texts, "demo", typing=False).sources[-1].constraints == ("plain<2",)
    assert lines({"noxfile.py": "def tests(:"}) == []


def test_extras_that_a_hook_of_hatch_adds_are_extras() -> None:
    hook = "[tool.hatch.metadata.hooks.custom.optional-dependencies]\ntest = ['a', 'demo[more]']\n"
    hook += "more = ['b']\n"
    assert lines({"pyproject.toml": hook}) == ["a", "b"]
    assert lines({"pyproject.toml": "[tool.hatch.metadata]\nhooks = 3\n"}) == []
