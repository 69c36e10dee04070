"""Packages of Node: made once for a lock, by npm in the sandbox, without a network and without scripts."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.verify.registries import Registry, lock, serving

from windlass.dispatch import Site
from windlass.languages import Toolchain, toolchain_of
from windlass.verify.facts import facts_of
from windlass.verify.lab import labs
from windlass.verify.model import OUTSIDE, Outcome
from windlass.verify.packages import Packages, Wish, packages_of
from windlass.verify.planning import planned
from windlass.verify.readings import fingerprint, measure
from windlass.verify.settings import Settings

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not here")
MANIFEST = (
    '{"name": "demo", "version": "1.0.0", "scripts": {"test": "node --test"}, "dependencies": {"tiny": "1"}}'
)
TEST = b"""const { test } = require("node:test");
const fs = require("node:fs");
test("packages are there, and tools may write beside them", () => {
  if (require("tiny") !== 42) throw new Error("another tiny");
  fs.mkdirSync("node_modules/.cache");
  require("node:child_process").execFileSync("node_modules/.bin/tiny");
});
"""
TINY = {
    "index.js": "module.exports = 42", "run.js": "#!/usr/bin/env node\n",
    "evil.js": "require('fs').writeFileSync(__dirname + '/ran', '')",
}  # fmt: skip


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with serving() as found:
        monkeypatch.setenv("npm_config_registry", found.url)
        yield found


@pytest.fixture
def tools() -> Toolchain:
    return toolchain_of(("node",), os.environ)


def project(registry: Registry, more: str = "") -> dict[str, bytes]:
    """A project that needs one package; `more` makes it another one."""
    scripts = {"postinstall": "node evil.js"}
    entry = registry.publish("tiny", {**TINY, "more": more}, bin={"tiny": "run.js"}, scripts=scripts)
    return {
        "package.json": MANIFEST.encode(), "package-lock.json": lock({"tiny": "1"}, {"tiny": entry}).encode(),
        "test/a.test.js": TEST, ".npmrc": b"registry=http://127.0.0.1:9\nignore-scripts=false\n",
    }  # fmt: skip


Make = Callable[..., Packages]


@pytest.fixture
def make(site: Site, tools: Toolchain, tmp_path: Path) -> Make:
    def run(files: dict[str, bytes], *, wish: Wish | None = None, tools: Toolchain = tools) -> Packages:
        facts = facts_of(site.mirror, site.mirror.write_tree(files))
        return packages_of(facts, site.launcher, tools, wish or Wish(tmp_path / "environments", os.environ))

    return run


def test_they_are_made_once_for_a_lock_and_no_script_runs(
    make: Make, registry: Registry, tmp_path: Path
) -> None:
    files = project(registry)
    first = make(files)
    assert first.problem == ""
    assert first.folder is not None
    installed = first.folder / "node_modules/tiny"
    assert (installed / "index.js").is_file()
    assert not (installed / "ran").exists()
    assert registry.asked == ["/tiny/-/tiny-1.0.0.tgz"]
    other_script = MANIFEST.replace("node --test", "node --test test/").encode()
    assert make({**files, "package.json": other_script, "b.js": b""}) == first
    assert make({**files, "package-lock.json": files["package-lock.json"] + b"\n"}).folder != first.folder
    assert len(registry.asked) == 1
    assert list((tmp_path / "environments").glob(".building-*")) == []
    assert first.identity["node_modules"] == first.folder.parent.name


def test_a_lock_that_does_not_fit_is_told_in_the_words_of_npm(make: Make, registry: Registry) -> None:
    files = project(registry)
    other = MANIFEST.replace('"tiny": "1"', '"tiny": "2"').encode()  # the lock has 1.0.0
    found = make({**files, "package.json": other})
    assert "npm ci says: npm error code ENOTCACHED" in found.problem
    assert "run `npm install` and commit" in found.problem
    assert (found.folder, found.outside, bool(found.identity)) == (None, False, True)
    assert "no package of a registry" in make({
        **files, "package-lock.json": files["package-lock.json"].replace(registry.url.encode(), b"git+ssh://x")
    }).problem  # fmt: skip
    assert "cannot be read" in make({**files, "package.json": b"[" * 100_000}).problem


def test_without_a_lock_or_npm_or_with_committed_packages_nothing_is_made(
    make: Make, registry: Registry, tools: Toolchain
) -> None:
    files = project(registry)
    assert make({"package.json": files["package.json"]}) == Packages()
    assert make({**files, "node_modules/tiny/index.js": b""}) == Packages()
    assert Packages().identity == {}
    without = make(files, tools=replace(tools, programs={"node": tools.programs["node"]}))
    assert ("npm is not on this machine" in without.problem, without.outside) == (True, True)


def test_workspaces_find_each_other(make: Make, registry: Registry) -> None:
    entry = registry.publish("tiny", TINY)
    needs = '{"name": "demo", "version": "1.0.0", "workspaces": ["lib"], "dependencies": {"tiny": "1"}}'
    text = lock({"tiny": "1"}, {"tiny": entry, "lib": {"resolved": "lib", "link": True}})
    text = text.replace('"dependencies"', '"workspaces": ["lib"], "dependencies"', 1)
    lib = '"lib": {"name": "lib", "version": "1.0.0"}'
    text = text.replace('"node_modules/tiny"', f'{lib}, "node_modules/tiny"')
    files = {"package.json": needs.encode(), "package-lock.json": text.encode()}
    found = make({**files, "lib/package.json": b'{"name": "lib", "version": "1.0.0"}'})
    assert found.problem == ""
    assert [target for _, target in found.shown] == ["node_modules", "lib/node_modules"]
    assert found.folder is not None
    assert os.readlink(found.folder / "node_modules/lib") == "../lib"
    assert "'lib/package.json'" in make(files).problem


def test_the_checks_of_a_tree_find_them_and_an_unreachable_registry_is_nobody_s_fault(
    site: Site, registry: Registry
) -> None:
    with labs(site, Settings(), (site.mirror.write_tree(project(registry)),)) as (lab,):
        (check,) = planned(lab, (), 1).checks
        made = fingerprint(lab, check)
        reading = measure(lab, check, wall_s=60)
    assert (reading.outcome, list(reading.cases.values())) == (Outcome.PASSED, ["passed"]), reading.detail
    files = project(registry, "another")
    registry.files.clear()
    with labs(site, Settings(), (site.mirror.write_tree(files),)) as (lab,):
        (check,) = planned(lab, (), 1).checks
        assert fingerprint(lab, check) != made
        reading = measure(lab, check, wall_s=60)
    assert (reading.outcome, reading.metrics) == (Outcome.UNKNOWN, {OUTSIDE: 1.0})
    assert f"packages cannot be installed: {registry.url}/tiny" in reading.detail
