"""The Spin model of lease and fence: every order of steps, with the fence and without it."""

import shutil
import subprocess
from pathlib import Path

import pytest

MODEL = Path(__file__).with_name("lease.pml")


@pytest.mark.parametrize(("fence", "errors"), [(1, "errors: 0"), (0, "errors: 1")])
def test_the_fence_is_what_keeps_the_late_worker_out(tmp_path: Path, fence: int, errors: str) -> None:
    if not (shutil.which("spin") and shutil.which("cc")):
        pytest.skip("needs spin and a C compiler (apt install spin gcc)")
    for command in (
        ["spin", f"-DFENCE={fence}", "-a", str(MODEL)],
        ["cc", "-O1", "-o", "pan", "pan.c"],
        ["./pan", "-a", "-m100000"],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert errors in done.stdout, done.stdout
