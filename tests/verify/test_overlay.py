"""The tree of a change's sources with the base's tests, and what running them there settles."""

from collections.abc import Callable, Mapping

from windlass.dispatch import Site
from windlass.verify import judge_tree
from windlass.verify.lab import labs
from windlass.verify.overlay import overlay, texts_of
from windlass.verify.settings import Settings

Tree = Callable[..., str]
OLD = {"tests/test_old.py": b"def test_old():\n    assert 1\n", "tests/data.json": b"[1]\n"}
NEW = {
    "src/demo/more.py": b"MORE = 1\n", "tests/conftest.py": b"X = 1\n", "tests/data.json": b"[1, 2]\n",
}  # fmt: skip


def paths(site: Site, tree: str) -> dict[str, bytes]:
    entries = site.mirror.files(tree)
    texts = dict(site.mirror.blobs([entry.oid for entry in entries], 1000))
    return {entry.path: texts[entry.oid] or b"" for entry in entries}


def test_sources_are_the_changes_and_everything_beside_the_tests_is_the_bases(site: Site, tree: Tree) -> None:
    with labs(site, Settings(), (tree(NEW), tree(OLD))) as (candidate, base):
        laid = paths(site, overlay(candidate, base))
    assert laid == {**paths(site, tree(OLD)), "src/demo/more.py": NEW["src/demo/more.py"]}


def test_the_texts_are_those_that_changed_and_all_settings(site: Site, tree: Tree) -> None:
    old, new = tree(OLD), tree(NEW)
    with labs(site, Settings(), (new, old)) as (candidate, base):
        texts = texts_of(site.mirror, site.mirror.changed(old, new), candidate, base)
    assert set(texts.before) == set(OLD)
    assert set(texts.after) == set(NEW)
    assert set(texts.settings_before) == set(texts.settings_after) == {"pyproject.toml"}
    assert texts.tests == {}


def test_without_names_of_tests_a_command_speaks_for_all_of_them(
    make_site: Callable[..., Site], tree: Tree
) -> None:
    def doubts(source: bytes, files: Mapping[str, bytes]) -> tuple[str, ...]:
        site = make_site(pr=['python -c "import data; data.check()"'], fast=["true"])
        check = b"def check():\n    from demo import add\n    assert add(1, 2) == 3\n"
        base = {"data.py": b"from tests.test_add import check\n", "tests/test_add.py": check}
        changed = {**base, "src/demo/__init__.py": source, **files}
        return judge_tree(site, tree(changed), tree(base), ()).doubts

    other = {"tests/test_add.py": b"def check():\n    from demo import add\n    assert add(2, 2) == 4\n"}
    assert doubts(b"def add(a, b):\n    return b + a\n", other) == ()
    (altered, unknown) = doubts(b"def add(a, b):\n    return a * b\n", other)
    assert "alters what check expects" in altered
    assert "could not be run" in unknown
