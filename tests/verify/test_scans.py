"""A scan's outcome: what was not looked at has not passed."""

from collections.abc import Callable

from tests.scan.seeds import made

from windlass.dispatch import Site
from windlass.scan import find
from windlass.verify import Outcome
from windlass.verify.scans import secrets

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
