"""What files fix, what they leave open, and what nobody here reads."""

import json

import pytest

from windlass.scan.lockfile import FILE_MAX, WHOLE_MAX, Dependency, Listed, listed, read, reads, settled

UV = b"""version = 1
[[package]]
name = "click"
version = "8.1.7"
source = { registry = "https://index.example/simple" }
[[package]]
name = "shop"
version = "0.1"
source = { editable = "." }
"""
CARGO = b"""[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://index.example"
[[package]]
name = "shop"
version = "0.1.0"
"""
NPM = {
    "packages": {
        "": {"name": "shop"},
        "node_modules/a": {"version": "1.0.0"},
        "node_modules/l": {"link": True},
        "node_modules/a/node_modules/@s/b": {"version": "2.0.0"},
    }
}
OLD_NPM = {"dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}}
GO = b"module shop\n\nrequire (\n\tgolang.org/x/net v0.17.0 // indirect\n)\nrequire a.b/c v2.0.0+incompatible"
PYLOCK = b"""[[packages]]
name = "click"
version = "8.1.7"
[[packages]]
name = "shop"
directory = { path = "." }
"""
POETRY = b"""[[package]]
name = "click"
version = "8.1.7"
[package.source]
type = "legacy"
url = "https://index.example/simple"
[[package]]
name = "shop"
version = "1"
[package.source]
type = "directory"
url = "."
"""
PIPFILE = {
    "default": {"click": {"version": "==8.1.7"}, "shop": {"editable": True, "path": "."}},
    "develop": {},
}
PROJECT = b"""[project]
name = "Shop"
dependencies = ["httpx", "shop[dev]"]
[dependency-groups]
dev = ["ruff==0.1", { include-group = "more" }]
[tool.poetry.dependencies]
python = "^3"
rich = "^1"
"""
PIP = b"""# words
-r dev-requirements.txt
--index-url https://index.example
click==8.1.7 \\
    --hash=sha256:00
Jinja2>=3  # open
uvicorn[standard]==0.30.1 ; python_version > "3.8"
"""


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("uv.lock", UV, [("PyPI", "click", "8.1.7")]),
        ("a/Cargo.lock", CARGO, [("crates.io", "serde", "1.0.1")]),
        ("package-lock.json", json.dumps(NPM).encode(), [("npm", "a", "1.0.0"), ("npm", "@s/b", "2.0.0")]),
        ("package-lock.json", json.dumps(OLD_NPM).encode(), [("npm", "a", "1.0.0"), ("npm", "b", "2.0.0")]),
        ("go.mod", GO, [("Go", "golang.org/x/net", "0.17.0"), ("Go", "a.b/c", "2.0.0")]),
        (
            "requirements.txt",
            PIP,
            [("PyPI", "click", "8.1.7"), ("PyPI", "Jinja2", ""), ("PyPI", "uvicorn", "0.30.1")],
        ),
        ("requirements/base.txt", b"-e .\n./lib\n-r dev.txt\na==1", [("PyPI", "a", "1")]),
        ("pylock.toml", PYLOCK, [("PyPI", "click", "8.1.7")]),
        ("poetry.lock", POETRY, [("PyPI", "click", "8.1.7")]),
        ("Pipfile.lock", json.dumps(PIPFILE).encode(), [("PyPI", "click", "8.1.7")]),
        ("pyproject.toml", PROJECT, [("PyPI", "httpx", ""), ("PyPI", "ruff", "0.1"), ("PyPI", "rich", "")]),
        ("setup.py", b"setup(install_requires=['a'])", [("PyPI", "", "")]),
        ("setup.cfg", b"[flake8]", []),
        ("package.json", b'{"dependencies": {"a": "npm:@s/b@^1", "c": "file:c"}}', [("npm", "@s/b", "")]),
    ],
)
def test_a_file_says_what_it_fixes(path: str, content: bytes, told: list[tuple[str, str, str]]) -> None:
    found = read(path, content)
    assert [(one.ecosystem, one.name, one.version) for one in found.found] == told
    assert found.unknown == ()
    assert reads(path)


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("uv.lock", b"[[package]]\nname=", "cannot be read: TOMLDecodeError"),
        ("uv.lock", b"version = 1", "cannot be read: KeyError"),
        ("uv.lock", b"[[package]]\nversion = 1\n", "cannot be read"),
        ("uv.lock", b"a" + b".a" * 20_000 + b"=1", "too many dots"),
        ("uv.lock", b"[a" + b".a" * 200 + b"]", "too many dots"),
        (
            "uv.lock",
            b'[[package]]\nname = "a"\nsource = { git = "https://host/a" }',
            "a comes from an address",
        ),
        ("package-lock.json", b"[" * 200_000, "cannot be read"),
        ("package-lock.json", b'{"packages": []}', "cannot be read"),
        ("package-lock.json", json.dumps({"dependencies": {"a": 7}}).encode(), "cannot be read"),
        ("package-lock.json", b'{"packages": {"node_modules/a": {"resolved": "git+ssh://h"}}}', "an address"),
        ("go.mod", b"\xff\xfe", "cannot be read"),
        ("go.mod", b"replace a => b v1.0.0", "replaces modules"),
        ("yarn.lock", b"", "is not read"),
        ("requirements.txt", b"git+https://host/x.git", "names no package"),
        ("requirements.txt", b"x @ https://host/x.whl", "comes from an address"),
        ("requirements.txt", b"-r ../other.txt", "includes '../other.txt'"),
        ("requirements.txt", b"x" * 20_000, "goes on for 20000 characters"),
    ],
)
def test_what_cannot_be_told_is_unknown_and_never_nothing(path: str, content: bytes, why: str) -> None:
    found = read(path, content)
    assert found.found == ()
    assert why in found.unknown[0]


def test_what_is_too_large_is_told() -> None:
    (alone,) = listed(["uv.lock"], [])
    assert f"uv.lock is larger than {FILE_MAX >> 20} MB" in alone.unknown[0]
    *_, last = listed(["go.mod", "yarn.lock"], [("go.mod", b""), ("yarn.lock", b" " * (WHOLE_MAX + 1))])
    assert "yarn.lock and others were not read" in last.unknown[0]


def open_(path: str, name: str = "httpx", ecosystem: str = "PyPI") -> Dependency:
    return Dependency(ecosystem, name, "", path)


def test_what_one_file_leaves_open_another_one_beside_or_above_it_fixes() -> None:
    lock = Listed((Dependency("PyPI", "ruamel-yaml", "0.18", "a/uv.lock"),))
    for path in ("a/pyproject.toml", "a/requirements/dev.txt", "a/b/pyproject.toml"):
        assert settled([Listed((open_(path, "Ruamel.Yaml"),)), lock], {}) == lock
    for path in ("pyproject.toml", "ab/pyproject.toml"):
        told = settled([Listed((open_(path, "Ruamel.Yaml"),)), lock], {}).unknown
        assert told == (f"{path}: no version of Ruamel.Yaml is fixed",)


def test_what_python_leaves_open_is_what_is_installed_with_all_that_brings() -> None:
    pinned = Dependency("PyPI", "idna", "3.0", "requirements.txt")
    every = [
        Listed((open_("pyproject.toml"), open_("pyproject.toml", "gone"), pinned, open_("setup.py", "")))
    ]
    found = settled(
        [*every, Listed((open_("package.json", "a", "npm"),))], {"httpx": "0.28.1", "h11": "1", "Idna": "9"}
    )
    assert [(one.name, one.version) for one in found.found] == [
        ("idna", "3.0"),
        ("httpx", "0.28.1"),
        ("h11", "1"),
    ]
    assert found.unknown == (
        "pyproject.toml: no version of gone is fixed", "package.json: no version of a is fixed",
    )  # fmt: skip
    assert settled([Listed((open_("setup.py", ""),))], {}).unknown == (
        "setup.py: no version of what it asks for is fixed",
    )


def test_other_files_say_nothing() -> None:
    assert not any(map(reads, ("README.md", "src/a.py", "lock.json", "requirements.md", "docs/uv.lock.md")))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"-r https://elsewhere.example/requirements.txt", "includes 'https://elsewhere.example/req"),
        (b"-c https://elsewhere.example/constraints.txt", "includes 'https://elsewhere.example/con"),
        (b"-r ../../requirements.txt", "includes '../../requirements.txt'"),
        (b"-r /etc/requirements.txt", "includes '/etc/requirements.txt'"),
    ],
)
def test_what_is_included_from_outside_of_the_tree_is_not_read(line: bytes, why: str) -> None:
    told = read("a/requirements.txt", line + b"\nclick==8.1.7\n")
    assert [one.name for one in told.found] == ["click"]
    assert len(told.unknown) == 1
    assert why in told.unknown[0]


def test_short_options_name_no_package() -> None:
    content = b"-i https://index.example/simple\n-f ./wheels\n--no-index\nclick==8.1.7\n"
    assert read("requirements.txt", content) == Listed(
        (Dependency("PyPI", "click", "8.1.7", "requirements.txt"),)
    )
