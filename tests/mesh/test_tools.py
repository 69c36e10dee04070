"""The table of tools."""

from windlass.identity import ACTIONS
from windlass.mesh import TOOLS, Group
from windlass.mesh.arguments import SHAPES


def test_seven_for_workers_three_for_the_brain_four_for_admins() -> None:
    groups = [tool.group for tool in TOOLS.values()]
    assert [groups.count(group) for group in Group] == [7, 3, 4]
    assert next(iter(TOOLS)) == "claim_task"


def test_every_tool_has_arguments_and_a_right_that_exist() -> None:
    assert set(SHAPES) == set(TOOLS)
    assert {tool.action for tool in TOOLS.values()} <= set(ACTIONS)


def test_only_reading_tools_say_so() -> None:
    reading = [name for name, tool in TOOLS.items() if tool.read_only]
    assert reading == ["check_task_status", "get_task_history"]
    assert not any(tool.read_only and tool.destructive for tool in TOOLS.values())
