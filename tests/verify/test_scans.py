"""A scan's outcome: what was not looked at has not passed. In the gate a scan runs where it is set up."""

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.scan.seeds import made

from windlass.dispatch import Site
from windlass.scan import find
from windlass.verify import Outcome, judge_tree
from windlass.verify.scans import of_tree, secrets

TOKEN = made("github-token", 1)
LARGE = {"model.bin": b"\0" * (16 * 1024 * 1024 + 1)}


def test_secrets_fail_what_is_large_is_unknown_and_the_rest_passes(
    site: Site, tree: Callable[..., str]
) -> None:
    clean = secrets(site.mirror, tree(), None, {}, 5.0)
    assert (clean.outcome, clean.at, clean.found) == (Outcome.PASSED, 5.0, ())
    assert clean.why == "3 file contents"
    large = secrets(site.mirror, tree(LARGE), None, {}, 5.0)
    assert large.outcome is Outcome.UNKNOWN
    assert "model.bin is larger" in large.why
    found = secrets(site.mirror, tree({**LARGE, "a": TOKEN.encode()}), None, {}, 5.0)
    assert found.outcome is Outcome.FAILED
    assert [(one.path, one.line, one.grave) for one in found.found] == [("a", 1, True)]
    allow = {find(TOKEN.encode())[0].fingerprint: "a demo"}
    known = secrets(site.mirror, tree({"a": TOKEN.encode()}), None, allow, 5.0)
    assert known.outcome is Outcome.PASSED
    assert [one.allowed for one in known.found] == ["a demo"]


def test_a_change_to_what_is_depended_on_is_held_against_advisories(
    make_site: Callable[..., Site], tree: Callable[..., str], tmp_path: Path
) -> None:
    modified = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    place = {"package": {"ecosystem": "crates.io", "name": "demo"}, "versions": ["1.0.0"]}
    entry = {"id": "RUSTSEC-1", "modified": modified, "affected": [place]}
    with zipfile.ZipFile(tmp_path / "crates.io.zip", "w") as archive:
        archive.writestr("RUSTSEC-1.json", json.dumps(entry))
    lock = b'[[package]]\nname = "demo"\nversion = "1.0.1"\nsource = "registry"\n'
    base, weak = tree({"Cargo.lock": lock}), tree({"Cargo.lock": lock.replace(b"1.0.1", b"1.0.0")})
    site = make_site(fast=("true",), pr=("true",), security={"advisory_folder": str(tmp_path)})
    judgement = judge_tree(site, weak, base, ())
    assert judgement.outcome is Outcome.FAILED
    assert "Cargo.lock RUSTSEC-1 demo 0 -> 1" in judgement.reasons[0]
    (told,) = of_tree(site, weak, ["dependencies"])
    assert [(one.rule, one.path) for one in told.found] == [("RUSTSEC-1 demo", "Cargo.lock")]
    other = judge_tree(make_site(fast=("true",), pr=("true",)), weak, base, ())
    assert other.outcome is Outcome.PASSED, other
    assert "dependencies" not in {reading.check for reading in other.readings}
