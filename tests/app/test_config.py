import pytest

from windlass.app.config import load, nearest, read_file, user_file
from windlass.app.config_sections import Config, Isolation, Level
from windlass.kernel import Invalid, Unavailable

TOML = b"""
[autonomy]
level = "watch"
max_files = 3
[verify]
fast = ["ruff check"]
limit = {fast = "30s"}
"""


def mistakes(**places):
    env = places.pop("env", {})
    with pytest.raises(Invalid) as caught:
        load(env, **places)
    return caught.value


def test_nothing_said_gives_the_documented_defaults():
    loaded = load({})
    assert loaded.config == Config()
    assert (loaded.config.autonomy.level, loaded.config.autonomy.max_lines) == (Level.PROPOSE, 200)
    assert loaded.config.autonomy.restricted == (".github/workflows/", "secrets/")
    assert {s.origin for s in loaded.settings()} == {"default"}


def test_each_place_beats_the_one_before_it_and_every_origin_is_kept():
    loaded = load(
        {"WINDLASS_AUTONOMY_MAX_LINES": "50", "PR_DAILY_LIMIT": "9"},
        user=("user.toml", b'[autonomy]\nlevel = "unattended"\nmax_wsjf = 1.5'),
        scope=b"auto_approve: {file_change_limit: 7, test_coverage_min: 60}",
        project=("windlass.toml", TOML),
        flags={"autonomy.level": "merge-on-green", "project.main": None},
    )
    autonomy = loaded.config.autonomy
    assert (autonomy.level, autonomy.max_files, autonomy.max_lines) == (Level.MERGE_ON_GREEN, 3, 50)
    assert (autonomy.daily_prs, autonomy.max_wsjf, autonomy.min_coverage) == (9, 1.5, 60.0)
    assert loaded.origins["autonomy.level"] == "command line"
    assert loaded.origins["autonomy.max_files"] == "windlass.toml"
    assert loaded.origins["autonomy.max_wsjf"] == "user.toml"
    assert loaded.origins["autonomy.min_coverage"] == ".automation-scope.yaml auto_approve.test_coverage_min"
    assert loaded.origins["autonomy.daily_prs"] == "environment PR_DAILY_LIMIT"
    assert loaded.config.verify.fast_limit_s == 30.0


def test_our_variable_beats_the_legacy_one():
    assert load({"WSJF_THRESHOLD": "3", "WINDLASS_BACKLOG_THRESHOLD": "0.5"}).config.backlog.threshold == 0.5


def test_what_the_automation_scope_restricts_stays_restricted():
    loaded = load(
        {"WINDLASS_AUTONOMY_RESTRICTED": "b/"},
        scope=b"restricted_paths: [secrets/]",
        project=("windlass.toml", b'[autonomy]\nrestricted = ["a/"]'),
    )
    assert loaded.config.autonomy.restricted == ("secrets/", "a/", "b/")


def test_all_mistakes_of_all_places_come_at_once_with_path_value_and_hint():
    error = mistakes(
        env={"WINDLASS_VERIFY_FATS": "x", "WINDLASS_BACKLOG_THRESHOLD": "many"},
        user=("user.toml", b"[autonomy\nlevel = 1"),
        scope=b"auto_aprove: {}",
        project=("windlass.toml", b"[verfy]\nfast = []\n[dispatch]\nlease = 300\nworkers = 0"),
    )
    found = {(m.origin, m.path): m for m in error.details["mistakes"]}
    assert set(found) == {
        ("user.toml", ""),
        (".automation-scope.yaml", "auto_aprove"),
        ("windlass.toml", "verfy"),
        ("windlass.toml", "dispatch.lease"),
        ("windlass.toml", "dispatch.workers"),
        ("environment", "WINDLASS_VERIFY_FATS"),
        ("environment", "WINDLASS_BACKLOG_THRESHOLD"),
    }
    assert found["windlass.toml", "verfy"].hint == "did you mean 'verify'?"
    assert found["windlass.toml", "dispatch.lease"].hint == 'write the unit, e.g. "300s"'
    assert found["windlass.toml", "dispatch.workers"].value == 0
    assert found["environment", "WINDLASS_VERIFY_FATS"].hint == "did you mean 'WINDLASS_VERIFY_FAST'?"
    assert error.kind.exit_code == 2
    assert str(error).startswith("the configuration has 7 mistakes:")
    assert "line 1" in str(error)


def test_a_file_inside_the_repository_cannot_open_the_sandbox_or_move_the_database():
    text = b'[sandbox]\nlevel = "none"\nuid = 1\negress = ["a.example:443"]\n'
    text += b'[database]\nurl = "postgresql://h/d"\n[project]\npath = "/"'
    error = mistakes(project=("windlass.toml", text), project_inside=True)
    assert [m.path for m in error.details["mistakes"]] == [
        "sandbox.level",
        "sandbox.uid",
        "sandbox.egress",
        "database.url",
        "project.path",
    ]
    assert load({}, project=("home", b'[sandbox]\nlevel = "none"')).config.sandbox.level is Isolation.NONE


PROVIDER = """
[[models.provider]]
name = "shop"
url = "https://models.example"
speaks = ["openai-chat"]
key = "env:SHOP_KEY"
"""
RUNNER = '[dispatch]\nrunners = [{kind = "command", command = "fix", provider = "shop"}]\n'


def test_a_file_inside_the_repository_cannot_spend_money() -> None:
    error = mistakes(
        user=("user", PROVIDER.encode()), project=("windlass.toml", RUNNER.encode()), project_inside=True
    )
    (found,) = error.details["mistakes"]
    assert (found.path, found.problem) == (
        "dispatch.runners", "may not name a provider from inside the repository"
    )  # fmt: skip
    text = (PROVIDER + RUNNER).encode()
    error = mistakes(project=("windlass.toml", text), project_inside=True)
    assert [m.path for m in error.details["mistakes"]] == ["models.provider", "dispatch.runners"]
    loaded = load({}, user=("user", PROVIDER.encode()), project=("home", RUNNER.encode()))
    assert [one.name for one in loaded.config.models.provider] == ["shop"]


def test_a_runner_names_a_provider_that_is_known() -> None:
    error = mistakes(user=("user", PROVIDER.replace("shop", "stop").encode()), project=("h", RUNNER.encode()))
    (found,) = error.details["mistakes"]
    assert (found.origin, found.path, found.value) == ("h", "dispatch.runners[0].provider", "shop")
    assert found.hint == "did you mean 'stop'?"


def test_hosts_that_agents_may_reach_are_checked_one_by_one():
    assert load({}, project=("home", b'[sandbox]\negress = ["*.a.example:443"]')).config.sandbox.egress == (
        "*.a.example:443",
    )
    error = mistakes(project=("home", b'[sandbox]\negress = ["a.example", "10.0.0.1:443", "b.example:443"]'))
    assert [m.path for m in error.details["mistakes"]] == ["sandbox.egress[0]", "sandbox.egress[1]"]


def test_a_password_belongs_in_the_environment_and_is_never_shown():
    url = "postgresql://me:hunter2@host/db"
    error = mistakes(project=("windlass.toml", f'[database]\nurl = "{url}"'.encode()))
    assert "hunter2" not in str(error)
    loaded = load({"WINDLASS_DATABASE_URL": url})
    assert loaded.config.database.url == url
    assert "hunter2" not in str(loaded.settings())


def test_settings_are_shown_as_the_file_would_spell_them():
    rows = {s.path: s.value for s in load({}).settings()}
    assert rows["dispatch.lease"] == "5m"
    assert rows["autonomy.level"] == "propose"
    assert rows["dispatch.runners"] == [{"name": "mechanic", "kind": "mechanic"}]


def test_the_user_file_can_be_named_and_the_first_file_that_exists_is_read(tmp_path):
    assert user_file({"WINDLASS_CONFIG": "/x/y.toml"}).as_posix() == "/x/y.toml"
    assert user_file({}).name == "config.toml"
    (tmp_path / "b").write_bytes(b"x")
    assert nearest([tmp_path / "a", tmp_path / "b"]) == (str(tmp_path / "b"), b"x")
    assert read_file(tmp_path / "b" / "under-a-file") is None
    with pytest.raises(Unavailable):
        read_file(tmp_path)


def test_the_repository_itself_cannot_make_its_main_branch_move() -> None:
    text = b'[autonomy]\nlevel = "unattended"\n'
    with pytest.raises(Invalid, match="may not be raised from inside the repository"):
        load({}, project=("windlass.toml", text), project_inside=True)
    assert load({}, project=("windlass.toml", text)).config.autonomy.level.value == "unattended"


def test_a_founding_file_that_says_too_much_is_no_dead_end():
    error = mistakes(scope=b"version: 1\nlimits: {max_prs_per_day: 5}\n")
    assert "windlass config import" in error.hint
    both = mistakes(scope=b"version: 1\n", project=("windlass.toml", b"[autonomy]\nmax_filez = 3\n"))
    assert "config show" in both.hint
