"""Paths an agent's change may not touch without a person, and why. Pure."""

from fnmatch import fnmatchcase

_REASONS: dict[str, tuple[str, ...]] = {
    "continuous integration decides what is checked": (
        ".github/workflows/*", ".github/actions/*", ".gitlab-ci.yml", ".gitlab/ci/*", ".circleci/*",
        ".travis.yml", "jenkinsfile", "azure-pipelines.yml", ".azure-pipelines/*", "bitbucket-pipelines.yml",
        ".drone.yml", ".buildkite/*", ".ci/*", ".woodpecker/*", ".woodpecker.yml", ".cirrus.yml",
        "appveyor.yml", ".appveyor.yml", ".forgejo/workflows/*", ".gitea/workflows/*",
    ),
    "git reads it and may run what it names": (
        ".gitattributes", "*/.gitattributes", ".gitmodules", "*/.gitmodules", ".lfsconfig", ".gitconfig",
    ),
    "hooks run on people's machines": (
        ".githooks/*", ".husky/*", ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "lefthook.yml",
        ".lefthook/*", ".overcommit.yml",
    ),
    "agents and editors obey it": (
        ".claude/*", "*/.claude/*", ".claude.json", ".mcp.json", "*/.mcp.json", ".codex/*", ".gemini/*",
        ".cursor/*", ".cursorrules", ".cursorignore", ".windsurf/*", ".windsurfrules", ".clinerules",
        ".clinerules/*", ".aider*", ".opencode/*", "opencode.json", ".openhands/*", ".continue/*", ".roo/*",
        ".amazonq/*", ".vscode/*", ".idea/*", ".devcontainer/*", "agents.md", "*/agents.md", "claude.md",
        "*/claude.md", "gemini.md", "*/gemini.md", ".github/copilot-instructions.md",
        ".github/instructions/*",
    ),
    "windlass reads it": ("windlass.toml", ".windlass/*", ".automation-scope.yaml"),
    "it decides who must review": ("codeowners", ".github/codeowners", "docs/codeowners"),
    "it holds secrets or names where packages come from": (
        ".env", ".env.*", "*/.env", "*/.env.*", ".npmrc", "*/.npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc",
        "pip.conf", ".netrc", "*/.netrc", ".envrc", "*/.envrc",
    ),
    "it runs before every test or program": (
        "conftest.py", "sitecustomize.py", "*/sitecustomize.py", "usercustomize.py", "*/usercustomize.py",
    ),
}  # fmt: skip


def protected(path: str) -> str | None:
    """Why a change of `path` needs a person, None when it does not.

    Letter case is ignored, as some disks do.
    """
    folded = path.casefold()
    for reason, patterns in _REASONS.items():
        if any(fnmatchcase(folded, pattern) for pattern in patterns):
            return reason
    return None
