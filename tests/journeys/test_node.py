"""A project of Node as its users have it, with packages from npm's registry, from `init` to a verdict."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.shell import Shell, new_shell

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not here"),
]
LINT = """const js = require("@eslint/js");
module.exports = [js.configs.recommended, { files: ["src/**"], languageOptions: { sourceType: "commonjs" } }];
"""
JEST: Mapping[str, str] = {
    "eslint.config.js": LINT,
    "src/add.js": "exports.add = (a, b) => a + b;\n",
    "test/add.test.js": 'test("adds", () => expect(require("../src/add").add(1, 2)).toBe(3));\n',
}
MOCHA: Mapping[str, str] = {
    "tsconfig.json": '{"compilerOptions": {"strict": true, "types": []}, "include": ["src"]}',
    "src/add.ts": "export const add = (a: number, b: number): number => a + b;\n",
    "test/add.js": 'it("adds", () => require("node:assert").equal(1 + 2, 3));\n',
}


def project(folder: Path, files: Mapping[str, str], script: str, *needs: str) -> Shell:
    """A repository with a lock that npm wrote."""
    shell = new_shell(folder)
    shell.plant.git("rm", "-rq", ".")
    scripts = {"test": script, "lint": "eslint src"}
    package = {"name": "demo", "version": "1.0.0", "private": True, "scripts": scripts}
    change(shell, {**files, "package.json": json.dumps(package), ".gitignore": "node_modules\n"})
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts", "--save-dev", *needs]
    done = subprocess.run(command, cwd=shell.repo, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the registry of npm is not reachable: {done.stderr[-200:]}")
    shell.commit()
    return shell


def change(shell: Shell, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (shell.repo / path).parent.mkdir(parents=True, exist_ok=True)
        (shell.repo / path).write_text(text)


def judged(shell: Shell, files: Mapping[str, str]) -> str:
    """What is said of the tree with some files changed; they are as before afterwards."""
    change(shell, files)
    said = shell("verify", "--tier", "1")
    shell.plant.git("checkout", "-q", ".")
    return said.out + said.err


def test_jest_and_eslint(tmp_path: Path) -> None:
    shell = project(tmp_path / "p", JEST, "jest", "jest@29", "eslint@9", "@eslint/js@9")
    assert "node_modules/.bin/eslint src" in shell("init").out
    assert "passed: tier 1" in judged(shell, {})
    broken = judged(shell, {"src/add.js": "exports.add = (a, b) => a - b;\n"})
    assert "node-test: 1 fail on this tree and not on the base: test/add.test.js::adds" in broken
    found = judged(shell, {"src/add.js": "exports.add = (a, b) => a + b;\nconst more = 1;\n"})
    assert "src/add.js no-unused-vars 0 -> 1" in found
    change(shell, {"src/add.js": "exports.add = (a, b) => (!!(a + b) ? a + b : 0);\nconst more = 1;\n"})
    fixed = shell("fix")
    assert "✓ src/add.js (eslint)" in fixed.out, fixed.out + fixed.err
    assert "no tool repairs what verify refuses: eslint: 1 violations are new" in fixed.out
    assert (shell.repo / "src/add.js").read_text().startswith("exports.add = (a, b) => (a + b ? a + b : 0)")


def test_mocha_and_typescript(tmp_path: Path) -> None:
    shell = project(tmp_path / "p", MOCHA, "mocha", "mocha@11", "typescript@5")
    assert "passed: tier 1" in judged(shell, {})
    found = judged(shell, {"src/add.ts": MOCHA["src/add.ts"] + 'export const one: number = "1";\n'})
    assert "src/add.ts TS2322 0 -> 1" in found
    broken = judged(shell, {"test/add.js": MOCHA["test/add.js"].replace("3)", "4)")})
    assert "node-test: 1 fail on this tree and not on the base: test/add.js::Mocha Tests::adds" in broken
