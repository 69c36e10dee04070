"""Hostile submissions: what an agent leaves in its attempt, and packs it forged by hand."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from tests.workspace.forge import Forge


@dataclass(frozen=True)
class Left:
    """What an agent's script leaves. `expected`: how taking it in ends; `held`: it waits for a person."""

    name: str
    script: str
    expected: str
    held: bool = False


SCRIPTS = [
    Left(
        "hooks, filters and a monitor of its own",
        """
        mkdir -p .git/hooks; for h in pre-commit post-index-change reference-transaction; do
        printf '#!/bin/sh\\ntouch evil\\n' > .git/hooks/$h; chmod +x .git/hooks/$h; done
        git config core.fsmonitor "touch evil"; git config filter.x.clean "touch evil"
        echo '* filter=x' > .git/info/attributes; echo x >> app.py""",
        "taken",
    ),
    Left(
        "filters by its own attributes",
        """
        echo '* filter=x diff=x merge=x' > .gitattributes; git config filter.x.process "touch evil"
        git config filter.x.required true; echo x >> app.py""",
        "taken",
        held=True,
    ),
    Left("its git directory is a link", "rm -rf .git; ln -s /etc .git; echo x >> app.py", "taken"),
    Left("its git directory is a file", "rm -rf .git; echo 'gitdir: /etc' > .git; echo x >> app.py", "taken"),
    Left("its git directory is a pipe", "rm -rf .git; mkfifo .git; echo x >> app.py", "taken"),
    Left(
        "alternates, grafts and replaced objects of its own",
        """
        echo /nowhere >> .git/objects/info/alternates; git replace HEAD:app.py HEAD:docs/a.txt || :
        git rev-parse HEAD > .git/info/grafts; echo x >> app.py""",
        "taken",
    ),
    Left(
        "a repository inside",
        """
        git init -q sub; cd sub; git -c user.name=x -c user.email=x commit -q --allow-empty -m x""",
        "submodule",
    ),
    Left(
        "a bare repository inside",
        """
        mkdir -p sub/objects sub/refs; echo 'ref: refs/heads/x' > sub/HEAD
        printf '[core]\\n\\tbare = true\\n\\tfsmonitor = touch evil\\n' > sub/config""",
        "taken",
    ),
    Left(
        "a submodule it declares",
        """
        printf '[submodule "s"]\\n\\tpath = s\\n\\turl = ./s\\n' > .gitmodules""",
        "taken",
        held=True,
    ),
    Left(
        "a submodule that is an option",
        """
        printf '[submodule "s"]\\n\\tpath = s\\n\\turl = -ufoo\\n' > .gitmodules""",
        "bad-pack",
    ),
    Left("a link to a file outside", "ln -s /etc/passwd link", "bad-link"),
    Left("a link to a folder outside", "ln -s ../../.. docs/out", "bad-link"),
    Left("a link to the environment of the process", "ln -s /proc/self/environ env.py", "bad-link"),
    Left("links through links", "ln -s . a; ln -s a/a b; ln -s b/../.. c", "bad-link"),
    Left("a link into a .git", "ln -s docs/.git/config x", "bad-link"),
    Left("a pipe and a socket", "mkfifo pipe; echo x >> app.py", "taken"),
    Left("names for other systems", "mkdir '.git '; echo x > '.git /config'", "uncommitted"),
    Left(
        "a stream of .git",
        "mkdir '.git::$INDEX_ALLOCATION'; echo x > '.git::$INDEX_ALLOCATION/config'",
        "uncommitted",
    ),
    Left("a short name of .git", "mkdir 'git~1'; echo x > 'git~1/config'", "uncommitted"),
    Left("attributes in capitals", "echo '* filter=x' > .GITATTRIBUTES", "bad-name"),
    Left("a name with a line break", "echo x > \"$(printf 'a\\nb')\"", "bad-name"),
    Left("a name with a backslash", "echo x > 'a\\..\\b'", "bad-name"),
    Left(
        "folders below folders",
        "p=d; for i in $(seq 45); do p=$p/d; done; mkdir -p $p; echo x > $p/f",
        "too-deep",
    ),
    Left(
        "thousands of files",
        "mkdir m; i=0; while [ $i -lt 2100 ]; do : > m/$i; i=$((i+1)); done",
        "too-many-files",
    ),
    Left("a large file of nothing", "truncate -s 30000000 big", "too-large"),
    Left("files nobody may read", "echo x > a.py; chmod 000 a.py; chmod 000 docs", "uncommitted"),
    Left("a program with the rights of its owner", "echo x > s.py; chmod 6755 s.py", "taken"),
    Left("a lock in the way", "touch .git/index.lock ../out/index.lock; echo x >> app.py", "taken"),
    Left("everything ignored", "echo '*' > .gitignore; rm app.py", "taken"),
    Left(
        "its output folder is full of traps",
        """
        mkdir -p ../out/repo.git/hooks; ln -s /etc/passwd ../out/head; chmod 500 ../out/repo.git
        echo x >> app.py""",
        "taken",
    ),
]

PROTECTED = (
    ".claude/settings.json", "sub/.claude/settings.json", ".mcp.json", ".codex/config.toml",
    "sub/.codex/config.toml", ".gemini/settings.json", "sub/.gemini/settings.json", ".cursor/mcp.json",
    "sub/.cursor/rules/a.mdc", ".cursorrules", ".windsurf/rules/a.md", "AGENTS.md", "sub/AGENTS.md",
    "AGENT.md", "CLAUDE.md", "GEMINI.md", "opencode.json", "sub/opencode.json", "opencode.jsonc",
    ".opencode/command/x.md", ".aider.conf.yml", ".clinerules", ".roo/rules.md", ".continue/config.yaml",
    ".kiro/settings/mcp.json", ".qwen/settings.json", ".junie/guidelines.md", ".agents/skills/x.md",
    ".goosehints", ".crush.json", ".zed/tasks.json", ".github/copilot-instructions.md",
    ".github/agents/x.md", ".github/prompts/x.prompt.md", ".github/workflows/ci.yml", ".gitlab-ci.yml",
    ".vscode/tasks.json", "sub/.vscode/settings.json", ".idea/workspace.xml", "x.code-workspace",
    ".devcontainer/devcontainer.json", ".npmrc", "sub/.npmrc", ".yarnrc.yml", ".pnpmfile.cjs",
    "bunfig.toml", "pip.conf", "sub/pip.conf", ".pypirc", "uv.toml", "sub/uv.toml", "poetry.toml",
    ".cargo/config.toml", "sub/.cargo/config.toml", "conftest.py", "sitecustomize.py", "src/usercustomize.py",
    ".pre-commit-config.yaml", ".husky/pre-commit", "lefthook.yml", ".envrc", ".env", ".gitattributes",
    ".gitmodules", ".lfsconfig", "windlass.toml", "CODEOWNERS",
)  # fmt: skip
"""Files that other programs obey: a change of one lands only with a person's yes."""

BOXED = (
    "setup.py", "tox.ini", "noxfile.py", "Makefile", "package.json", "backend.py", "pyproject.toml",
    "tests/conftest.py", "Dockerfile", "build.rs",
)  # fmt: skip
"""Code like any other: it runs in the sandbox alone, and outside its paths no task may touch it."""


@dataclass(frozen=True)
class Pack:
    """A pack made by hand, and the word with which it is refused."""

    name: str
    expected: str
    head: Callable[[Forge], str]


def one(mode: str, name: str, content: bytes = b"x") -> Callable[[Forge], str]:
    return lambda forge: forge.commit(forge.tree((mode, name, forge.blob(content))))


def commit(old: str, new: str) -> Callable[[Forge], str]:
    """A commit whose text is not what git would have written."""

    def make(forge: Forge) -> str:
        forge.commit(forge.tree(("100644", "f", forge.blob())))
        _, text = forge.objects.pop()
        assert old.encode() in text
        return forge.put("commit", text.replace(old.encode(), new.encode()))

    return make


def twice(forge: Forge) -> str:
    return forge.commit(forge.tree(("100644", "f", forge.blob(b"1")), ("100644", "f", forge.blob(b"2"))))


def unsorted(forge: Forge) -> str:
    return forge.commit(forge.tree(("100644", "z", forge.blob(b"1")), ("100644", "a", forge.blob(b"2"))))


def bomb(forge: Forge) -> str:
    oid, mode = forge.blob(), "100644"
    for _ in range(10):
        oid, mode = forge.tree(*((mode, str(n), oid) for n in range(10))), "40000"
    return forge.commit(oid)


def gitlink(forge: Forge) -> str:
    return forge.commit(forge.tree(("160000", "sub", forge.base)))


def hole(forge: Forge) -> str:
    return forge.commit(forge.tree(("100644", "f", "1" * 40)))


def itself(forge: Forge) -> str:
    return forge.commit(forge.tree(("100644", "f", forge.blob())), "2" * 40)


def link_and_folder(forge: Forge) -> str:
    inner = forge.tree(("100644", "planted", forge.blob()))
    return forge.commit(forge.tree(("120000", "sub", forge.blob(b"/tmp")), ("40000", "sub", inner)))


def unlike_its_kind(forge: Forge) -> str:
    return forge.commit(forge.tree(("40000", "folder", forge.blob())))


PACKS = [
    Pack("a .git", "bad-pack", one("100644", ".git")),
    Pack("a .git in other letters", "bad-pack", one("100644", ".gIt")),
    Pack("a .git with letters nobody sees", "bad-", one("100644", ".g\u200cit")),
    Pack("a .git with a dot behind", "bad-", one("100644", ".git.")),
    Pack("the folder above", "bad-pack", one("100644", "..")),
    Pack("a path as a name", "bad-pack", one("100644", "a/b")),
    Pack("no name", "bad-pack", one("100644", "")),
    Pack("a name with a control character", "bad-name", one("100644", "a\x1b[2J")),
    Pack("a name beyond all disks", "bad-name", one("100644", "n" * 300)),
    Pack("a padded mode", "bad-", one("0100644", "f")),
    Pack("a device", "bad-mode", one("60644", "disk")),
    Pack("writable for all", "bad-mode", one("100666", "f")),
    Pack("a name twice", "bad-pack", twice),
    Pack("an order that hides", "bad-pack", unsorted),
    Pack("link and folder of one name", "bad-", link_and_folder),
    Pack("a file for a folder", "bad-", unlike_its_kind),
    Pack("attributes that are a link", "bad-", one("120000", ".gitattributes", b"/etc/passwd")),
    Pack("modules that are a link", "bad-pack", one("120000", ".gitmodules", b"/etc/passwd")),
    Pack(
        "an address that is an option",
        "bad-pack",
        one("100644", ".gitmodules", b'[submodule "s"]\n\turl = -u./x\n'),
    ),
    Pack(
        "a submodule named like a path",
        "bad-pack",
        one("100644", ".gitmodules", b'[submodule "../../x"]\n\turl = ./x\n'),
    ),
    Pack("a submodule", "submodule", gitlink),
    Pack("an author without an address", "bad-pack", commit(" <a@b>", "")),
    Pack("a time that is none", "bad-pack", commit("1700000000", "tomorrow")),
    Pack("a time without end", "bad-pack", commit("1700000000", "9" * 40)),
    Pack("two authors", "bad-pack", commit("committer", "author A <a@b> 1 +0000\ncommitter")),
    Pack("a nought in the head", "bad-pack", commit("author A", "author A\0")),
    Pack("no tree", "bad-pack", commit("tree ", "tee ")),
    Pack("a bomb of files", "too-many-files", bomb),
    Pack("a file that unpacks to thirty million bytes", "too-large", one("100644", "f", b"\0" * 30_000_000)),
    Pack("a hole", "bad-pack", hole),
    Pack("another history", "bad-pack", itself),
    Pack("a blob for a head", "bad-head", lambda forge: forge.blob()),
    Pack("a link that is empty", "bad-link", one("120000", "link", b"")),
    Pack("a link out", "bad-link", one("120000", "link", os.fsencode("../../etc/passwd"))),
]
