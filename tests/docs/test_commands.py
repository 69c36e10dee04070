"""Every block of a page that is marked `sh` is run, in order, as a reader would run it."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, named, scripts

QUICK = ("docs/how-to/use-postgresql.md",)
"""Pages that run no task; the postgres one has a test of its own."""
SLOW = (
    "docs/tutorial/first-turn.md",
    "docs/how-to/run-on-your-repository.md",
    "docs/how-to/decide-what-needs-you.md",
    "docs/how-to/verify-the-audit-log.md",
    "docs/how-to/run-for-hours.md",
    "docs/how-to/use-your-own-agent-with-the-command-runner.md",
    "docs/how-to/order-one-task.md",
    "docs/how-to/let-agents-compete.md",
    "docs/how-to/do-a-feature-in-parallel.md",
    "docs/how-to/drive-a-coding-agent.md",
    "docs/how-to/hold-what-you-have-reached.md",
    "docs/how-to/live-with-flaky-tests.md",
    "docs/how-to/keep-secrets-out.md",
    "docs/how-to/verify-what-you-have.md",
    "docs/how-to/scan-for-weaknesses.md",
)
ELSEWHERE = ("docs/tutorial/connect-your-agent.md",)
"""Pages with a test file of their own."""
INSTEAD = {"--interval 30m --for 8h": "--interval 10s --for 5s"}
"""A reader has hours, a test has seconds."""
SEEN = {
    "docs/tutorial/first-turn.md": ("LANDED", "verified: covered", "known failures of the base not blamed"),
    "docs/how-to/run-on-your-repository.md": ("PROPOSED", "LANDED", "read-tree -m -u", "Windlass-Evidence"),
    "docs/how-to/decide-what-needs-you.md": ("Decision 1 is answered: approve",),
    "docs/how-to/verify-the-audit-log.md": ("verified: covered", "NOT verified", "by an anchor"),
    "docs/how-to/run-for-hours.md": ("time is up",),
    "docs/how-to/use-your-own-agent-with-the-command-runner.md": ("removed the comment", "PROPOSED"),
    "docs/how-to/drive-a-coding-agent.md": ("opencode-acp", "1 ok, 0 warn, 0 fail"),
    "docs/how-to/let-agents-compete.md": (
        "Plain wins with", "acceptance", "TRIAL IS", "+On Mon of week 1 the shop sells bread.",
        "0 commits let go",
    ),
    "docs/how-to/scan-for-weaknesses.md": ("✓ passed", "? unknown", "versions, advisories: none"),
    "docs/how-to/keep-secrets-out.md": ("✓ passed", "file contents"),
    "docs/how-to/verify-what-you-have.md": ("exit code 8", "tier 0 in", "HOOK"),
    "docs/how-to/live-with-flaky-tests.md": ("No test is known to be flaky.",),
    "docs/how-to/hold-what-you-have-reached.md": ("✓ holds", "TREND A DAY", "ruff_lint"),
    "docs/how-to/do-a-feature-in-parallel.md": (
        "4 parts (list), parallel, 2 instances at once", "same files as 2", "4 tasks: 4 done",
    ),
    "docs/how-to/order-one-task.md": ("PROPOSED", "1 file, 1 line: NOTES.md", "delivered"),
}


def script(page: Path) -> str:
    whole = "\n".join(scripts(page))
    for told, instead in INSTEAD.items():
        whole = whole.replace(told, instead)
    return whole


def test_every_page_with_commands_is_run_by_a_test():
    pages = [named(page) for page in (ROOT / "docs").rglob("*.md") if scripts(page)]
    assert sorted(pages) == sorted((*QUICK, *SLOW, *ELSEWHERE))


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW)
def test_the_commands_of_a_page_work_as_written(desk, page: str):
    said = desk.run(script(ROOT / page))
    for words in SEEN[page]:
        assert words in said, said


@pytest.mark.postgres
def test_the_commands_for_postgresql_work(desk, postgres_url: str):
    text = script(ROOT / QUICK[0])
    assert "postgresql://windlass@localhost/windlass" in text
    said = desk.run(text.replace("postgresql://windlass@localhost/windlass", f"'{postgres_url}'"))
    assert "verified" in said
    assert re.search(r"comments +\d+ +7 ", said), said
    assert not (desk.folder / "home" / "windlass.db").exists()


def test_the_outputs_in_the_tutorial_are_filled_in():
    page = (ROOT / "docs/tutorial/first-turn.md").read_text()
    outputs = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(outputs) >= 8
    assert all(text.strip() for text in outputs)
