"""Single fixes of a real ruff, as its own program makes them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from windlass.plugins.checks.ruff_lint import SELECT, mend
from windlass.verify.lab import bundled_ruff

RUFF = [
    bundled_ruff(), "check", "--isolated", "--no-cache", "--no-fix", "--select", ",".join(SELECT),
    "--output-format", "json",
]  # fmt: skip


def mended(place: Path, text: bytes, *wanted: tuple[int, str, str]) -> bytes:
    file = place / "a.py"
    file.write_bytes(text)
    order = json.dumps({"ruff": RUFF, "findings": {str(file): wanted}})
    subprocess.run([sys.executable, "-I", "-S", mend.__file__, order], check=True)
    return file.read_bytes()


def unused(row: int, name: str) -> tuple[int, str, str]:
    return row, "F401", f"`{name}` imported but unused"


def test_what_is_named_is_fixed_and_its_neighbour_stays(tmp_path: Path) -> None:
    text = b"import os\nimport sys\nimport re\n"
    assert mended(tmp_path, text, unused(2, "sys")) == b"import os\nimport re\n"
    assert mended(tmp_path, text, unused(1, "os"), unused(3, "re")) == b"import sys\n"
    assert mended(tmp_path, text, unused(1, "sys"), (9, "F401", "")) == text


def test_two_of_one_block_leave_a_block(tmp_path: Path) -> None:
    text = b"def f():\n    import a\n    import b\n"
    after = mended(tmp_path, text, unused(2, "a"), unused(3, "b"))
    assert after == b"def f():\n    pass\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_ends_of_lines_marks_and_wide_signs_stay(tmp_path: Path, end: bytes, mark: bytes) -> None:
    lines = ["import os", 'x = "é\x0c𐍈\u2028", f"none"', 'y = f"none"', ""]
    text = mark + end.join(line.encode() for line in lines)
    said = "f-string without any placeholders"
    after = mended(tmp_path, text, unused(1, "os"), (2, "F541", said))
    assert after == mark + end.join(line.encode() for line in ['x = "é\x0c𐍈\u2028", "none"', lines[2], ""])


def test_what_is_not_safe_and_what_cannot_be_read_stays(tmp_path: Path) -> None:
    unsafe = b"def f():\n    x = 1\n"
    assert mended(tmp_path, unsafe, (2, "F841", "Local variable")) == unsafe
    assert mended(tmp_path, b"import os\ndef (\n", unused(1, "os")) == b"import os\ndef (\n"
