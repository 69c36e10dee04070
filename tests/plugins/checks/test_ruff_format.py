"""Formatting for real."""

from collections.abc import Callable

from windlass.plugins.checks.ruff_format import formats, parse_unformatted
from windlass.verify import Outcome, Reading


def test_unformatted_files_are_counted(read: Callable[..., Reading]) -> None:
    found = read("ruff_format", {"a.py": b"x = {1:2}\n", "b.py": b"x = 1\n"})
    assert (found.outcome, dict(found.counts)) == (Outcome.FAILED, {"a.py|format": 1})
    assert read("ruff_format", {"b.py": b"x = 1\n"}).outcome is Outcome.PASSED


def test_a_hook_alone_formats_nothing_but_python(read: Callable[..., Reading]) -> None:
    files = {"README.md": b"```python\nx={1:2}\n```\n", "b.py": b"x = 1\n"}
    assert read("ruff_format", files).outcome is Outcome.PASSED
    own = {**files, "ruff.toml": b'[format]\nquote-style = "double"\n'}
    assert dict(read("ruff_format", own).counts) == {"README.md|format": 1}


def test_a_file_that_does_not_parse_is_not_a_pass(read: Callable[..., Reading]) -> None:
    assert read("ruff_format", {"a.py": b"def (\n"}).outcome is not Outcome.PASSED


def test_only_projects_that_format_are_asked() -> None:
    assert formats({"pyproject.toml": "[tool.ruff.format]\n"})
    assert formats({".pre-commit-config.yaml": "- id: ruff-format\n"})
    assert not formats({"pyproject.toml": "[tool.ruff]\n"})


def test_the_list_of_older_ruffs_is_read_as_well() -> None:
    assert parse_unformatted(b"Would reformat: a b.py\n1 file would be reformatted\n", "/t") == {
        "a b.py|format": 1
    }
