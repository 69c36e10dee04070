"""What an agent may not change without a person."""

import pytest

from windlass.workspace import protected


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".github/workflows/deep/ci.yml",
        ".GITHUB/Workflows/ci.yml",
        ".gitlab-ci.yml",
        "Jenkinsfile",
        ".gitattributes",
        "src/.gitattributes",
        ".gitmodules",
        ".lfsconfig",
        ".pre-commit-config.yaml",
        ".husky/pre-commit",
        ".claude/settings.json",
        "pkg/.claude/x",
        ".mcp.json",
        "AGENTS.md",
        "docs/CLAUDE.md",
        ".cursor/rules/a.mdc",
        ".codex/config.toml",
        ".gemini/settings.json",
        ".env",
        ".env.local",
        "app/.env",
        ".npmrc",
        "conftest.py",
        "sitecustomize.py",
        "src/sitecustomize.py",
        "CODEOWNERS",
        "windlass.toml",
        ".vscode/tasks.json",
        "pkg/.vscode/tasks.json",
        "pkg/.codex/config.toml",
        "pkg/opencode.json",
        "x.code-workspace",
        "pkg/uv.toml",
        ".cargo/config.toml",
    ],
)
def test_protected_paths_have_a_reason(path):
    assert protected(path)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "src/app.py",
        "tests/conftest.py",
        "environment.py",
        ".gitignore",
        "docs/agents.rst",
        "docs/windlass.toml",
        "docs/pip.configuration",
        "github/workflows/x",
        "Makefile",
    ],
)
def test_ordinary_paths_are_free(path):
    assert protected(path) is None
