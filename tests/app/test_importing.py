"""After an import the founding file or variable can be deleted, and nothing changes."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.app.founding_texts import AGENTS, ALERTS, BACKLOG, PARALLEL, RATCHET, SCOPE, SLA, VARIABLES
from tests.app.shop import Shop

from windlass import backlog
from windlass.app.config import Loaded, load, value_of
from windlass.app.config_sections import KEYS
from windlass.app.founding import read_document, read_variables
from windlass.app.importing import Brought, Outcome, Request, Standing, bring, decide
from windlass.app.settings_file import changed
from windlass.app.wiring import settings_place
from windlass.kernel import Invalid, WindlassError

PATHS = st.lists(
    st.sampled_from(["infra/", "secrets/", ".github/workflows/", "a.txt"]), max_size=3, unique=True
)
SHARE = st.floats(0, 1).map(lambda value: round(value, 3))
SCOPES = st.fixed_dictionaries({}, optional={
    "restricted_paths": PATHS,
    "external_operations": st.dictionaries(st.sampled_from(["github_api", "registry"]), st.booleans()),
    "auto_approve": st.fixed_dictionaries({}, optional={
        "max_wsjf_score": st.integers(0, 9), "file_change_limit": st.integers(1, 50),
        "test_coverage_min": st.integers(0, 100),
    }),
})  # fmt: skip
RATCHETS = st.fixed_dictionaries({
    "global_targets": st.dictionaries(
        st.sampled_from(["coverage_percent_min", "flaky_test_count_max"]), st.integers(0, 100), min_size=1
    ),
    "ratchet_settings": st.dictionaries(st.just("regression_tolerance"), st.integers(0, 5)),
})  # fmt: skip
VARS = st.fixed_dictionaries({}, optional={
    "PR_DAILY_LIMIT": st.integers(0, 20).map(str), "CI_FAILURE_THRESHOLD": SHARE.map(str),
    "AGING_MULTIPLIER_MAX": st.integers(1, 5).map(str),
})  # fmt: skip
MINE = st.fixed_dictionaries({}, optional={
    "autonomy.max_files": st.integers(1, 50), "autonomy.daily_prs": st.integers(0, 20),
    "autonomy.restricted": PATHS, "backlog.aging_max": st.integers(1, 5),
    "ratchet.metric": st.just([{"name": "coverage", "start": 33}]),
})  # fmt: skip


def toml(settings: Mapping[str, object]) -> bytes:
    return changed("", [(path, value, "test") for path, value in settings.items()]).encode()


@given(SCOPES, RATCHETS, VARS, MINE, MINE, MINE)
def test_what_was_imported_stays_in_force_without_where_it_came_from(
    scope: Any, ratchet: Any, env: Any, user: Any, project: Any, owned: Any
) -> None:
    ours = {"user": ("user", toml(user)), "project": ("windlass.toml", toml(project))}
    theirs = {"scope": yaml.dump(scope, sort_keys=False).encode(), "ratchet": json.dumps(ratchet).encode()}
    place = Path("/owner/windlass.toml")
    before = load(env, **ours, **theirs, owned=(str(place), toml(owned)))
    without = load({}, **ours, owned=(str(place), toml(owned)))
    now = load({}, **ours, **theirs, owned=(str(place), toml(owned)))
    readings = [
        read_variables(env),
        read_document("scope", "s", scope),
        read_document("ratchet", "r", ratchet),
    ]
    lines, settings = decide(readings, Standing(without, now, place, "user", replace=False))
    written = changed(toml(owned).decode(), settings).encode()
    after = load({}, **ours, owned=(str(place), written))
    kept = {
        one.setting.split()[0] for one in lines if one.outcome is Outcome.KEPT and one.source == "environment"
    }
    assert kept <= {*owned}
    for path, key in KEYS.items():
        old, new = value_of(before.config, key), value_of(after.config, key)
        if path == "autonomy.restricted":
            assert {*old} == {*new}
        elif path not in kept:
            assert old == new, path
    again, more = decide(readings, Standing(after, after, place, "user", replace=False))
    assert more == []
    assert {one.outcome for one in again} <= {Outcome.ALREADY, Outcome.KEPT, Outcome.LEFT}


EVERYTHING = {
    ".automation-scope.yaml": SCOPE, "quality_ratchet.json": RATCHET, "config/performance_sla.json": SLA,
    "config/parallel_execution.yaml": PARALLEL, "config/alerting_rules.yaml": ALERTS,
    "config/agents.yaml": AGENTS, "backlog.yml": BACKLOG,
}  # fmt: skip


@pytest.fixture
def bare(shop: Shop) -> Shop:
    """A shop that no variable of ours says anything about."""
    for name in [name for name in shop.outside.more_env if name.startswith("WINDLASS_")]:
        shop.outside.more_env.pop(name)
    return shop


def loaded(shop: Shop, env: Mapping[str, str] | None = None) -> Loaded:
    shop.outside.more_env.update(env or {})
    try:
        return shop.open().loaded
    finally:
        for name in env or {}:
            shop.outside.more_env.pop(name)


def place_of(shop: Shop) -> Path:
    return settings_place(shop.open().home, shop.repo)


def imported(shop: Shop, *files: str, env: Mapping[str, str] | None = None, **asked: Any) -> Brought:
    paths = tuple(shop.repo / name for name in files)
    return bring(Request(repo=shop.repo, files=paths, by="ann", **asked), {**shop.env, **(env or {})})


def outcomes(done: Brought) -> dict[str, str]:
    return {one.key: one.outcome.value for one in done.lines}


def test_everything_a_team_has_comes_in_and_its_files_can_go(bare: Shop) -> None:
    bare.commit({name: text for name, text in EVERYTHING.items() if "backlog" not in name})
    (bare.repo / "backlog.yml").write_text(BACKLOG)
    before = loaded(bare, VARIABLES)
    done = imported(bare, env=VARIABLES)
    assert done.written
    for name in EVERYTHING:
        (bare.repo / name).unlink()
    bare.commit({})
    after = loaded(bare)
    anew = {"dispatch.workers", "dispatch.lease", "dispatch.attempts_max", "agents.agent"}
    for path, key in KEYS.items():
        if path not in anew:
            assert value_of(before.config, key) == value_of(after.config, key), path
    assert (after.config.dispatch.workers, after.config.dispatch.lease_s) == (10, 90.0)
    assert [one.name for one in after.config.agents.agent] == ["frontend", "release-agent"]
    assert done.backlog is not None
    assert (done.backlog.added, done.backlog.done) == (2, ("INFRA-001",))
    assert outcomes(done)["metadata.aging_multiplier_max"] == "overruled"


def test_a_second_import_changes_nothing(bare: Shop) -> None:
    bare.commit(EVERYTHING)
    imported(bare, env=VARIABLES)
    text = place_of(bare).read_text()
    again = imported(bare, env=VARIABLES)
    assert (again.written, again.backlog and again.backlog.added) == (False, 0)
    assert {*outcomes(again).values()} == {"already so", "left", "overruled"}
    assert place_of(bare).read_text() == text


def test_what_the_owner_says_otherwise_is_kept_unless_replaced(bare: Shop) -> None:
    bare.commit({".automation-scope.yaml": SCOPE})
    place_of(bare).write_text('# mine\n[autonomy]\nmax_files = 3 # few\nrestricted = ["infra/"]\n')
    done = imported(bare)
    told = {one.key: one for one in done.lines}
    assert told["auto_approve.file_change_limit"].outcome is Outcome.KEPT
    assert told["auto_approve.file_change_limit"].why == "3 in your windlass.toml"
    config = loaded(bare).config
    assert config.autonomy.max_files == 3
    assert {*config.autonomy.restricted} == {"infra/", ".github/workflows/", "secrets/"}
    replaced = {one.key: one for one in imported(bare, replace=True).lines}
    assert replaced["auto_approve.file_change_limit"].outcome is Outcome.REPLACED
    assert loaded(bare).config.autonomy.max_files == 10
    assert "max_files = 10 # few" in place_of(bare).read_text()


def test_what_the_repositorys_own_windlass_toml_says_goes_before_its_founding_file(bare: Shop) -> None:
    bare.commit(
        {".automation-scope.yaml": SCOPE, "windlass.toml": "[autonomy]\nmax_files = 3\nmax_wsjf = 2.0\n"}
    )
    told = {one.key: one for one in imported(bare).lines}
    assert told["auto_approve.file_change_limit"].why == "3 in windlass.toml"
    assert told["auto_approve.max_wsjf_score"].outcome is Outcome.ALREADY
    assert loaded(bare).config.autonomy.max_files == 3


def test_metrics_and_agents_of_the_owner_stay_beside_what_replaces(bare: Shop) -> None:
    bare.commit({"quality_ratchet.json": RATCHET})
    place_of(bare).write_text('[[ratchet.metric]]\nname = "size"\nbetter = "down"\ncommand = "sh size.sh"\n')
    assert "kept" in outcomes(imported(bare)).values()
    imported(bare, replace=True)
    assert [one.name for one in loaded(bare).config.ratchet.metric] == [
        "size", "coverage", "mutation", "p95", "flaky", "security"
    ]  # fmt: skip


def test_metrics_of_the_repositorys_windlass_toml_stay_too(bare: Shop) -> None:
    size = '[[ratchet.metric]]\nname = "size"\nbetter = "down"\ncommand = "sh size.sh"\nevery = "7d"\n'
    bare.commit({"quality_ratchet.json": RATCHET, "windlass.toml": size})
    (before,) = loaded(bare).config.ratchet.metric
    assert "kept" in outcomes(imported(bare)).values()
    imported(bare, replace=True)
    after = loaded(bare).config.ratchet.metric
    assert len(after) == 6
    assert before in after


def test_layouts_with_which_windlass_does_not_start_come_in_and_add_to_what_is_restricted(bare: Shop) -> None:
    bare.commit({".automation-scope.yaml": "version: '1'\nscope:\n  forbidden_paths: ['./infra/**']\n"})
    with pytest.raises(Invalid, match="is no key windlass knows"):
        bare.open()
    imported(bare)
    (bare.repo / ".automation-scope.yaml").unlink()
    bare.commit({})
    assert {*loaded(bare).config.autonomy.restricted} == {".github/workflows/", "secrets/", "infra/"}


def test_a_dry_run_says_the_same_and_writes_nothing(bare: Shop) -> None:
    bare.commit(EVERYTHING)
    dry = imported(bare, env=VARIABLES, dry_run=True)
    assert not place_of(bare).exists()
    done = imported(bare, env=VARIABLES)
    assert (dry.lines, dry.backlog) == (done.lines, done.backlog)
    assert (dry.written, done.written) == (False, True)


def test_a_dry_run_adds_no_item(bare: Shop) -> None:
    (bare.repo / "backlog.yml").write_text(BACKLOG)
    imported(bare, dry_run=True)
    plant = bare.open()
    assert plant.database.read(lambda tx: backlog.items(tx, plant.repository.id)) == []


def test_all_mistakes_are_told_at_once_and_nothing_is_written(bare: Shop) -> None:
    (bare.repo / ".automation-scope.yaml").write_text("auto_approve: {file_change_limit: many}\n")
    (bare.repo / "quality_ratchet.json").write_text("{")
    (bare.repo / "backlog.yml").write_text(BACKLOG)
    with pytest.raises(Invalid) as caught:
        imported(bare, env={"PR_DAILY_LIMIT": "lots", "WSJF_THRESHOLD": "2"})
    told = str(caught.value)
    assert "because of 3 mistakes" in told
    assert "environment: PR_DAILY_LIMIT = 'lots': must be a whole number" in told
    assert ".automation-scope.yaml: auto_approve.file_change_limit = 'many': must be" in told
    assert "quality_ratchet.json: is no JSON" in told
    assert not place_of(bare).exists()
    plant = bare.open()
    assert plant.database.read(lambda tx: backlog.items(tx, plant.repository.id)) == []


def test_a_broken_backlog_keeps_the_settings_from_being_written(bare: Shop) -> None:
    (bare.repo / ".automation-scope.yaml").write_text("auto_approve: {max_wsjf_score: x}\n")
    (bare.repo / "backlog.yml").write_text("backlog: [{id: A, title: x, status: NEVER}, {id: B}]\n")
    with pytest.raises(Invalid, match="because of 3 mistakes") as caught:
        imported(bare)
    assert "backlog.yml: backlog[1] (A): status 'NEVER' is not one of" in str(caught.value)
    assert "backlog.yml: backlog[2] (B): has no title" in str(caught.value)
    assert not place_of(bare).exists()
    assert [one.name for one in place_of(bare).parent.iterdir() if one.name.startswith(".windlass")] == []


def test_a_broken_file_of_which_nothing_is_taken_holds_nothing_up(bare: Shop) -> None:
    """The founding repository's own alerting rules are such a file."""
    (bare.repo / "config").mkdir()
    (bare.repo / "config" / "alerting_rules.yaml").write_text("channels:\n  icon_emoji: :robot_face: x: y\n")
    (bare.repo / ".automation-scope.yaml").write_text(SCOPE)
    done = imported(bare)
    assert done.written
    (told,) = [one for one in done.lines if one.source == "config/alerting_rules.yaml"]
    assert told.outcome is Outcome.LEFT
    assert "is no YAML that windlass takes" in told.why


def test_settings_that_would_not_load_are_not_written(bare: Shop) -> None:
    place = place_of(bare)
    runner = "{name: m, kind: mechanic, provider: nobody}"
    (bare.repo / "agents.yaml").write_text(f"[{{name: qa, runner: {runner}}}]\n")
    with pytest.raises(Invalid, match="is no provider"):
        imported(bare, "agents.yaml")
    assert not place.exists()
    place.write_text("[autonomy]\nmax_filez = 3\n")
    with pytest.raises(Invalid, match="max_filez"):
        imported(bare, "agents.yaml")
    assert place.read_text() == "[autonomy]\nmax_filez = 3\n"


def test_files_that_are_named_are_all_that_is_read(bare: Shop) -> None:
    (bare.repo / ".automation-scope.yaml").write_text(SCOPE)
    (bare.repo / "old.yaml").write_text(PARALLEL)
    done = imported(bare, "old.yaml", kind="parallel", env=VARIABLES)
    assert {one.source for one in done.lines} == {str(bare.repo / "old.yaml")}
    with pytest.raises(Invalid, match="no kind of file 'x'"):
        imported(bare, "old.yaml", kind="x")


def test_the_models_of_agents_come_in_when_the_owner_names_the_file(bare: Shop) -> None:
    (bare.repo / "agents.yaml").write_text(AGENTS)
    imported(bare)
    assert [one.model for one in loaded(bare).config.agents.agent] == ["", ""]
    imported(bare, "agents.yaml", replace=True)
    assert [one.model for one in loaded(bare).config.agents.agent] == ["some-model", ""]


def test_what_the_backlog_got_is_taken_back_and_only_that(bare: Shop) -> None:
    (bare.repo / "backlog.yml").write_text(BACKLOG)
    imported(bare)
    plant = bare.open()
    number = plant.repository.id
    made = plant.database.read(lambda tx: backlog.items(tx, number))
    assert [(one.key, one.state.value, one.category) for one in made] == [
        ("backlog.yml/CORE-001", "blocked", "technical-debt"), ("backlog.yml/NW001", "open", "feature")
    ]  # fmt: skip
    operations = "SELECT summary FROM wl_operation"
    assert len(plant.database.read(lambda tx: tx.rows(operations))) == 1
    imported(bare)
    assert len(plant.database.read(lambda tx: tx.rows(operations))) == 1


def test_a_home_that_cannot_be_written_is_told_and_the_backlog_gets_nothing(bare: Shop) -> None:
    (bare.repo / "backlog.yml").write_text(BACKLOG)
    place = place_of(bare)
    place.mkdir()
    with pytest.raises(WindlassError):
        imported(bare)
    os.rmdir(place)
    plant = bare.open()
    assert plant.database.read(lambda tx: backlog.items(tx, plant.repository.id)) == []
