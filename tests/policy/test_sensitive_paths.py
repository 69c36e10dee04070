"""Sensitive paths as data."""

import pytest

from windlass.policy.sensitive_paths import _FILES, restricted, sensitive


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        "sub/.circleci/config.yml",
        "Jenkinsfile",
        ".pre-commit-config.yaml",
        "CLAUDE.md",
        ".claude/settings.json",
        "a/b/.cursor/rules/x",
        ".gitmodules",
        "requirements-dev.txt",
        "uv.lock",
        "package-lock.json",
        "pnpm-lock.yaml",
        "setup.py",
        "db/migrations/0007.sql",
        "alembic/versions/x.py",
        "src/OAuthClient.ts",
        "lib/jwt_tools.py",
        "billing/models.py",
        "docker/Dockerfile.prod",
        "windlass.toml",
    ],
)
def test_these_paths_need_a_person(path: str) -> None:
    why = sensitive(path)
    assert why is not None
    assert path in why


@pytest.mark.parametrize(
    "path",
    ["src/authors.py", "docs/index.md", "a.py", "tests/test_blocks.py", "immigrations/x.py", "signal.py"],
)
def test_these_paths_do_not(path: str) -> None:
    assert sensitive(path) is None


def test_the_table_is_lower_case_because_paths_are_lowered() -> None:
    assert [pattern for pattern, _ in _FILES if pattern != pattern.lower()] == []


def test_a_restricted_folder_covers_what_is_in_it() -> None:
    assert restricted("secrets/a/b", ("secrets/",)) is not None
    assert restricted("secrets", ("secrets/",)) is not None
    assert restricted("a/secrets/b", ("secrets/",)) is None
