"""`[forge]`: the token is named, and never told."""

import pytest

from windlass.app.config import load
from windlass.app.config_forge import Forge
from windlass.kernel import Invalid


def read(text: str) -> Forge:
    return load({}, owned=("windlass.toml", f"[forge]\n{text}\n".encode())).config.forge


def test_what_github_needs_is_read():
    found = read(
        'kind = "github"\nremote = "origin"\ngithub.token = "file:/run/token"\n'
        'github.repository = "acme/shop"\ngithub.api = "https://ghe.example/api/v3"\n'
        'github.labels = ["bot", "needs a look"]\ngithub.pull_requests = false'
    )
    assert (found.kind, found.token, found.repository) == ("github", "file:/run/token", "acme/shop")
    assert (found.labels, found.pull_requests) == (("bot", "needs a look"), False)
    assert Forge().pull_requests
    assert read('github.queue = ""').queue == ""
    assert (read("").queue, read("").held) == ("auto-merge", ("do-not-merge", "emergency-pause"))


@pytest.mark.parametrize("secret", ["ghp_0123456789", "env:", "env:A B", "file:relative", 7])
def test_a_token_itself_is_refused_and_not_told_again(secret):
    with pytest.raises(Invalid, match=r"forge\.github\.token") as found:
        read(f"github.token = {secret!r}")
    assert "0123456789" not in str(found.value) + found.value.hint


@pytest.mark.parametrize("label", ["", " x", "a,b", "x" * 51, "a\\u0007"])
def test_a_label_that_is_none_is_refused(label):
    with pytest.raises(Invalid, match="label"):
        read(f'github.labels = ["{label}"]')
    if label:
        with pytest.raises(Invalid, match="label"):
            read(f'github.queue = "{label}"')


def test_a_repository_cannot_say_it_of_itself():
    with pytest.raises(Invalid, match="may not be set from inside"):
        load({}, project=("windlass.toml", b'[forge]\ngithub.token = "env:HOME"\n'), project_inside=True)
