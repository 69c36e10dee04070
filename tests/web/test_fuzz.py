"""Schemathesis against a running server with a real database: the whole contract, every check.

The long form, for as long as you like:
    WINDLASS_FUZZ_EXAMPLES=200 .venv/bin/python -m pytest tests/web/test_fuzz.py
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.web.house import House

FUZZ = Path(__file__).parent / "fuzz"
EXAMPLES = os.environ.get("WINDLASS_FUZZ_EXAMPLES", "1")
TASKS = 40
NIGHTLY = (pytest.mark.postgres, pytest.mark.nightly)
LIMIT_S = 1200 if EXAMPLES == "1" else 24 * 3600


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=NIGHTLY)])
def test_the_whole_contract_holds_under_schemathesis(kind, request, tmp_path):
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    with House(tmp_path, url) as house:
        house.file(TASKS)
        leases = [house.claim() for _ in range(6)]
        done = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis", "--config-file", FUZZ / "schemathesis.toml",
                "run", f"{house.url}/openapi.json", "--checks", "all", "--max-examples", EXAMPLES,
                "--seed", os.environ.get("WINDLASS_FUZZ_SEED", "1"), "--no-color",
                # One thread: it parses Python, and CPython counts the depth of that for all threads together.
                "--workers", "1",
            ],
            cwd=tmp_path, timeout=LIMIT_S, capture_output=True, text=True, check=False,
            env={
                **os.environ, "PYTHONPATH": str(FUZZ), "SCHEMATHESIS_HOOKS": "hooks",
                "WINDLASS_TOKEN": house.token, "WINDLASS_TASKS": str(TASKS),
                "WINDLASS_LEASES": ",".join(leases),
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-20_000:]
        assert "60/60" in done.stdout or "61/61" in done.stdout, "an operation was left out"
        figures = httpx.get(f"{house.url}/metrics", headers=house.headers, timeout=30).text
        assert "windlass_contract_violations_total{" not in figures
        told = house.log.read_text()
        assert house.token not in told
        assert not any(lease in told for lease in leases)
