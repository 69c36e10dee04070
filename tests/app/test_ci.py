"""The files with which CI and make call windlass."""

import re
import subprocess

import pytest
import yaml
from tests.app.shop import Shop

from windlass.app.ci import KINDS, text, write
from windlass.cli.table import COMMANDS
from windlass.kernel import Conflict, Invalid
from windlass.workspace import Checkout


def test_the_workflow_is_one_that_trusts_nobody() -> None:
    made = text("github", main='ma"in', package="windlass @ git+https://example.org/windlass")
    workflow = yaml.safe_load(made)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow[True]["push"]["branches"] == ['ma"in']  # `on` is a boolean of YAML 1.1
    steps = workflow["jobs"]["verify"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/\w+@[0-9a-f]{40}", action) for action in used)
    # What others may write reaches a shell as a variable, never as text of the script.
    assert not any("${{" in step.get("run", "") for step in steps)
    (install,) = (step for step in steps if step.get("name") == "Install windlass")
    assert install["env"] == {"PACKAGE": "windlass @ git+https://example.org/windlass"}
    for step in steps:
        subprocess.run(["sh", "-n"], input=step.get("run", "").encode(), check=True)


def test_nobody_guesses_where_windlass_comes_from() -> None:
    for package in ("", 'x"; rm -rf /', "$(id)", "a\nb"):
        with pytest.raises(Invalid, match="where windlass is installed from"):
            text("github", main="main", package=package)


def test_make_calls_every_tier() -> None:
    made = text("make", main="main", package="")
    targets = re.findall(r"^(verify-\w+):.*\n\t\$\(WINDLASS\) (\w+) --tier (\d)$", made, re.M)
    assert [(word, tier) for _, word, tier in targets] == [("verify", str(tier)) for tier in range(4)]
    assert "verify" in COMMANDS
    assert re.search(r"^auto-fix:.*\n\t\$\(WINDLASS\) fix$", made, re.M)
    assert re.search(r"^coverage-gate:.*\n\t\$\(WINDLASS\) verify coverage$", made, re.M)
    named = made.partition(".PHONY: ")[2].partition("\n")[0].split()
    assert named == re.findall(r"^([a-z-]+):", made, re.M)


def test_a_file_is_written_once_and_never_over_another(shop: Shop) -> None:
    checkout = Checkout.open(shop.repo)
    content = text("make", main="main", package="")
    place = write(checkout, "make", content)
    assert place == shop.repo / KINDS["make"][0] == write(checkout, "make", content)
    place.write_text("mine")
    with pytest.raises(Conflict, match="says something else"):
        write(checkout, "make", content)
    assert place.read_text() == "mine"
