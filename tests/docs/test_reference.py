"""The reference follows the source, links lead somewhere, and what pages tell to type exists."""

import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from tests.docs.pages import PAGES, ROOT, Call, anchors, calls, links, named
from tests.scripts import load_script
from windlass.app.config_sections import KEYS
from windlass.cli.root import BUG, INTERRUPTED
from windlass.kernel.errors import Kind

SOURCE = ROOT / "src" / "windlass"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """scripts/docs_reference.py as a module."""
    return load_script("docs_reference")


def test_generated_pages_are_what_the_source_gives(reference):
    old = reference.reference_pages.stale(reference.PAGES)
    assert old == [], "run: .venv/bin/python scripts/docs_reference.py"


def test_every_event_is_explained(reference):
    words = reference.told()
    assert [kind for kind in reference.kinds() if not words.get(kind, "").strip()] == []


def test_events_that_are_explained_exist(reference):
    assert set(reference.told()) == set(reference.kinds())


def test_every_kind_of_event_that_progress_shows_is_recorded_somewhere(reference):
    from windlass.cli.progress import KINDS

    assert set(KINDS) - set(reference.kinds()) == set()


def test_every_command_and_option_is_in_the_reference(reference):
    text = (ROOT / "docs/reference/cli.md").read_text()
    for name, command in reference.commands():
        assert f"windlass {name}" in text
        for option in (one for one in command.params if isinstance(one, click.Option)):
            assert all(f"`{word}" in text or f", `{word}" in text for word in option.opts), (
                name,
                option.name,
            )


def test_every_setting_and_plugin_is_in_the_reference(reference):
    settings = (ROOT / "docs/reference/settings.md").read_text()
    assert [key for key in KEYS if f"`{key}`" not in settings] == []
    plugins = (ROOT / "docs/reference/plugins.md").read_text()
    kinds = [kind for family, _ in reference.FAMILIES for kind in family.kinds()]
    assert [kind for kind in kinds if f"### {kind}\n" not in plugins] == []


def test_every_setting_has_an_effect():
    """Each is read somewhere beside the modules that parse settings; those in WHOLE are handed over so."""
    files = [p for p in SOURCE.rglob("*.py") if not p.name.startswith("config")]
    text = "\n".join(path.read_text() for path in files)
    for key in KEYS.values():
        if key.section not in WHOLE and key.path not in ELSEWHERE:
            reading = rf"\b(?:{key.section}|settings)\.{key.field}\b"
            assert re.search(reading, text), f"{key.path} is read nowhere"


WHOLE = {"verify", "budget"}
ELSEWHERE = {"project.path", "autonomy.operations"}
"""Read as a variable before there is a configuration; and what allows operations that do not exist yet."""


def test_every_lifecycle_is_drawn(reference):
    text = (ROOT / "docs/reference/states.md").read_text()
    machines = reference.machines()
    assert {one.name for one in machines} >= {"item", "task", "landing", "decision"}
    assert all(one.mermaid() in text for one in machines)


def test_every_exit_code_is_documented():
    text = (ROOT / "docs/reference/exit-codes.md").read_text()
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert documented >= {0, 1, BUG, INTERRUPTED, *(kind.exit_code for kind in Kind)}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_lead_somewhere(page: Path):
    for target in links(page):
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


def test_every_page_of_the_documentation_is_reachable():
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            left += [
                (page.parent / t.partition("#")[0]).resolve() for t in links(page) if t.partition("#")[0]
            ]
    pages = [named(page) for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in seen]
    # The decisions are a numbered folder; its README stands for all of them.
    assert [page for page in pages if not page.startswith("docs/decisions/0")] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_that_pages_name_exist_with_those_options(reference, page: Path):
    known = dict(reference.commands())
    assert [wrong for call in calls(page) if (wrong := problem(call, known))] == []


def test_commands_that_hints_name_exist(reference):
    known = dict(reference.commands())
    groups = {name.split()[0] for name in known if " " in name}
    for path in SOURCE.rglob("*.py"):
        for words in re.findall(r"windlass ((?:[a-z]+)(?: [a-z]+)?)\b", path.read_text()):
            first, _, second = words.partition(" ")
            if first in groups and second:
                assert f"{first} {second}" in known or second in ORDINARY, f"{path.name}: windlass {words}"


ORDINARY = {"says", "looks", "tells"}
"""Words that follow a command's name in a sentence."""


def problem(call: Call, known: dict[str, click.Command]) -> str:
    """What is wrong with a call, or nothing. Words in capitals stand for anything."""
    words = [word for word in call.words if word]
    if not words or words[0].startswith("-"):
        return ""
    size = 2 if " ".join(words[:2]) in known else 1
    command = known.get(" ".join(words[:size]))
    if command is None:
        groups = {name.split()[0] for name in known}
        return "" if words[0] in groups and len(words) == 1 else f"no command: {' '.join(words)}"
    options = {name for one in command.params if isinstance(one, click.Option) for name in one.opts} | {
        "--help"
    }
    given = [word.partition("=")[0] for word in words[size:] if word.startswith("-")]
    unknown = [word for word in given if word not in options]
    return f"{' '.join(words[:size])} has no {unknown[0]}" if unknown else ""


def test_a_wrong_command_or_option_is_noticed(reference):
    known = dict(reference.commands())
    assert problem(Call("x", ("frobnicate",)), known)
    assert problem(Call("x", ("run", "--no-such")), known)
    assert problem(Call("x", ("backlog", "nothing")), known)
    assert not problem(Call("x", ("run", "--for", "8h")), known)
