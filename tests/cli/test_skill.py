"""The page for agents: every command and tool once, as new as the tables, never over a stranger's file."""

from pathlib import Path

from tests.cli.shell import Shell

from windlass.cli.skill import MARK, leaves, skill
from windlass.cli.table import COMMANDS
from windlass.mesh import TOOLS

BYTES_MAX = 16_384


def test_every_command_and_tool_has_one_line():
    lines = skill(COMMANDS, TOOLS).splitlines()
    for name, told in leaves(COMMANDS):
        assert lines.count(f"- `windlass {name}`: {told}") == 1
    for tool in TOOLS.values():
        assert sum(line.startswith(f"- `{tool.name}`") for line in lines) == 1
    assert sum(line.startswith("- `") for line in lines) == len(list(leaves(COMMANDS))) + len(TOOLS)


def test_an_agent_pays_little_for_it():
    assert len(skill(COMMANDS, TOOLS).encode()) < BYTES_MAX


def test_it_is_printed_installed_and_found_current(shell: Shell, tmp_path: Path) -> None:
    printed = shell.bare("skill", "print")
    assert printed.out == skill(COMMANDS, TOOLS)
    place = tmp_path / "work" / ".agents" / "skills" / "windlass" / "SKILL.md"
    assert shell.bare("skill", "install", "--into", str(tmp_path / "work"), "--check").code == 1
    assert shell.bare("skill", "install", "--into", str(tmp_path / "work")).code == 0
    assert place.read_text() == printed.out
    assert shell.bare("skill", "install", "--into", str(tmp_path / "work"), "--check").code == 0
    place.write_text(printed.out.replace("windlass doctor", "windlass physician"))
    said = shell.bare("skill", "install", "--into", str(tmp_path / "work"), "--check")
    assert (said.code, "old" in said.out) == (1, True)
    assert shell.bare("skill", "install", "--into", str(tmp_path / "work")).code == 0
    assert place.read_text() == printed.out


def test_a_folder_of_skills_may_be_named_itself(shell: Shell, tmp_path: Path) -> None:
    shell.bare("skill", "install", "--into", str(tmp_path / "skills"))
    assert MARK in (tmp_path / "skills" / "windlass" / "SKILL.md").read_text()


def test_a_file_of_somebody_else_stays(shell: Shell, tmp_path: Path) -> None:
    place = tmp_path / ".agents" / "skills" / "windlass" / "SKILL.md"
    place.parent.mkdir(parents=True)
    place.write_text("mine")
    said = shell.bare("skill", "install", "--into", str(tmp_path))
    assert (said.code, place.read_text()) == (6, "mine")
    assert "not written by windlass" in said.err
