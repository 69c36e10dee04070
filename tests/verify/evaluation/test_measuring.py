"""Real measurements of real trees in the sandbox."""

from collections.abc import Callable

from windlass.dispatch import Site
from windlass.verify.evaluation import Asked, Weights, compare, evaluate
from windlass.verify.evaluation.model import Evaluation

WRONG = {"src/demo/__init__.py": b"def add(a, b):\n    return a - b\n"}
UGLY = b'''import subprocess


def add(a, b):
    if a > 100:
        if b:
            subprocess.call("true", shell=True)
    return sum(len(range(n)) for n in (a, b))


def spare(x):
    return x
'''
ASKED = Asked(
    ("python3 -c 'from demo import add; assert add(4, 5) == 9'",), (), ("src/demo/__init__.py",), rounds=1
)
NONE = Asked(rounds=1)


def scores(found: Evaluation) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in found.figures}


def test_a_change_is_measured_by_running_it(site: Site, tree: Callable[..., str]) -> None:
    base = tree(WRONG)
    good = evaluate(site, tree(), base, ASKED)
    known = scores(good)
    assert known["acceptance"] == known["mended tests"] == known["coverage"] == 1
    assert (known["lint"], known["vulnerabilities"], known["secrets"], known["size"]) == (0, 0, 0, 2)
    assert known["wall time"] is not None
    assert known["wall time"] > 0
    ugly = evaluate(site, tree({"src/demo/__init__.py": UGLY}), base, ASKED)
    told = scores(ugly)
    assert told["acceptance"] == 1
    assert told["vulnerabilities"]
    assert told["coverage"] is not None
    assert ugly.figure("coverage").score < 1  # type: ignore[union-attr, operator]  # it is known
    assert compare({"ugly": ugly, "good": good}, Weights()).winner == "good"


def test_nothing_is_measured_twice(site: Site, tree: Callable[..., str]) -> None:
    trees = tree(), tree(WRONG)
    first = evaluate(site, *trees, ASKED)

    def count() -> int:
        return int(site.database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_evidence")))

    before = count()
    assert evaluate(site, *trees, ASKED).figures == first.figures
    assert count() == before


def test_findings_that_are_gone_are_counted(site: Site, tree: Callable[..., str]) -> None:
    base = tree({"src/demo/more.py": b"import os\nimport sys\n\n# TODO: say more\nx = 1\n"})
    asked = Asked(
        (), (("src/demo/more.py", "F401", "unused"), ("src/demo/more.py", "F401", "unused"),
             ("src/demo/more.py", "todo", "TODO: say more")), rounds=1,
    )  # fmt: skip
    half = evaluate(site, tree({"src/demo/more.py": b"import sys\n\nx = 1\n"}), base, asked)
    found = half.figure("findings")
    assert found is not None
    assert (found.value, found.unit) == (2, "of 3")


def test_what_cannot_be_measured_is_unknown(site: Site, tree: Callable[..., str]) -> None:
    hangs = b"import time\n\n\ndef test_hang():\n    import os\n    os.kill(os.getpid(), 9)\n"
    base = tree({"tests/test_add.py": hangs})
    now = tree({"tests/test_add.py": hangs, "src/demo/x.py": b"y = 1\n"})
    found = evaluate(site, now, base, NONE)
    wall = found.figure("wall time")
    assert wall is not None
    assert wall.score is None
    assert wall.why
