"""A landing is proved by looking again; every lie about it is noticed."""

import json
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from windlass import land
from windlass.kernel import Invalid, NotFound
from windlass.land import LandingState, Mode, provenance
from windlass.land.dsse import envelope
from windlass.land.provenance import Point, Standing

UNASKED = Point("evidence", Standing.UNKNOWN, "not asked")


@pytest.fixture
def key(tmp_path: Path) -> provenance.LandingKey:
    return provenance.landing_key(tmp_path / "keys")


@pytest.fixture
def landed(plant, key) -> land.Landing:
    found = plant.run(plant.queue(*plant.submitted({"a.txt": b"ONE\n"}), Mode.LAND), key=key)
    assert found.state is LandingState.LANDED
    plant.site.mirror.sync(plant.site.checkout)
    return found


def text_of(plant, landing) -> str:
    return plant.database.read(lambda tx: provenance.envelope_of(tx, landing))


def proved(plant, key, landing, *, text: str = "", commit: str = "") -> dict[str, Standing]:
    points = provenance.prove(
        text or text_of(plant, landing), key.public, commit or landing.commit, plant.site.mirror,
        evidence=lambda _: UNASKED,
    )  # fmt: skip
    return {point.name: point.standing for point in points}


def forged(plant, key, landing, **changes) -> str:
    """The statement with other words, signed by whoever holds `key`."""
    told = json.loads(b64decode(json.loads(text_of(plant, landing))["payload"]))
    told["predicate"] |= changes
    return json.dumps(envelope(json.dumps(told).encode(), key))


def test_a_landing_is_proved(plant, key, landed) -> None:
    assert proved(plant, key, landed) == {
        "statement": Standing.HOLDS, "commit": Standing.HOLDS, "signature": Standing.HOLDS,
        "branch": Standing.HOLDS, "evidence": Standing.UNKNOWN,
    }  # fmt: skip


def test_a_proposal_is_stated_too(plant, key) -> None:
    found = plant.run(plant.queue(*plant.submitted({"a.txt": b"ONE\n"}), Mode.PROPOSE), key=key)
    assert found.state is LandingState.PROPOSED
    plant.site.mirror.sync(plant.site.checkout)
    assert Standing.FAILS not in proved(plant, key, found).values()


def test_the_commit_is_the_same_at_every_try(plant, key) -> None:
    landing = plant.queue(*plant.submitted({"a.txt": b"ONE\n"}), Mode.LAND)
    with pytest.raises(KeyboardInterrupt):
        plant.run(landing, key=key, mark=dying_at("published"))
    found = plant.run(landing, key=key)
    assert (found.state, plant.git("rev-parse", "main")) == (LandingState.LANDED, found.commit)
    told = plant.database.read(
        lambda tx: tx.rows("SELECT data FROM wl_event WHERE kind = 'landing.attested'")
    )
    assert len(told) == 1


def dying_at(name: str):
    def mark(here: str) -> None:
        if here == name:
            raise KeyboardInterrupt

    return mark


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed here")
def test_git_itself_accepts_the_signature(plant, key, landed, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    signers.write_text(key.public.line + "\n")
    words = [
        "git",
        "-C",
        plant.user,
        "-c",
        f"gpg.ssh.allowedSignersFile={signers}",
        "verify-commit",
        "-v",
        "main",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f'Good "git" signature for {key.name}' in done.stderr


def test_another_key_proves_nothing(plant, landed, tmp_path: Path) -> None:
    other = provenance.landing_key(tmp_path / "other")
    assert proved(plant, other, landed) == {"statement": Standing.FAILS}


def test_a_statement_that_others_signed_does_not_fit_the_commit(plant, key, landed, tmp_path: Path) -> None:
    other = provenance.landing_key(tmp_path / "other")
    assert proved(plant, other, landed, text=forged(plant, other, landed))["signature"] is Standing.FAILS


@pytest.mark.parametrize("field", ["tree", "base"])
def test_a_statement_about_another_tree_or_base_fails(plant, key, landed, field: str) -> None:
    assert (
        proved(plant, key, landed, text=forged(plant, key, landed, **{field: "0" * 40}))["commit"]
        is Standing.FAILS
    )


def test_a_statement_is_about_one_commit(plant, key, landed) -> None:
    assert proved(plant, key, landed, commit="1" * 40) == {
        "statement": Standing.HOLDS, "commit": Standing.FAILS, "evidence": Standing.UNKNOWN,
    }  # fmt: skip


def test_a_branch_that_left_the_commit_fails_and_one_that_is_gone_is_unknown(plant, key, landed) -> None:
    plant.git("update-ref", "refs/heads/main", landed.base)
    plant.site.mirror.sync(plant.site.checkout)
    assert proved(plant, key, landed)["branch"] is Standing.FAILS
    plant.git("branch", "-m", "main", "other")
    with pytest.raises(NotFound):
        plant.site.mirror.sync(plant.site.checkout)


@pytest.mark.parametrize("changes", [{"tree": 5}, {"evidence": None}, {"branch": []}])
def test_a_statement_of_another_shape_fails(plant, key, landed, changes) -> None:
    assert proved(plant, key, landed, text=forged(plant, key, landed, **changes)) == {
        "statement": Standing.FAILS
    }


def test_evidence_is_compared_with_the_store(plant, landed) -> None:
    def asked(verdict: str) -> Standing:
        row = {"check": "ruff", "environment": "e", "verdict": verdict}
        told = {"tree": landed.tree, "evidence": [row]}
        return plant.database.read(lambda tx: provenance.on_record(tx, told)).standing

    assert asked("passed") is Standing.FAILS
    plant.database.write(lambda tx: tx.execute(
        "INSERT INTO wl_evidence (tree_oid, check_id, environment, verdict, seconds, metrics, detail,"
        " sandbox, at) VALUES (:tree, 'ruff', 'e', 'passed', 1.0, '{}', '', 'bwrap', 1.0)", tree=landed.tree,
    ))  # fmt: skip
    assert (asked("passed"), asked("failed")) == (Standing.HOLDS, Standing.FAILS)
    none = plant.database.read(lambda tx: provenance.on_record(tx, {"tree": landed.tree, "evidence": []}))
    assert none.standing is Standing.UNKNOWN


def test_a_landing_is_found_by_the_beginning_of_its_commit(plant, landed) -> None:
    def find(commit: str) -> land.Landing:
        return plant.database.read(lambda tx: provenance.landing_of(tx, landed.repository_id, commit))

    assert find(landed.commit[:8]).id == landed.id
    with pytest.raises(NotFound, match="landed no commit"):
        find("0" * 40)
    for wrong in ("main", landed.commit[:5], "%" * 8, ""):
        with pytest.raises(Invalid, match="no commit's id"):
            find(wrong)


def test_a_landing_without_a_statement_says_so(plant) -> None:
    found = plant.run(plant.queue(*plant.submitted({"a.txt": b"ONE\n"}), Mode.LAND))
    with pytest.raises(NotFound, match="no statement"):
        text_of(plant, found)
