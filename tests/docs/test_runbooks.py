"""Every alarm and stuck state has a runbook, and what a runbook names exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, calls
from windlass.learn.flow import Facts, readings
from windlass.web.metrics import name_of

BOOKS = sorted(path for path in (ROOT / "docs" / "runbooks").glob("*.md") if path.name != "README.md")
FOUNDING = {
    "workers-not-claiming", "tasks-stuck-in-blocked", "high-rejection-rate", "escalation-queue-growing",
    "stale-leases", "message-growth", "task-failed", "dead-node", "lease-lost",
}  # fmt: skip
HEADS = ["Symptom", "See", "Causes, and how to tell", "Cure"]
FIGURES = {name_of(one) for one in readings(Facts(), 0.0)} | {"windlass_unknown"}


def parts(page: Path) -> dict[str, str]:
    """The text under each heading."""
    found = re.split(r"^## (.+)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_the_founding_document_s_troubles_have_a_page():
    assert {path.stem for path in BOOKS} >= FOUNDING


def test_the_first_page_names_every_other():
    first = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    assert [path.name for path in BOOKS if f"]({path.name})" not in first] == []


@pytest.mark.parametrize("page", BOOKS, ids=lambda page: page.stem)
def test_a_runbook_has_its_parts_and_a_command_to_see_with(page: Path):
    found = parts(page)
    assert list(found) == HEADS
    assert "**Alert:**" in page.read_text()
    assert re.search(r"^    windlass \w", found["See"], re.MULTILINE)
    assert "| cause | it is this when |" in found[HEADS[2]]
    assert found["Cure"].strip()
    assert list(calls(page))  # that they exist is test_reference.py's


@pytest.mark.parametrize("page", BOOKS, ids=lambda page: page.stem)
def test_figures_and_events_that_a_runbook_names_exist(page: Path):
    text = page.read_text()
    assert set(re.findall(r"windlass_[a-z_]+", text)) <= FIGURES
    listed = (ROOT / "docs/reference/events.md").read_text()
    kinds = set(re.findall(r"^\| `([a-z.-]+)` \|", listed, re.MULTILINE))
    subjects = {kind.partition(".")[0] for kind in kinds}
    named = {word for word in re.findall(r"`([a-z]+\.[a-z-]+)`", text) if word.partition(".")[0] in subjects}
    settings = (ROOT / "docs/reference/settings.md").read_text()
    assert [word for word in named - kinds if f"`{word}`" not in settings and not word.endswith(".db")] == []


def test_every_critical_event_has_a_runbook():
    books = "".join(path.read_text() for path in BOOKS)
    assert [kind for kind in critical() if f"`{kind}`" not in books] == []
    assert {"task.failed", "land.tree-mismatch"} <= critical()


def critical() -> set[str]:
    """Kinds of events that are recorded with the severity critical."""
    found = set()
    texts = [path.read_text() for path in (ROOT / "src" / "windlass").rglob("*.py")]
    for text in (text for text in texts if '"critical"' in text):
        for node in [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Call)]:
            words = [word.value for word in node.keywords if word.arg == "severity"]
            if any(isinstance(word, ast.Constant) and word.value == "critical" for word in words):
                told = [one.value for one in node.args if isinstance(one, ast.Constant)]
                found |= {kind for kind in told if re.fullmatch(r"[a-z]+\.[a-z-]+", str(kind))}
    return found
