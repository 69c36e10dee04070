"""The root command: light, helpful, with documented exit codes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from windlass.cli.root import main

LIGHT = {"click", "windlass", "windlass.cli", "windlass.cli.root", "windlass.cli.table"}
HEAVY = (
    "sqlalchemy", "alembic", "dbos", "psycopg", "sqlite3", "rich", "yaml", "tomlkit", "cryptography",
    "asyncio", "windlass.kernel", "windlass.store", "windlass.app", "importlib.metadata", "subprocess", "ssl",
)  # fmt: skip

PROBE = """
import sys
before = set(sys.modules)
from windlass.cli.root import main
try:
    main(["--help"])
except SystemExit:
    pass
print("\\n".join(sorted(set(sys.modules) - before)), file=sys.stderr)
"""


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert {name for name in loaded if name.startswith("windlass")} <= LIGHT
    assert [name for name in loaded if name.startswith(HEAVY)] == []
    assert "doctor" in done.stdout


def test_help_is_quick() -> None:
    """Generous on purpose: the list of modules is the rule, this only catches a disaster."""
    tool = Path(sys.executable).parent / "windlass"
    times = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([tool, "--help"], capture_output=True, check=True)
        times.append(time.monotonic() - began)
    assert min(times) < 2.0


def code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def test_a_misspelt_command_suggests_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert code("backlgo") == 2
    assert "'backlog'" in capsys.readouterr().err


def test_a_folder_that_is_no_repository_is_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDLASS_HOME", str(tmp_path / "home"))
    assert code("status", "--repo", str(tmp_path), "--json") == 3
    told = json.loads(capsys.readouterr().err)["error"]
    assert str(tmp_path) in told["message"]
    assert told["hint"]
