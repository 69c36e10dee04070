"""The mechanic on files: what it fixes, what it leaves alone, what it cannot do."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.dispatch import RUNNERS, Assignment, Ending, FindingRef, Offer, RunnerOutcome
from windlass.kernel import Ran, Tools
from windlass.plugins.runners.mechanic import asks_ruff, formatters, ruff_check, tidy


class Here:
    """`kernel.Run` in a folder, with ruff on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        environment = {"PATH": f"/usr/bin:/bin:{Path(sys.executable).parent}", "HOME": str(self.folder)}
        try:
            done = subprocess.run(
                list(argv), cwd=self.folder, input=stdin, env=environment, capture_output=True, timeout=timeout_s,  # noqa: E501
                check=False,
            )  # fmt: skip
        except FileNotFoundError:
            return Ran(127, b"", b"not found", 0.0)
        return Ran(done.returncode, done.stdout, done.stderr, 0.0)


def work(folder: Path, rules: Sequence[str], paths: Sequence[str], **settings: object) -> RunnerOutcome:
    runner = RUNNERS.open("mechanic", settings, Tools(lambda: 1.0, Here(folder), str))
    finding = FindingRef(paths[0] if paths else "", 1, rules[0] if rules else "", "")
    return runner.work(
        Assignment(
            1, 1, 1, "t", "", "ruff", "debt", tuple(rules), tuple(paths), (finding,), "", "0" * 40, "b"
        )
    )


def test_it_fixes_the_rule_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\nimport sys,json\nx = None\nif x == None: print(sys, json)\n")
    assert work(tmp_path, ["F401"], ["a.py"]).kind is Ending.CHANGED
    assert (tmp_path / "a.py").read_text() == "import sys,json\nx = None\nif x == None: print(sys, json)\n"


def test_the_projects_own_configuration_decides(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ruff]\nexclude = ["gen"]\n[tool.ruff.lint.per-file-ignores]\n'  # noqa: E501
                                             '"keep.py" = ["F401"]\n')  # fmt: skip
    for name in ("gen/a.py", "keep.py", "b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("import os\n")
    assert work(tmp_path, ["F401"], ["gen/a.py", "keep.py"]).kind is Ending.NOTHING
    assert work(tmp_path, ["F401"], ["b.py"]).kind is Ending.CHANGED


def test_only_safe_fixes_unless_the_settings_name_the_rule(tmp_path: Path) -> None:
    text = "def f():\n    x = 1\n    return 2\n"
    (tmp_path / "a.py").write_text(text)
    assert work(tmp_path, ["F841"], ["a.py"]).kind is Ending.NOTHING
    assert work(tmp_path, ["F841"], ["a.py"], unsafe=("F841",)).kind is Ending.CHANGED
    assert (tmp_path / "a.py").read_text() == "def f():\n    return 2\n"


def test_what_was_formatted_stays_formatted_and_what_was_not_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 80\n")
    (tmp_path / "a.py").write_text("from m import (\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n"
                                   "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n)\n\nprint(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)\n")  # fmt: skip # noqa: E501
    (tmp_path / "b.py").write_text("import os\nimport sys\nprint( sys )\n")
    assert work(tmp_path, ["F401"], ["a.py", "b.py"]).kind is Ending.CHANGED
    check = Here(tmp_path)(("ruff", "format", "--check", "a.py"), timeout_s=60)
    assert check.exit_code == 0, (tmp_path / "a.py").read_text()
    assert "print( sys )" in (tmp_path / "b.py").read_text()


def test_formatting_is_a_rule_too_where_a_formatter_is_configured(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = {  'a':1 }\n")
    assert work(tmp_path, ["format"], ["a.py"]).kind is Ending.CANNOT
    (tmp_path / "pyproject.toml").write_text("[tool.ruff.format]\nquote-style = 'double'\n")
    assert work(tmp_path, ["format"], ["a.py"]).kind is Ending.CHANGED
    assert (tmp_path / "a.py").read_text() == 'x = {"a": 1}\n'


def test_a_broken_configuration_is_a_reason_not_a_guess(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("no-such-key = 1\n")
    (tmp_path / "a.py").write_text("import os\n")
    outcome = work(tmp_path, ["F401"], ["a.py"])
    assert outcome.kind is Ending.CANNOT
    assert "no-such-key" in outcome.detail
    assert (tmp_path / "a.py").read_text() == "import os\n"


def test_whitespace_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one  \ntwo\t\n\n\n")
    (tmp_path / "a.py").write_text('x = """a  \n"""\n')
    assert work(tmp_path, ["trailing-whitespace"], ["a.txt", "a.py"]).kind is Ending.CHANGED
    assert (tmp_path / "a.txt").read_text() == "one\ntwo\n"
    assert (tmp_path / "a.py").read_text() == 'x = """a  \n"""\n'


def test_what_no_tool_fixes_is_said(tmp_path: Path) -> None:
    assert work(tmp_path, ["TODO-think"], ["a.py"]).kind is Ending.CANNOT
    assert work(tmp_path, ["F401"], []).kind is Ending.CANNOT


def test_what_it_accepts() -> None:
    runner = RUNNERS.open("mechanic", {}, Tools(lambda: 1.0, Here(Path("/")), str))
    asked = {
        ("F401", True, "a.py"): True, ("F401", False, "a.py"): False, ("F401", True, "a.js"): False,
        ("TODO", True, "a.py"): False, ("format", False, "a.pyi"): True, ("final-newline", False, "a.md"): True,  # noqa: E501
    }  # fmt: skip
    for (rule, fixable, path), wanted in asked.items():
        assert runner.accepts(Offer("ruff", rule, "debt", fixable, (path,))) is wanted, (rule, fixable, path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("\n### pyproject.toml\n[tool.black]\nline-length = 100\n[tool.ruff]\n", ["black"]),
        ("\n### pyproject.toml\n[tool.black]\n[tool.isort]\n", ["isort", "black"]),
        ("\n### pyproject.toml\n[tool.ruff.lint]\nselect = []\n", ["ruff"]),
        ("\n### ruff.toml\nline-length = 3\n\n### .ruff.toml\n", ["ruff"]),
        ("\n### ruff.toml\n\n### .ruff.toml\n\n### setup.cfg\n[isort]\n", ["isort"]),
    ],
)
def test_the_formatters_a_project_asks_for(text: str, names: list[str]) -> None:
    assert [each.name for each in formatters(text)] == names


def test_the_ruff_command_is_safe_by_default() -> None:
    assert "--no-unsafe-fixes" in ruff_check(["F401", "F841"], ["F841"], own=True)
    assert "--unsafe-fixes" in ruff_check(["F841"], ["F841"], own=False)


def test_a_suppression_of_a_rule_the_project_selects_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["E5", "F", "RUF100"]\nunfixable = ["F541"]\n')
    used = f"x = '{'x' * 100}'  # noqa: E501\n"
    (tmp_path / "a.py").write_text(f"{used}import os\ny = 1  # noqa: F821\n")
    assert work(tmp_path, ["RUF100"], ["a.py"]).kind is Ending.CHANGED
    assert (tmp_path / "a.py").read_text() == f"{used}import os\ny = 1\n"


@pytest.mark.parametrize("rule", ["RUF100", "UP006", "I001"])
def test_rules_that_mean_nothing_without_a_configuration_change_nothing_without_one(
    tmp_path: Path, rule: str
) -> None:
    text = "import sys\nimport os\nfrom typing import List\nx: List[int] = [sys, os]  # noqa: S101\n"
    (tmp_path / "a.py").write_text(text)
    assert work(tmp_path, [rule], ["a.py"]).kind is Ending.NOTHING
    assert (tmp_path / "a.py").read_text() == text


def test_who_configures_ruff() -> None:
    assert asks_ruff("\n### pyproject.toml\n[tool.ruff]\nline-length = 80\n")
    assert asks_ruff("\n### pyproject.toml\n[tool.ruff.lint]\n")
    assert asks_ruff("\n### ruff.toml\nline-length = 80\n")
    assert not asks_ruff("\n### pyproject.toml\n[tool.ruffian]\n\n### ruff.toml\n\n### setup.cfg\n[isort]\n")


@given(st.binary(max_size=200), st.booleans())
def test_tidying_is_done_once_and_keeps_the_words(content: bytes, breaks: bool) -> None:
    done = tidy(content, breaks=breaks)
    assert tidy(done, breaks=breaks) == done
    assert done.split() == content.split()
