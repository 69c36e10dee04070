"""The offline verifier: alone, on an export, against windlass's own tree and notes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass import events
from windlass.events import audit, tree, verifier
from windlass.events.note import Checkpoint, checkpoint_text, load_signer, sign
from windlass.store import Database, Transaction

NOTE_EXAMPLE = (Path(__file__).parent / "vectors" / "c2sp_signed_note_example.txt").read_text()
NOW = 1_800_000_000.0


@pytest.fixture
def export(sqlite: Database, tmp_path: Path) -> Path:
    """120 entries, checkpoints at 40, 80 and 120, an anchor at 80."""
    signer = load_signer(tmp_path / "keys")
    for step in range(3):

        def work(tx: Transaction, step: int = step) -> None:
            for n in range(40):
                events.append(tx, "task.claimed", NOW + n, n=n, step=step, text="é\u2028 \x7f")

        sqlite.write(work)
        audit.seal(sqlite, signer, NOW + step, force=True)
        if step == 1:
            (tmp_path / "anchor").write_text(sqlite.read(audit.latest) or "")
    audit.export(sqlite, tmp_path / "export", signer.verifier_key())
    return tmp_path / "export"


def key(export: Path) -> str:
    return (export / "audit.vkey").read_text()


def alone(export: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the exported copy in isolated mode: nothing of windlass can be imported by accident."""
    given = [sys.executable, "-I", str(export / "verifier.py"), str(export), *arguments]
    return subprocess.run(given, capture_output=True, text=True, check=False, cwd="/")


def test_the_exported_verifier_says_how_much_is_covered(export: Path) -> None:
    done = alone(export, "--key", key(export), "--anchor", str(export.parent / "anchor"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "verified: covered 120 of 120 entries, 80 of them by an anchor\n"
    assert alone(export, "--key", str(export / "audit.vkey")).returncode == 0


def test_the_verifier_imports_nothing_of_windlass() -> None:
    source = Path(verifier.__file__).read_text()
    assert "import windlass" not in source
    assert "from windlass" not in source


@pytest.mark.parametrize("arguments", [("--key", "nonsense"), ("--key", "a+b+c"), ("--anchor", "/nowhere")])
def test_wrong_use_exits_with_two(export: Path, arguments: tuple[str, ...]) -> None:
    more = () if "--key" in arguments else ("--key", key(export))
    assert alone(export, *arguments, *more).returncode == 2


def lines(change: Callable[[list[str]], list[str]], name: str = "entries.jsonl") -> Callable[[Path], None]:
    def attack(export: Path) -> None:
        path = export / name
        found = path.read_text(encoding="utf-8").split("\n")[:-1]
        path.write_text("".join(f"{line}\n" for line in change(found)), encoding="utf-8", newline="\n")

    return attack


def edited(at: int, old: str, new: str) -> Callable[[list[str]], list[str]]:
    def change(found: list[str]) -> list[str]:
        assert old in found[at]
        return [*found[:at], found[at].replace(old, new), *found[at + 1 :]]

    return change


def renumbered(found: list[str]) -> list[str]:
    kept = found[:70] + found[71:]
    return [verifier.canonical({**json.loads(line), "seq": n}) for n, line in enumerate(kept)]


def unsigned_root(found: list[str]) -> list[str]:
    note = json.loads(found[2])
    return [*found[:2], json.dumps(note.replace(note.split("\n")[2], "A" * 43 + "="))]


ATTACKS: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "edit": (lines(edited(70, "claimed", "expired")), {"root"}),
    "delete": (lines(lambda e: e[:70] + e[71:]), {"reordered", "root", "truncated"}),
    "delete and renumber": (lines(renumbered), {"root", "truncated"}),
    "insert": (lines(lambda e: [*e[:70], e[3], *e[70:]]), {"reordered", "root"}),
    "swap": (lines(lambda e: [*e[:70], e[71], e[70], *e[72:]]), {"reordered", "root"}),
    "truncate": (lines(lambda e: e[:100]), {"truncated"}),
    "unsigned tail that is no entry": (lines(lambda e: [*e, '{"seq":120,"x":[]}']), {"malformed"}),
    "a fraction for a number": (lines(edited(70, '"v":1', '"v":1.0')), {"malformed", "root"}),
    "another spelling": (lines(edited(70, '"v":1', '"v": 1')), {"not-canonical", "root"}),
    "escapes for letters": (lines(edited(70, "claimed", "cl\\u0061imed")), {"not-canonical", "root"}),
    "a key twice": (lines(edited(70, '"v":1', '"v":1,"v":1')), {"duplicate-key", "root"}),
    "a deep nest": (lines(lambda e: [*e[:70], "[" * 9_000, *e[71:]]), {"malformed", "root"}),
    "an oversized entry": (lines(edited(70, "claimed", "c" * 40_000)), {"oversized", "root"}),
    "an empty line": (lines(lambda e: [*e[:70], "", *e[71:]]), {"malformed", "root"}),
    "line ends of Windows": (
        lines(lambda e: [line + "\r" for line in e]), {"not-canonical", "root", "uncovered"}),
    "a checkpoint dropped from the end with its entries": (
        lambda x: (lines(lambda e: e[:40])(x), lines(lambda c: c[:1], "checkpoints.jsonl")(x)), {"rollback"}),
    "checkpoints reordered": (lines(lambda c: [c[1], c[0], c[2]], "checkpoints.jsonl"), {"order"}),
    "a checkpoint twice": (lines(lambda c: [*c, c[2]], "checkpoints.jsonl"), {"order"}),
    "a checkpoint's root altered": (lines(unsigned_root, "checkpoints.jsonl"), {"bad-checkpoint"}),
    "a checkpoint's signature altered": (
        lines(lambda c: [*c[:2], c[2][:-8] + "AAA=\\n\""], "checkpoints.jsonl"), {"bad-checkpoint"}),
    "a checkpoint that is no JSON": (
        lines(lambda c: [*c, "nonsense"], "checkpoints.jsonl"), {"bad-checkpoint"}),
    "no checkpoints": (lines(lambda c: [], "checkpoints.jsonl"), set()),
    "no entries": (lines(lambda e: []), {"truncated", "rollback"}),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_with_an_export_is_found(export: Path, attack: str) -> None:
    work, expected = ATTACKS[attack]
    work(export)
    verdict = verifier.verify_export(export, key(export), [export.parent / "anchor"])
    found = {problem.kind for problem in verdict.problems} - {"fork"}
    assert found == expected
    if expected:
        assert alone(export, "--key", key(export), "--anchor", str(export.parent / "anchor")).returncode == 1


def test_without_checkpoints_only_an_anchor_covers(export: Path) -> None:
    (export / "checkpoints.jsonl").write_text("")
    kept = verifier.verify_export(export, key(export), [export.parent / "anchor"])
    assert (kept.ok, kept.covered, kept.anchored) == (True, 80, 80)
    bare = verifier.verify_export(export, key(export))
    assert (bare.ok, [problem.kind for problem in bare.problems]) == (False, ["uncovered"])


def test_a_full_rewrite_by_the_owner_of_the_key_passes_only_without_an_anchor(export: Path) -> None:
    signer = load_signer(export.parent / "keys")
    lines(lambda e: [line.replace("windlass", "mallory") for line in e])(export)
    found = (export / "entries.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    root = tree.root([tree.leaf(line.encode()) for line in found])
    note = sign(checkpoint_text(Checkpoint(signer.name, 120, root)), signer)
    (export / "checkpoints.jsonl").write_text(json.dumps(note) + "\n")
    assert verifier.verify_export(export, key(export)).ok
    judged = verifier.verify_export(export, key(export), [export.parent / "anchor"])
    assert [(problem.position, problem.kind) for problem in judged.problems] == [(79, "fork")]


def test_a_log_of_one_key_does_not_verify_with_another(export: Path, tmp_path: Path) -> None:
    other = load_signer(tmp_path / "other").verifier_key()
    judged = verifier.verify_export(export, other)
    assert {problem.kind for problem in judged.problems} == {"bad-checkpoint", "uncovered"}


@given(st.lists(st.binary(max_size=20), max_size=200))
def test_both_trees_are_the_same(entries: list[bytes]) -> None:
    log = verifier.Log(verifier.parse_key(example_key()))
    for entry in entries:
        log._append(tree.leaf(entry))
    assert log.root() == tree.root([tree.leaf(entry) for entry in entries])


def test_both_readers_of_notes_agree_on_the_specification_example() -> None:
    note = NOTE_EXAMPLE.split("```\n")[1]
    with pytest.raises(ValueError, match="not a checkpoint of this log"):  # signed well, but no checkpoint
        verifier.open_checkpoint(note, verifier.parse_key(example_key()))
    with pytest.raises(ValueError, match="is false"):
        verifier.open_checkpoint(note.replace("This", "That"), verifier.parse_key(example_key()))


def example_key() -> str:
    return next(line.strip() for line in NOTE_EXAMPLE.splitlines() if line.startswith("    "))


def test_the_number_of_problems_is_bounded(export: Path, tmp_path: Path) -> None:
    lines(lambda e: ["nonsense"] * 5_000)(export)
    assert len(verifier.verify_export(export, key(export)).problems) == verifier.PROBLEMS_MAX
    shutil.rmtree(export)
