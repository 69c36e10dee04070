"""How `[[conflicts.generated]]` is written."""

import pytest

from windlass import conflicts
from windlass.app.config import load
from windlass.kernel import Invalid


def toml(text: str) -> tuple[object, ...]:
    whole = f'[[conflicts.generated]]\nname = "lock"\npaths = ["uv.lock"]\n{text}'
    loaded = load({}, project=("windlass.toml", whole.encode()), project_inside=True)
    (shown,) = [one.value for one in loaded.settings() if one.path == "conflicts.generated"]
    assert isinstance(shown, list)
    assert shown[0]["paths"] == ["uv.lock"]
    return loaded.config.conflicts.generated


def test_a_command_is_read_shown_and_handed_to_the_room() -> None:
    (entry,) = toml('command = "make lock"\nlimit = "5m"\n')
    table = conflicts.generated.generated_table([entry])
    assert conflicts.generated.parse_generated(table) == (entry,)
    assert entry.limit_s == 300.0


@pytest.mark.parametrize("line", ['limit = "x"', "limit_s = 5", 'shell = "x"'])
def test_what_is_no_entry_is_named(line: str) -> None:
    with pytest.raises(Invalid, match=r"windlass\.toml: conflicts\.generated"):
        toml(f'command = "make lock"\n{line}\n')
