import json
import subprocess
import sys
from pathlib import Path

from windlass.verify.evaluation import traced


def test_the_lines_that_ran_are_told_whatever_the_program_does(tmp_path: Path) -> None:
    part = tmp_path / "part.py"
    part.write_text("def f(x):\n    if x:\n        return 1\n    return 2\n")
    (tmp_path / "go.py").write_text("import part\npart.f(0)\nraise SystemExit(3)\n")
    source = Path(traced.__file__).read_text()
    argv = [sys.executable, "-c", source, tmp_path / "out.json", json.dumps([str(part)]), "go"]
    done = subprocess.run(argv, cwd=tmp_path, check=False)
    assert done.returncode == 3
    assert json.loads((tmp_path / "out.json").read_text()) == {str(part): [1, 2, 4]}
