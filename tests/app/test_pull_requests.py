"""A whole run against a small GitHub: what people want lands, what windlass proposes is offered."""

import threading
import time
from pathlib import Path

import pytest
from tests.app.shop import CLEAN, Shop
from tests.support import github

from windlass.app import Bounds, Daemon, Wish, run

WAIT_S = 120.0


def settings(shop: Shop, hub: github.GitHub, folder: Path, level: str) -> dict[str, str]:
    token = folder / "token"
    token.write_text(github.TOKEN)
    token.chmod(0o600)
    return {
        **shop.env, "WINDLASS_FORGE_KIND": "github", "WINDLASS_FORGE_REMOTE": str(hub.path),
        "WINDLASS_FORGE_GITHUB_TOKEN": f"file:{token}", "WINDLASS_FORGE_GITHUB_API": hub.root,
        "WINDLASS_FORGE_GITHUB_REPOSITORY": github.REPOSITORY, "WINDLASS_AUTONOMY_LEVEL": level,
    }  # fmt: skip


def until(done, daemon: Daemon) -> None:
    """Stop the run when it is done, or after a long while."""
    end = time.monotonic() + WAIT_S
    while not done() and time.monotonic() < end:
        time.sleep(0.1)
    daemon.stop()


@pytest.mark.slow
def test_a_pull_request_of_a_person_is_tested_and_lands(shop: Shop, tmp_path: Path) -> None:
    shop.commit({"shop/part_0.py": CLEAN})
    host = tmp_path / "host.git"
    shop.outside.git("clone", "-q", "--bare", str(shop.repo), str(host))
    shop.outside.git("checkout", "-q", "-b", "theirs")
    commit = shop.commit({"shop/more.py": "def twice(price):\n    return 2 * price\n"})
    shop.outside.git("push", "-q", str(host), "theirs:theirs")
    shop.outside.git("checkout", "-q", "main")
    with github.serving(host) as hub:
        request = hub.add("theirs", commit, author="ada", labels=["auto-merge"], title="Twice")
        watch = []

        def start(daemon: Daemon, _: object) -> None:
            watch.append(threading.Thread(target=until, args=(lambda: request.closed, daemon)))
            watch[0].start()

        run(
            Wish(repo=shop.repo), Bounds(until=time.time() + WAIT_S, interval_s=3_600.0),
            settings(shop, hub, tmp_path, "merge-on-green"), listen=lambda _: None, on_start=start,
        )  # fmt: skip
        watch[0].join()
        assert (request.closed, request.comments) == (
            True, [f"It landed on `main` as {hub.git('rev-parse', 'main')}."],
        )  # fmt: skip
        assert hub.git("rev-parse", "main^{tree}") == hub.git("rev-parse", "theirs^{tree}")
        assert [one["state"] for one in hub.statuses[commit]] == ["pending", "success"]


@pytest.mark.slow
def test_what_a_run_proposes_is_a_pull_request_when_it_ends(shop: Shop, tmp_path: Path) -> None:
    host = tmp_path / "host.git"
    shop.outside.git("clone", "-q", "--bare", str(shop.repo), str(host))
    with github.serving(host) as hub:
        run(
            Wish(repo=shop.repo), Bounds(until=time.time() + WAIT_S),
            settings(shop, hub, tmp_path, "propose"), listen=lambda _: None, on_start=lambda *_: None,
        )  # fmt: skip
        (request,) = hub.requests.values()
        assert (request.head.startswith("windlass/"), request.labels) == (True, ["windlass"])
        assert hub.git("rev-parse", "main") == hub.git("rev-parse", f"{request.head}^")
        assert all(github.TOKEN not in path.read_text(errors="replace") for path in shop.home.rglob("*.log"))
