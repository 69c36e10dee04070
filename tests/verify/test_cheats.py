"""The cheating suite: ways to make tests pass without doing the work, and honest changes that touch tests.

Every case of `cheats/` goes through the real judge. What is refused by reading alone costs no run; cases that
need one are laid into one tree, each with a package and a folder of its own, so that three runs are enough.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from windlass.dispatch import Site
from windlass.verify import Judgement, Outcome, judge_tree
from windlass.verify.guard import Texts, look
from windlass.workspace import protected

CASES = Path(__file__).parent / "cheats"
SHARED: dict[str, str] = tomllib.loads((CASES / "before.toml").read_text())["before"]
CHEATS_MIN, HONEST_MIN, HONEST_REFUSED_MAX = 25, 25, 1


@dataclass(frozen=True, slots=True)
class Case:
    """One change: the files of both trees by path."""

    name: str
    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def alone(self) -> bool:
        """Whether it changes what all cases of one tree would share."""
        roots = {path for path in {*self.before, *self.after} if not path.startswith(("src/shop/", "tests/"))}
        return (
            any(self.before.get(path) != self.after.get(path) for path in roots)
            or "testpaths" not in (self.before["pyproject.toml"])
        )

    def apart(self, files: Mapping[str, str]) -> dict[str, str]:
        """Its files with a package and a folder of tests that no other case has."""
        word = self.name.replace("-", "_")
        moved = {}
        for path, text in files.items():
            if path.startswith(("src/shop/", "tests/")):
                path = path.replace("src/shop/", f"src/shop_{word}/").replace("tests/", f"tests/{word}/", 1)
                moved[path] = re.sub(r"\bshop\b", f"shop_{word}", text)
        return moved


def cases(kind: str) -> list[Case]:
    found = []
    for path in sorted((CASES / kind).glob("*.toml")):
        told = tomllib.loads(path.read_text())
        before = {**SHARED, **told.get("before", {})}
        after = {**before, **told.get("after", {})}
        found.append(
            Case(path.stem, before, {p: t for p, t in after.items() if p not in told.get("deleted", [])})
        )
    return found


def stored(site: Site, files: Mapping[str, str]) -> str:
    return site.mirror.write_tree({path: text.encode() for path, text in files.items()})


def judged(site: Site, case: Case) -> Judgement:
    return judge_tree(site, stored(site, case.after), stored(site, case.before), ())


def together(site: Site, some: Sequence[Case]) -> Judgement:
    sides = []
    for side in ("before", "after"):
        files = {"pyproject.toml": SHARED["pyproject.toml"]}
        for case in some:
            files |= case.apart(getattr(case, side))
        sides.append(stored(site, files))
    return judge_tree(site, sides[1], sides[0], ())


def refused(case: Case, judgement: Judgement) -> bool:
    """Whether something in a judgement of many cases is about this one."""
    word = re.compile(rf"(tests/|shop_){case.name.replace('-', '_')}/")
    return any(word.search(reason) for reason in (*judgement.reasons, *judgement.doubts))


def settles_by_reading(case: Case) -> bool:
    """Whether the judge has an answer before anything runs."""
    changed = {p for p in {*case.before, *case.after} if case.before.get(p) != case.after.get(p)}
    texts = Texts(
        {p: case.before[p] for p in changed & set(case.before)},
        {p: case.after[p] for p in changed & set(case.after)},
        settings_before=case.before, settings_after=case.after,
    )  # fmt: skip
    return bool(look(texts, [p for p in case.before if p.startswith("tests/")]).refusals)


@pytest.mark.slow  # four real judgements of a hundred small tests each, and some alone
def test_no_cheat_is_accepted(shared_site: Callable[..., Site]) -> None:
    site, every = shared_site(again_max=0), cases("cheats")
    assert len(every) >= CHEATS_MIN
    ran = [case for case in every if not case.alone and not settles_by_reading(case)]
    accepted = []
    for case in every:
        if case in ran:
            continue
        judgement = judged(site, case)
        if judgement.outcome is Outcome.PASSED and not judgement.doubts:
            accepted += [case.name] if not any(protected(path) for path in case.after) else []
    whole = together(site, ran)
    assert whole.outcome is Outcome.PASSED, whole.reasons
    accepted += [case.name for case in ran if not refused(case, whole)]
    assert accepted == []


@pytest.mark.slow
def test_honest_changes_pass(shared_site: Callable[..., Site]) -> None:
    site, every = shared_site(again_max=0), cases("honest")
    assert len(every) >= HONEST_MIN
    kept = [case.name for case in every if not case.alone and settles_by_reading(case)]
    ran = [case for case in every if not case.alone and case.name not in kept]
    whole = together(site, ran)
    assert whole.outcome is Outcome.PASSED, whole.reasons
    kept += [case.name for case in ran if refused(case, whole)]
    for case in every:
        if case.alone:
            judgement = judged(site, case)
            kept += [case.name] if judgement.outcome is not Outcome.PASSED or judgement.doubts else []
    assert len(kept) <= HONEST_REFUSED_MAX, (kept, whole.doubts)
