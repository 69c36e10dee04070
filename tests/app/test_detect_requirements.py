import pytest

from windlass.app.detect_reading import read
from windlass.app.detect_requirements import poetry_range, requirements


def needed(files, name="own"):
    return requirements(read(tuple(files), {p: t.encode() for p, t in files.items()}), name)


@pytest.mark.parametrize(
    ("poetry", "plain"),
    [
        ("^1.2", ">=1.2,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("*", ""),
        (">=1,<3", ">=1,<3"),
        ("1.4", "==1.4"),
    ],
)
def test_poetry_ranges_become_ones_every_installer_reads(poetry, plain):
    assert poetry_range(poetry) == plain


def test_extras_and_groups_named_after_tests_are_taken_and_own_extras_followed():
    found = needed(
        {
            "pyproject.toml": """
[project]
name = "own"
dependencies = ["a>=1", "bad requirement!"]
[project.optional-dependencies]
test = ["own[more]", "t"]
more = ["m"]
dev = ["never"]
[dependency-groups]
tests = ["g", {include-group = "inner"}]
inner = ["i", {include-group = "tests"}]
"""
        }
    )
    assert found.project == ("a>=1",)
    assert set(found.tests) == {"m", "t", "g", "i"}
    assert "bad requirement!" in found.notes[0]


def test_without_a_test_list_the_development_list_serves():
    assert needed({"pyproject.toml": "[dependency-groups]\ndev = ['d']\ndocs = ['x']"}).tests == ("d",)


def test_poetry_projects_are_read():
    text = """
[tool.poetry.dependencies]
python = "^3.9"
a = "^1"
b = {version = "2", extras = ["x"]}
c = {git = "https://host/c"}
d = {version = "1", optional = true}
[tool.poetry.group.test.dependencies]
t = "*"
"""
    found = needed({"pyproject.toml": text})
    assert (found.project, found.tests) == (("a<2,>=1", "b[x]==2"), ("t",))
    assert "'c'" in found.notes[0]


def test_setup_py_is_read_without_being_run():
    text = """
import os; os.abort()
BASE = ["a", "b>1"]
setup(name="own", install_requires=BASE, extras_require={"test": ["t"], "x": compute()})
"""
    found = needed({"setup.py": text})
    assert (found.project, found.tests) == (("a", "b>1"), ("t",))
    assert needed({"setup.py": "setup(("}).project == ()


def test_setup_cfg_and_tox_are_read():
    found = needed(
        {
            "setup.cfg": "[options]\ninstall_requires =\n    a\n    b\n"
            "[options.extras_require]\ntesting =\n    t\n",
            "tox.ini": "[base]\ndeps =\n    p >= 1  # why\n"
            "[testenv]\ndeps =\n    {[base]deps}\n    py39: old\n    -rx\n",
        }
    )
    assert (found.project, found.tests) == (("a", "b"), ("t", "p>=1"))


def test_requirement_files_follow_each_other_and_leave_out_addresses():
    found = needed(
        {
            "requirements.txt": "a==1 --hash=sha256:00\n-r requirements/more.txt\n# c\nhttps://h/x.whl\n",
            "requirements/more.txt": "b \\\n >2\n-r ../requirements.txt\n-e .\nz @ git+https://host/z\n",
            "requirements-dev.txt": "d # tool\n-r gone.txt\n",
        }
    )
    assert (found.project, found.tests) == (("a==1", "b>2"), ("d",))
    assert found.files == ("requirements.txt", "requirements-dev.txt")
    assert any("gone.txt" in note for note in found.notes)
    assert any("outside the package index" in note for note in found.notes)


def test_requirements_txt_of_a_packaged_project_serves_its_developers():
    found = needed({"pyproject.toml": "[project]\nname='own'", "requirements.txt": "pytest"})
    assert (found.project, found.tests) == ((), ("pytest",))
