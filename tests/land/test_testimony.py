"""What a landing was judged by is signed and kept; what others signed is taken in, or refused."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.land.conftest import Plant, git
from tests.verify.test_testimony import FOUND, TREE, wire

from windlass import land
from windlass.dispatch import Site
from windlass.kernel import Unavailable
from windlass.land import Mode, testimony
from windlass.land.dsse import ENVELOPE_MAX, envelope
from windlass.land.key import LandingKey, landing_key
from windlass.verify import Judgement, evidence_of
from windlass.verify.model import Evidence
from windlass.verify.records import keep

OTHER = "b" * 40


@pytest.fixture
def key(tmp_path: Path) -> LandingKey:
    return landing_key(tmp_path / "keys")


def known(plant: Plant, tree: str = TREE) -> list[dict[str, object]]:
    return plant.database.read(lambda tx: evidence_of(tx, tree))


def measured(plant: Plant, tree: str = TREE) -> None:
    found = Evidence(tree, "pytest", "e" * 32, FOUND.reading, "bwrap", plant.clock())
    plant.database.write(lambda tx: keep(tx, found))


def signed(key: LandingKey, **changes: object) -> str:
    """A testimony in other words, signed by whoever holds the key."""
    told = {
        "_type": testimony.KIND, "predicateType": testimony.PREDICATE,
        "subject": [{"name": "tree", "digest": {"gitTree": TREE}}],
        "predicate": {"windlass": "0", "left_out": 0, "readings": [{**wire(), "at": 1.0}]},
    }  # fmt: skip
    return json.dumps(envelope(json.dumps({**told, **changes}).encode(), key))


def looked_at(plant: Plant, key: LandingKey, text: str, name: str = "") -> testimony.Taken:
    name = name or testimony.name_of(TREE, key.public)
    mirror = plant.site.mirror
    oid = mirror.write_blob(text.encode("utf-8", "surrogateescape"))
    return testimony.take(mirror, {name: oid}, [key.public], plant.database)


@pytest.mark.parametrize("dies", ["", "published", "recorded"])
def test_what_landed_is_told_after_it_was_recorded_and_not_before(plant: Plant, key, dies: str) -> None:
    def judge(site: Site, tree: str, base_tree: str, changed: Sequence[str]) -> Judgement:
        measured(plant, tree)
        return plant.gate(site, tree, base_tree, changed)

    def mark(here: str) -> None:
        assert not plant.site.mirror.refs(testimony.PREFIX)
        if here == dies:
            raise KeyboardInterrupt

    number = plant.queue(*plant.submitted({"a.txt": b"ONE\n"}), Mode.LAND)
    if dies:
        with pytest.raises(KeyboardInterrupt):
            land.run(plant.site, number, key=key, judge=judge, mark=mark)
    landed = land.run(plant.site, number, key=key, judge=judge)
    name = testimony.name_of(landed.tree, key.public)
    if dies == "recorded":  # it is lost, which costs time and no more, until it is told again
        assert plant.site.mirror.ref(name) is None
        assert testimony.testify(plant.site.mirror, plant.database, landed.tree, key) == 1
    oid = plant.site.mirror.ref(name)
    assert oid is not None
    assert testimony.testify(plant.site.mirror, plant.database, landed.tree, key) == 1
    assert plant.site.mirror.ref(name) == oid


def test_nothing_known_is_nothing_told(plant: Plant, key) -> None:
    assert testimony.testify(plant.site.mirror, plant.database, TREE, key) == 0
    assert plant.site.mirror.refs(testimony.PREFIX) == {}


def test_what_has_no_room_is_left_out_and_counted(plant: Plant, key, monkeypatch) -> None:
    measured(plant)
    monkeypatch.setattr(testimony, "READINGS_BYTES_MAX", 100)
    assert testimony.document(plant.database, TREE, key)[1] == 0
    monkeypatch.setattr(testimony, "READINGS_BYTES_MAX", 10_000)
    text, told = testimony.document(plant.database, TREE, key)
    assert told == 1
    assert len(text) < ENVELOPE_MAX


def test_too_many_make_room_and_the_oldest_go(plant: Plant, key, monkeypatch) -> None:
    monkeypatch.setattr(testimony, "TREES_MAX", 3)
    monkeypatch.setattr(testimony, "SPARE", 1)
    trees = [f"{n}" * 40 for n in (7, 3, 9, 1)]
    for tree in trees:
        plant.clock.advance(1)
        measured(plant, tree)
        testimony.testify(plant.site.mirror, plant.database, tree, key)
    left = {name.split("/")[3] for name in plant.site.mirror.refs(testimony.PREFIX)}
    assert left == set(trees[2:])


def test_a_signed_word_is_taken_once_and_told_with_its_origin(plant: Plant, key) -> None:
    first = looked_at(plant, key, signed(key))
    assert (first.trees, first.readings, first.known, first.refused) == (1, 1, 0, ())
    assert looked_at(plant, key, signed(key)).known == 1
    (row,) = known(plant)
    assert (row["origin"], row["verdict"]) == (key.name, "failed")


def _nested() -> bytes:
    return b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def test_what_is_not_as_it_must_be_is_refused_and_nothing_of_it_is_taken(plant: Plant, key, tmp_path) -> None:
    stranger = landing_key(tmp_path / "stranger")
    good = {"windlass": "0", "left_out": 0, "readings": [wire()]}
    whole = json.loads(signed(key))
    changed = base64.b64encode(base64.b64decode(whole["payload"]).replace(b"failed", b"passed")).decode()
    raw = json.dumps(envelope(_nested(), key))
    nan = json.dumps(envelope(signed(key).encode().replace(b"1", b"NaN"), key))
    bad = {
        "another's": signed(stranger), "unsigned": json.dumps({**whole, "signatures": []}),
        "changed": json.dumps({**whole, "payload": changed}), "nothing": "", "no JSON": "{", "a list": "[]",
        "deep": raw, "not a number": nan, "large": " " * (ENVELOPE_MAX + 1), "bytes": "\udcff\udcfe",
        "many signatures": json.dumps({**whole, "signatures": whole["signatures"] * 17}),
        "another tree": signed(key, subject=[{"digest": {"gitTree": OTHER}}]),
        "two trees": signed(key, subject=[{"digest": {"gitTree": TREE}}] * 2),
        "a landing": signed(key, predicateType="tag:windlass,2026:landing/v1"),
        "twice": signed(key, predicate={**good, "readings": [wire(), wire()]}),
        "one of two": signed(key, predicate={**good, "readings": [wire(), {**wire(), "verdict": "unknown"}]}),
        "too many": signed(key, predicate={**good, "readings": [wire()] * 201}),
        "no list": signed(key, predicate={**good, "readings": {"a": 1}}), "empty": signed(key, predicate=[]),
    }  # fmt: skip
    for what, text in bad.items():
        found = looked_at(plant, key, text)
        assert (found.readings, len(found.refused)) == (0, 1), what
    assert known(plant) == []


@pytest.mark.parametrize(
    "name", ["x", f"{TREE}/../../heads/main", f"{TREE}/{'g' * 16}", f"{TREE}/{'0' * 16}"]
)
def test_names_that_are_of_nobody_trusted_are_not_looked_at(plant: Plant, key, name: str) -> None:
    found = looked_at(plant, key, signed(key), testimony.PREFIX + name)
    assert (found.strangers, found.trees, known(plant)) == (1, 0, [])


def test_what_the_other_side_says_is_told_without_its_login() -> None:
    with pytest.raises(Unavailable) as told:
        testimony._went_well(128, "fatal: https://ann:word@host/x\nno")
    assert str(told.value).endswith("fatal: https://***@host/x no")


def test_it_goes_to_another_repository_and_comes_from_there(plant: Plant, key, tmp_path, monkeypatch) -> None:
    mirror, host = plant.site.mirror, tmp_path / "host.git"
    plant.git("init", "-q", "--bare", str(host))
    plant.git("push", "-q", str(host), "main:refs/windlass/evidence/odd", "main")
    measured(plant)
    testimony.testify(mirror, plant.database, TREE, key)
    assert [testimony.give(mirror, str(host), key.public, timeout_s=60) for _ in "12"] == [1, 0]
    # A data home that knows nothing: its own key is another.
    plant.database.write(lambda tx: tx.execute("DELETE FROM wl_evidence"))
    own = landing_key(tmp_path / "own")

    def brought(*keys: LandingKey) -> testimony.Taken:
        trusted = [one.public for one in keys]
        return testimony.bring(mirror, str(host), trusted, plant.database, timeout_s=60)

    found = brought(own)
    assert (found.trees, found.strangers, known(plant)) == (0, 2, [])
    found = brought(own, key)
    assert (found.trees, found.readings, found.strangers, found.left) == (1, 1, 1, 0)
    assert [row["origin"] for row in known(plant)] == [key.name]
    found = Evidence(TREE, "types", "e" * 32, FOUND.reading, "bwrap", plant.clock())
    plant.database.write(lambda tx: keep(tx, found))
    # What is imported is not told as measured here.
    assert testimony.testify(mirror, plant.database, TREE, own) == 1
    # A changed word takes the place of the old one, and of no other's.
    testimony.testify(mirror, plant.database, TREE, key)
    assert testimony.give(mirror, str(host), key.public, timeout_s=60) == 1
    # Too many there: of ours that are not here any more some go.
    name = testimony.name_of(TREE, key.public)
    mirror.delete_ref(name, mirror.ref(name))
    measured(plant, OTHER)
    testimony.testify(mirror, plant.database, OTHER, key)
    monkeypatch.setattr(testimony, "TREES_MAX", 1)
    assert testimony.give(mirror, str(host), key.public, timeout_s=60) == 1
    names = git(host, "for-each-ref", "--format=%(refname)", testimony.PREFIX).split()
    assert names == [testimony.name_of(OTHER, key.public), f"{testimony.PREFIX}odd"]
    with pytest.raises(Unavailable, match="did not do it"):
        testimony.bring(mirror, str(tmp_path / "absent"), [key.public], plant.database, timeout_s=60)
