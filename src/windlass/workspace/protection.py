"""Paths an agent's change may not touch without a person, and why. Pure."""

from fnmatch import fnmatchcase

_REASONS: dict[str, tuple[str, ...]] = {
    "continuous integration decides what is checked": (
        "/.github/workflows/*", "/.github/actions/*", "/.gitlab-ci.yml", "/.gitlab/ci/*", "/.circleci/*",
        "/.travis.yml", "/jenkinsfile", "/azure-pipelines.yml", "/.azure-pipelines/*",
        "/bitbucket-pipelines.yml", "/.drone.yml", "/.buildkite/*", "/.ci/*", "/.woodpecker/*",
        "/.woodpecker.yml", "/.cirrus.yml", "/appveyor.yml", "/.appveyor.yml", "/.forgejo/workflows/*",
        "/.gitea/workflows/*",
    ),
    "git reads it and may run what it names": (
        ".gitattributes", ".gitmodules", "/.lfsconfig", "/.gitconfig",
    ),
    "hooks run on people's machines": (
        "/.githooks/*", ".husky/*", "/.pre-commit-config.yaml", "/.pre-commit-hooks.yaml", "/lefthook.yml",
        "/.lefthook/*", "/.overcommit.yml",
    ),
    "agents and editors obey it": (
        "agents.md", "agent.md", "claude.md", "claude.local.md", "gemini.md", "qwen.md", ".goosehints",
        ".claude/*", "/.claude.json", ".mcp.json", ".codex/*", ".gemini/*", ".qwen/*", ".agents/*",
        ".cursor/*", ".cursorrules", "/.cursorignore", ".windsurf/*", ".windsurfrules", ".clinerules",
        ".clinerules/*", ".aider*", ".opencode/*", "opencode.json", "opencode.jsonc", "crush.json",
        ".crush.json", ".openhands/*", ".continue/*", ".roo/*", ".kiro/*", ".junie/*", ".amazonq/*",
        ".zed/*", ".vscode/*", ".idea/*", "*.code-workspace", ".devcontainer/*", "/.devcontainer.json",
        "/.github/copilot-instructions.md", "/.github/instructions/*", "/.github/agents/*",
        "/.github/prompts/*", "/.github/chatmodes/*",
    ),
    "windlass reads it": (
        "/windlass.toml", "/.windlass/*", "/.automation-scope.yaml", "/agents.yaml", "/quality_ratchet.json",
    ),
    "it decides who must review": ("/codeowners", "/.github/codeowners", "/docs/codeowners"),
    "it holds secrets or names where packages come from": (
        ".env", ".env.*", ".envrc", ".npmrc", ".pnpmfile.cjs", ".yarnrc", ".yarnrc.yml", "bunfig.toml",
        "/.pypirc", "pip.conf", "uv.toml", "poetry.toml", ".cargo/config", ".cargo/config.toml", ".netrc",
    ),
    "it runs before every test or program": ("/conftest.py", "sitecustomize.py", "usercustomize.py"),
}  # fmt: skip
"""Patterns that begin with a slash count at the top alone, the others in every folder."""


def protected(path: str) -> str | None:
    """Why a change of `path` needs a person, None when it does not.

    Letter case is ignored, as some disks do.
    """
    folded = "/" + path.casefold()
    for reason, patterns in _REASONS.items():
        if any(fnmatchcase(folded, p if p[0] == "/" else f"*/{p}") for p in patterns):
            return reason
    return None
