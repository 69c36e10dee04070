"""Paths whose change needs a person, as data: what runs code, supply chain, shape of data, keys, money."""

import re
from fnmatch import fnmatchcase
from typing import Final

_FILES: Final[tuple[tuple[str, str], ...]] = (
    (".github/*", "configures the forge and its automation"),
    (".gitlab-ci.yml", "configures CI"),
    (".gitlab/*", "configures CI"),
    (".circleci/*", "configures CI"),
    (".buildkite/*", "configures CI"),
    (".azure-pipelines/*", "configures CI"),
    (".travis.yml", "configures CI"),
    (".ci/*", "configures CI"),
    ("azure-pipelines*.yml", "configures CI"),
    ("bitbucket-pipelines.yml", "configures CI"),
    ("appveyor.yml", "configures CI"),
    ("jenkinsfile*", "configures CI"),
    (".pre-commit-config.yaml", "configures hooks"),
    (".pre-commit-hooks.yaml", "configures hooks"),
    (".husky/*", "configures hooks"),
    (".githooks/*", "configures hooks"),
    ("lefthook.y*ml", "configures hooks"),
    ("agents.md", "instructs agents"),
    ("claude.md", "instructs agents"),
    ("gemini.md", "instructs agents"),
    (".mcp.json", "configures agents"),
    (".claude/*", "configures agents"),
    (".codex/*", "configures agents"),
    (".cursor/*", "configures agents"),
    (".cursorrules", "configures agents"),
    (".aider*", "configures agents"),
    (".windsurf*", "configures agents"),
    ("windlass.toml", "configures windlass"),
    (".automation-scope.y*ml", "configures windlass"),
    (".gitattributes", "changes how git treats files"),
    (".gitmodules", "changes how git treats files"),
    (".lfsconfig", "changes how git treats files"),
    ("codeowners", "says who must approve"),
    ("pyproject.toml", "declares dependencies or the build"),
    ("setup.py", "declares dependencies or the build"),
    ("setup.cfg", "declares dependencies or the build"),
    ("requirements*.txt", "declares dependencies"),
    ("requirements*.in", "declares dependencies"),
    ("requirements/*", "declares dependencies"),
    ("constraints*.txt", "declares dependencies"),
    ("pipfile", "declares dependencies"),
    ("environment.y*ml", "declares dependencies"),
    ("*.lock", "pins dependencies"),
    ("*-lock.json", "pins dependencies"),
    ("*-lock.yaml", "pins dependencies"),
    ("package.json", "declares dependencies or the build"),
    ("npm-shrinkwrap.json", "pins dependencies"),
    ("cargo.toml", "declares dependencies or the build"),
    ("go.mod", "declares dependencies"),
    ("go.sum", "pins dependencies"),
    ("gemfile", "declares dependencies"),
    ("*.gemspec", "declares dependencies"),
    ("pom.xml", "declares dependencies or the build"),
    ("*.gradle", "declares dependencies or the build"),
    ("*.gradle.kts", "declares dependencies or the build"),
    ("composer.json", "declares dependencies"),
    (".npmrc", "says where dependencies come from"),
    ("pip.conf", "says where dependencies come from"),
    ("dockerfile*", "builds what is deployed"),
    ("migrations/*", "migrates stored data"),
    ("alembic/*", "migrates stored data"),
    ("*.tf", "changes infrastructure"),
)
"""Lower-case patterns and why; one with a slash matches a folder anywhere, the others a file's name."""

_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys((
        "auth", "authn", "authz", "authentication", "authorization", "oauth", "oauth2", "oidc", "saml",
        "login", "password", "passwords", "credential", "credentials", "permission", "permissions", "rbac",
        "acl", "sso", "jwt",
    ), "decides who may do what"),
    **dict.fromkeys((
        "crypto", "cryptography", "encryption", "cipher", "ciphers", "signing", "hmac", "tls", "ssl",
        "secret", "secrets", "keyring", "vault",
    ), "guards keys or secrets"),
    **dict.fromkeys((
        "payment", "payments", "billing", "invoice", "invoices", "invoicing", "payout", "payouts", "refund",
        "refunds", "stripe", "paypal",
    ), "moves money"),
}  # fmt: skip
_SPLIT: Final = re.compile(r"[^a-z0-9]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def restricted(path: str, prefixes: tuple[str, ...]) -> str | None:
    """The prefix of the automation scope that covers `path`, in words, or None."""
    for prefix in prefixes:
        if _under(path, prefix):
            return f"{path} is restricted by the automation scope ({prefix})"
    return None


def sensitive(path: str) -> str | None:
    """What makes a change of `path` risky, in words, or None."""
    lowered = path.lower()
    for pattern, why in _FILES:
        if _matches(lowered, pattern):
            return f"{path} {why}"
    for word in _SPLIT.split(_HUMP.sub("_", path).lower()):
        if why := _WORDS.get(word, ""):
            return f"{path} {why} ({word!r} in its name)"
    return None


def _under(path: str, prefix: str) -> bool:
    """Prefixes are folders or whole files, compared without case: some file systems do not see any."""
    path, prefix = path.casefold(), prefix.casefold().rstrip("/")
    return not prefix or path == prefix or path.startswith(prefix + "/")


def _matches(path: str, pattern: str) -> bool:
    if "/" in pattern:
        return fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")
    return fnmatchcase(path.rsplit("/", 1)[-1], pattern)
