"""aider and mini-swe-agent mend failing tests, the same way as the agents of npm in test_coding_agents.py.

They come from PyPI, half a gigabyte each, so they are asked for:
`pytest -m nightly tests/journeys/test_python_agents.py`.
"""

from pathlib import Path

import pytest

from tests.journeys.coding import Seat, fix, have, landed, run, seated
from tests.journeys.plant import Plant
from windlass.scripted import Run

SUBMIT = Run("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT")
"""How mini is told that its turn is over."""
EDITS = """Both files change.

shop/aider.py
```python
<<<<<<< SEARCH
    return a - b  # TODO: adds wrongly, tests/test_aider.py fails
=======
    return a + b
>>>>>>> REPLACE
```

tests/test_aider.py
```python
<<<<<<< SEARCH
        self.assertEqual(add(1, 2), 3)
=======
        self.assertEqual(add(1, 2), 3)

    def test_zero(self):
        self.assertEqual(add(0, 2), 2)
>>>>>>> REPLACE
```
"""
"""aider offers no tools: its model edits by text."""


pytestmark = [pytest.mark.slow, pytest.mark.nightly]


def test_agents_of_pypi_mend_what_a_run_found_and_it_lands(tmp_path: Path) -> None:
    seats = [Seat("aider", "aider", "TODO", plain=EDITS), Seat("mini", "mini", "XXX", (fix("mini"), SUBMIT))]
    with seated(tmp_path, seats) as plant:
        run(plant)
        landed(plant, seats)


@pytest.mark.parametrize("name", ["aider", "mini"])
def test_they_pass_their_examination(tmp_path: Path, name: str) -> None:
    plant = Plant(tmp_path)
    have(plant, [name])
    done = plant.windlass("agent", "doctor", name, "--json", timeout_s=600)
    assert done.returncode == 0, done.stdout
