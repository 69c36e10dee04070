"""A worker host: its token, its name, its slots, and how it ends."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.online import online, token_file
from tests.app.shop import Shop

from windlass import dispatch
from windlass.app import Hire, host, read_token
from windlass.app.home import Home
from windlass.app.working import new_name, sweep
from windlass.dispatch import Bench, TaskStatus
from windlass.kernel import Conflict, Denied, FixedClock, Invalid, NotFound
from windlass.sandbox import open_launcher
from windlass.workspace import Author


def until(done: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.1)
    return done()


def test_a_host_works_until_it_is_told_to_stop_and_finishes_what_it_has(shop: Shop, tmp_path: Path) -> None:
    with online(shop) as at:
        hire = Hire(at.url, at.token(), slots=2)
        heard: list[str] = []
        env = {**shop.env, "WINDLASS_HOME": str(tmp_path / "far")}
        ended: list[bool] = []
        with host(hire, env, heard.append) as made:
            thread = threading.Thread(target=lambda: ended.append(made.run()))
            thread.start()
            database = at.served.database

            def landed() -> bool:
                found = database.read(lambda tx: dispatch.tasks(tx, 1, (TaskStatus.COMPLETED,)))
                return bool(found)

            assert until(landed), heard
            assert database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_instance")) == 1
            made.stop()
            thread.join(20)
        assert ended == [True]
        assert any("submitted" in line for line in heard)
        assert list((tmp_path / "far" / "attempts").glob("*.*")) in ([], [tmp_path / "far/attempts/.trash"])


def test_a_lane_without_a_runner_is_refused_before_anything_is_asked(shop: Shop) -> None:
    hire = Hire("http://127.0.0.1:9", "t", lanes=("painter",))
    with pytest.raises(Invalid, match="no runner 'painter'"), host(hire, shop.env, print):
        pass


def test_a_runner_whose_work_is_done_outside_makes_no_host(shop: Shop, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('[[dispatch.runners]]\nkind = "outside"\nlane = "backend"\n')
    hire = Hire("http://127.0.0.1:9", "t")
    env = {**shop.env, "WINDLASS_CONFIG": str(settings)}
    with pytest.raises(Conflict, match="no runners"), host(hire, env, print):
        pass


def test_a_runner_that_asks_models_makes_no_host(shop: Shop, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(
        '[[models.provider]]\nname = "p"\nurl = "http://127.0.0.1:9"\nspeaks = ["gemini"]\n'
        '[[dispatch.runners]]\nkind = "command"\ncommand = "fix"\nprovider = "p"\n'
        '[[dispatch.runners]]\nkind = "mechanic"\n'
    )
    env = {**shop.env, "WINDLASS_CONFIG": str(settings)}
    with pytest.raises(Invalid, match="keeps no account of what they cost"):
        host(Hire("http://127.0.0.1:9", "t"), env, print).__enter__()


@pytest.mark.parametrize(
    ("text", "mode", "kind"),
    [("wl_run_x\n", 0o600, None), ("wl_run_x", 0o644, Denied), ("", 0o600, Invalid), ("a b", 0o600, Invalid),
     ("ä", 0o600, Invalid)],
)  # fmt: skip
def test_a_token_file_is_private_and_holds_one_token(
    tmp_path: Path, text: str, mode: int, kind: type[Exception] | None
) -> None:
    file = token_file(tmp_path, text)
    file.chmod(mode)
    if kind is None:
        assert read_token(file) == "wl_run_x"
        return
    with pytest.raises(kind):
        read_token(file)


def test_a_token_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_token(tmp_path / "none")


def test_names_are_readable_and_fresh() -> None:
    assert new_name("build 7") != new_name("build 7")
    assert new_name("build 7").startswith("build-7-")
    assert new_name("...").startswith("host-")


def test_what_a_killed_worker_left_is_swept(tmp_path: Path) -> None:
    home = Home.open({"WINDLASS_HOME": str(tmp_path / "home")})
    (home.attempts / "control" / "1.1").mkdir(parents=True)
    bench = Bench(open_launcher(trust=True), home.attempts, {}, Author("w", "w@localhost"), FixedClock())
    assert sweep(home, bench) == 0
    assert not (home.attempts / "control").exists()
