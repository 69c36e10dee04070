"""Pull requests on GitHub, opened once, and read strictly. Landing: tests/conformance/test_forges.py."""

import json
import subprocess
from dataclasses import replace

import pytest
from tests.support import github

from windlass.forge import FORGES, Light, Offer, Patient, Rejected, Unreachable
from windlass.kernel import Invalid, Tools
from windlass.plugins.forges.github.pulls import PAGE, PAGES_MAX, parse_pull
from windlass.workspace import Mirror, Moved

OFFER = Offer("windlass/1", "main", "A title", "A body")
SECRET = Tools(lambda: 1_000.0, None, lambda _: github.TOKEN)


def git(path, *args):
    who = ["-c", "user.name=U", "-c", "user.email=u@example.org"]
    done = subprocess.run(["git", "-C", str(path), *who, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def host(tmp_path):
    path = tmp_path / "host.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(path))
    tree = git(path, "mktree", "--missing")
    git(path, "update-ref", "refs/heads/main", git(path, "commit-tree", "-m", "first", tree))
    return path


@pytest.fixture
def hub(host):
    with github.serving(host) as served:
        yield served


def made(host, branch="windlass/1", text="more"):
    commit = git(host, "commit-tree", "-p", "main", "-m", text, git(host, "rev-parse", "main^{tree}"))
    git(host, "update-ref", f"refs/heads/{branch}", commit)
    return commit


def forge_of(hub, **settings):
    table = {"url": str(hub.path), "api": hub.root, "repository": github.REPOSITORY, "token": "env:T"}
    return FORGES.open("github", {**table, **settings}, SECRET)


@pytest.fixture
def pulls(hub):
    return forge_of(hub, labels=("windlass",)).pulls


def test_it_is_opened_once_with_its_labels_and_found_again(hub, host, pulls):
    commit = made(host)
    one = pulls.offer(OFFER)
    assert (one.number, one.branch, one.commit, one.base, one.open, one.own) == (
        1, "windlass/1", commit, "main", True, True,
    )  # fmt: skip
    assert (hub.requests[1].title, hub.requests[1].body, hub.requests[1].labels) == (
        "A title", "A body", ["windlass"],
    )  # fmt: skip
    assert pulls.offer(OFFER).number == pulls.pull(1).number == 1
    assert [found.number for found in pulls.opened()] == [1]
    assert pulls.pull(2) is None
    pulls.say(1, "why")
    pulls.close(1)
    pulls.close(1)
    assert (hub.requests[1].comments, hub.requests[1].closed) == (["why"], True)
    assert (pulls.opened(), pulls.pull(1).open, pulls.offer(OFFER).open) == ([], False, False)
    assert len(hub.requests) == 1


def test_one_of_a_fork_with_the_same_branch_is_not_ours(hub, host, pulls):
    commit = made(host)
    hub.add("windlass/1", commit, fork=True, author="mallory")
    assert not pulls.opened()[0].own
    assert pulls.offer(OFFER).number == 2


def test_it_is_merged_when_its_commit_is_on_the_branch(hub, host, pulls):
    commit = made(host)
    pulls.offer(OFFER)
    git(host, "update-ref", "refs/heads/main", commit)
    found = pulls.pull(1)
    assert (found.open, found.merged) == (False, True)


def test_who_was_faster_is_believed_and_a_refusal_is_told(hub, host, pulls):
    with pytest.raises(Rejected, match="Validation Failed: head is invalid"):
        pulls.offer(OFFER)
    made(host)
    hub.answers += [(200, {}, b"[]")]  # it was not there yet when we looked
    hub.add("windlass/1", git(host, "rev-parse", "windlass/1"))
    assert pulls.offer(OFFER).number == 1


def test_a_branch_is_dropped_only_where_it_was_left(hub, host, pulls, tmp_path):
    mirror = Mirror.create(tmp_path / "mirror")
    commit, other = made(host), made(host, "windlass/2", "other")
    pulls.drop(mirror, "windlass/2", commit)
    pulls.drop(mirror, "windlass/1", commit)
    pulls.drop(mirror, "windlass/1", commit)
    assert git(host, "branch", "--format=%(refname:short) %(objectname)") == (
        f"main {git(host, 'rev-parse', 'main')}\nwindlass/2 {other}"
    )


def test_pages_are_read_within_a_bound_and_not_by_links_of_the_hosts(hub, host, pulls):
    commit = made(host)
    for number in range(PAGE + 3):
        hub.add(f"b{number}", commit, fork=True)
    assert len(pulls.opened()) == PAGE + 3
    page = json.dumps([hub._table(hub.requests[1])] * PAGE).encode()
    hub.answers += [(200, {"Link": '<http://127.0.0.1:1/evil>; rel="next"'}, page)] * 50
    hub.calls.clear()
    assert len(pulls.opened()) == 1
    assert len(hub.calls) == PAGES_MAX


@pytest.mark.parametrize(
    "told",
    [None, {}, [], "x", {"number": True}, {"number": 1}, {"number": -1}, {"number": 2**60},
     {"head": {"sha": "; rm -rf /"}}, {"head": None}, {"state": "merged"}, {"labels": None},
     {"labels": [{"name": "x"}] * 101}],
)  # fmt: skip
def test_what_is_no_pull_request_is_left_out(hub, host, pulls, told):
    whole = hub._table(hub.add("b", made(host)))
    assert parse_pull(whole, github.REPOSITORY) is not None
    bad = {**whole, **told} if isinstance(told, dict) and told and told != {"number": 1} else told
    assert parse_pull(bad, github.REPOSITORY) is None
    hub.answers.append((200, {}, json.dumps([bad, whole]).encode()))
    assert [one.number for one in pulls.opened()] == [1]
    hub.answers.append((200, {}, json.dumps(bad).encode()))
    with pytest.raises(Unreachable, match="no pull request"):
        pulls.pull(1)


def test_texts_of_strangers_are_bounded_and_a_deleted_author_is_nobody(hub, host):
    whole = hub._table(hub.add("b", made(host)))
    long = {**whole, "title": "x" * 10**6, "user": None, "draft": None}
    found = parse_pull(long, github.REPOSITORY)
    assert (len(found.title), found.author, found.draft) == (1_000, "", True)


def test_who_may_write_is_asked_of_the_host_and_odd_names_are_nobody(hub, pulls):
    assert pulls.may_write("ada")
    assert not pulls.may_write("mallory")
    asked = len(hub.calls)
    assert not any(pulls.may_write(name) for name in ("", "../x", "a/b", "a" * 41, "ada?x", "-ada"))
    assert len(hub.calls) == asked
    assert pulls.may_write("dependabot[bot]") is False
    assert "dependabot%5Bbot%5D" in hub.calls[-1]
    hub.answers.append((200, {}, b'{"permission": ["admin"]}'))
    assert not pulls.may_write("ada")


def test_what_is_wanted_carries_the_label_and_nothing_against_it(hub, host):
    commit = made(host)
    pulls = forge_of(hub, queue="auto-merge", held=("wait",)).pulls
    request = hub.add("b", commit, labels=["auto-merge"], author="ada")
    found = pulls.pull(1)
    assert pulls.wanted(found, "main")
    assert not pulls.wanted(found, "other")
    assert not forge_of(hub, queue="").pulls.wanted(found, "main")
    request.labels.append("wait")
    assert not pulls.wanted(pulls.pull(1), "main")
    pulls.put_back(1)
    pulls.put_back(1)
    assert request.labels == ["wait"]
    pulls.light(commit, Light.FAILURE, "x" * 1_000)
    told = {"state": "failure", "context": "windlass", "description": "x" * 140}
    assert hub.statuses[commit] == [told]


def test_what_it_offers_is_fetched_as_it_was_told_or_not_at_all(hub, host, tmp_path):
    pulls, mirror = forge_of(hub).pulls, Mirror.create(tmp_path / "mirror")
    commit = made(host)
    hub.add("b", commit, fork=True)
    found = pulls.pull(1)
    pulls.fetch(mirror, found)
    assert mirror.exists(commit)
    with pytest.raises(Moved):
        pulls.fetch(mirror, replace(found, commit="1" * 40))
    with pytest.raises(Unreachable, match="could not be fetched"):
        pulls.fetch(mirror, replace(found, number=7))


def test_a_rate_limit_is_waited_for_and_landing_goes_on(hub, host, tmp_path):
    now = [0.0]
    patient = Patient(forge_of(hub), lambda: now[0])
    mirror = Mirror.create(tmp_path / "mirror")
    hub.answers.append((403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900"}, b"{}"))
    for at in (0.0, 1.0, 899.0):
        now[0] = at
        with pytest.raises(Unreachable, match="asked again in 900 s"):
            patient.pulls.opened()
    assert len(hub.calls) == 1
    assert patient.ref(mirror, "refs/heads/main") == git(host, "rev-parse", "main")
    now[0] = 901.0
    assert patient.pulls.opened() == []


def test_settings_that_lead_nowhere_are_told_before_anything_is_asked(hub):
    for wrong in ({"token": ""}, {"repository": "shop"}, {"repository": "a/.."}, {"repository": "a/b?c"},
                  {"api": "http://example.org"}, {"api": ""}):  # fmt: skip
        with pytest.raises(Invalid):
            forge_of(hub, **wrong)
    assert hub.calls == []
    assert forge_of(hub, pull_requests=False).pulls is None
    assert not forge_of(hub, pull_requests=False).proposals


def test_the_rehearsal_asks_both_git_and_the_api(hub, host, tmp_path):
    mirror = Mirror.create(tmp_path / "mirror")
    assert "knows acme/shop" in forge_of(hub).rehearse(mirror, "refs/heads/main")
    with pytest.raises(Rejected, match="knows no acme/else"):
        forge_of(hub, repository="acme/else").rehearse(mirror, "refs/heads/main")
