"""How well conflicts are foreseen: a made-up history and backlog, and git itself says which pairs conflict.

The repository has areas of four modules with a test file and a registry each. A change of a module comes with
its area's test file in 85 of 100 cases and with the registry in 25, in the history as in the tasks to come. A
task names its module and the function it is about; that is all the predictor knows of it, beside the history.
"""

import random
import subprocess
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from tests.dispatch.conftest import git

from windlass.dispatch.apart import Ground, Waiting, settle
from windlass.dispatch.cochange import SURER_MIN, History, history, likely
from windlass.workspace import Checkout, Conflicted, Mirror

AREAS, MODULES, FUNCTIONS, TASKS, COMMITS = 6, 4, 4, 36, 150
TEST_SHARE, REGISTRY_SHARE = 0.85, 0.25
RECALL_MIN, PRECISION_MIN = 0.9, 0.6


def change(chance: random.Random) -> tuple[str, int, tuple[str, ...]]:
    """A module, the function in it that is changed, and all files that are."""
    area, module = chance.randrange(AREAS), chance.randrange(MODULES)
    named = f"shop/area{area}/m{module}.py"
    more = {f"tests/test_area{area}.py": TEST_SHARE, f"shop/area{area}/registry.py": REGISTRY_SHARE}
    files = (named, *(path for path, share in more.items() if chance.random() < share))
    return named, chance.randrange(FUNCTIONS), files


def body(path: str) -> str:
    if "/m" not in path:
        return "# the end\n"
    return "".join(f"def f{n}():\n    return {n}\n\n\n# ---\n\n\n" for n in range(FUNCTIONS))


def changed(path: str, function: int, task: int) -> str:
    if "/m" not in path:
        return f"{body(path)}task_{task} = {task}\n"
    return body(path).replace(f"    return {function}\n", f"    return {1000 + task}\n")


def test_nine_of_ten_pairs_that_really_conflict_are_foreseen(tmp_path: Path) -> None:
    chance = random.Random(20)
    past = history(files for _, _, files in (change(chance) for _ in range(COMMITS)))
    tasks = [change(chance) for _ in range(TASKS)]
    foreseen = {
        pair for pair in combinations(range(TASKS), 2)
        if blocked(*(ground(past, n, tasks[n][0]) for n in pair))
    }  # fmt: skip
    real = conflicting(tmp_path, [(files, function) for _, function, files in tasks])
    recall, precision = len(real & foreseen) / len(real), len(real & foreseen) / len(foreseen)
    print(f"{len(real)} pairs conflict, {len(foreseen)} foreseen: recall {recall:.3f}, {precision=:.3f}")
    assert len(real) >= 50
    assert recall >= RECALL_MIN
    assert precision >= PRECISION_MIN


def ground(past: History, task: int, named: str) -> Ground:
    guessed = likely(past, [named])
    surer = tuple(path for path, confidence in guessed.items() if confidence >= SURER_MIN)
    return Ground(task, task, (named,), tuple(path for path in guessed if path not in surer), surer)


def blocked(one: Ground, other: Ground) -> bool:
    return settle([one], [Waiting(other, 1.0, 0.0, held=False)], 0.0)[other.task] is not None


def conflicting(folder: Path, tasks: Sequence[tuple[tuple[str, ...], int]]) -> set[tuple[int, int]]:
    """The pairs whose commits git cannot merge; those without a common file always merge."""
    stream = commit("main", "", {path: body(path) for files, _ in tasks for path in files})
    for n, (files, function) in enumerate(tasks):
        stream += commit(
            f"task{n}", "from refs/heads/main\n", {path: changed(path, function, n) for path in files}
        )
    user = folder / "user"
    user.mkdir()
    git(user, "init", "-q")
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(user)}
    subprocess.run(["git", "fast-import", "--quiet"], cwd=user, input=stream.encode(), check=True, env=clean)
    mirror = Mirror.create(folder / "mirror")
    mirror.sync(Checkout.open(user))
    tips = git(user, "rev-parse", *(f"task{n}" for n in range(len(tasks)))).split()
    return {
        (one, other) for one, other in combinations(range(len(tasks)), 2)
        if set(tasks[one][0]) & set(tasks[other][0])
        and isinstance(mirror.merge(None, tips[one], tips[other]), Conflicted)
    }  # fmt: skip


def commit(branch: str, parent: str, files: Mapping[str, str]) -> str:
    """As `git fast-import` reads it."""
    put = "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
    return f"commit refs/heads/{branch}\ncommitter a <a@b> 0 +0000\ndata 0\n{parent}{put}\n"
