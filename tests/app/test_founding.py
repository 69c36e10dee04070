"""What each founding key becomes, and that no key is dropped in silence."""

import json

import pytest
import yaml
from tests.app.founding_texts import ALERTS, PARALLEL, RATCHET, SCOPE, SLA, VARIABLES

from windlass.app import founding
from windlass.app.config_sections import KEYS
from windlass.app.founding import NO_SETTING, Reading, join, read_document, read_variables


def settings(reading: Reading) -> dict[str, object]:
    assert reading.mistakes == []
    names = dict.fromkeys(one.setting for one in reading.told if one.setting)
    return {name: join(name, [one for one in reading.told if one.setting == name]) for name in names}


def left(reading: Reading) -> dict[str, str]:
    return {one.key: one.why for one in reading.told if not one.setting}


def scope(text: str) -> Reading:
    return read_document("scope", ".automation-scope.yaml", yaml.safe_load(text))


def test_every_row_and_variable_names_a_setting_that_exists() -> None:
    assert {row.setting for row in founding.ROWS} <= {*KEYS}
    assert {path for path in founding.VARIABLES.values() if path} <= {*KEYS}
    assert {row.kind for row in founding.ROWS} <= {kind.name for kind in founding.KINDS}


def test_the_founding_scope() -> None:
    reading = scope(SCOPE)
    assert settings(reading) == {
        "autonomy.operations": ["github_api"],
        "autonomy.restricted": [".github/workflows/", "secrets/"],
        "autonomy.max_wsjf": 2.0,
        "autonomy.max_files": 10,
        "autonomy.min_coverage": 80,
    }
    assert left(reading) == {}


def test_other_layouts_of_the_scope() -> None:
    reading = scope(
        "version: '1.0'\n"
        "scope:\n  restricted_paths: ['./.github/**', '*.key', 'infra/*']\n  permissions: {write: true}\n"
        "external_operations:\n  network: {allowed: false}\n"
        "automation_limits: {max_prs_per_day: 4, max_loc_per_pr: 150, max_branch_age_hours: 24}\n"
        "behavioral_limits: {aging_multiplier_max: 3}\n"
    )
    assert settings(reading) == {
        "autonomy.restricted": [".github/", "infra/"], "autonomy.daily_prs": 4, "autonomy.max_lines": 150,
        "backlog.aging_max": 3,
    }  # fmt: skip
    assert left(reading) == {
        "version": "tells about the file",
        "scope.restricted_paths": "windlass restricts folders and whole files, no patterns",
        "scope.permissions": NO_SETTING,
        "external_operations.network": NO_SETTING,
        "automation_limits.max_branch_age_hours": NO_SETTING,
    }


def test_patterns_alone_restrict_nothing_and_say_so() -> None:
    reading = scope("forbidden_patterns: ['*.pem', './', '']")
    assert settings(reading) == {}
    assert [one.value for one in reading.told] == ["*.pem, ./,"]


def test_the_founding_ratchet() -> None:
    reading = read_document("ratchet", "quality_ratchet.json", json.loads(RATCHET))
    rules = {"threshold": 0.5, "tolerance": 1.0, "needed": 2}
    assert settings(reading)["ratchet.metric"] == [
        {"name": name, "start": start, **rules}
        for name, start in (
            ("coverage", 70.0),
            ("mutation", 60.0),
            ("p95", 500.0),
            ("flaky", 2),
            ("security", 0),
        )
    ]


def test_a_ratchet_with_more_targets_than_windlass_has_metrics() -> None:
    told = {
        "global_targets": {"coverage_percent_min": 70, "memory_usage_mb_max": 500},
        "per_module_targets": {"app/api": {"coverage_percent_min": 80}},
        "ratchet_settings": {"grace_period_hours": 24},
    }
    reading = read_document("ratchet", "q", told)
    assert settings(reading) == {"ratchet.metric": [{"name": "coverage", "start": 70}]}
    assert {*left(reading)} == {
        "global_targets.memory_usage_mb_max", "per_module_targets.app/api",
        "ratchet_settings.grace_period_hours",
    }  # fmt: skip


def test_rules_without_a_target_have_nothing_to_be_for() -> None:
    reading = read_document("ratchet", "q", {"ratchet_settings": {"regression_tolerance": 2}})
    assert settings(reading) == {}
    assert left(reading) == {"ratchet_settings.regression_tolerance": "there is no target it is for"}


def test_parallel_execution_in_our_units() -> None:
    reading = read_document("parallel", "p", yaml.safe_load(PARALLEL))
    assert settings(reading) == {
        "dispatch.workers": 10, "dispatch.lease": "1m30s", "dispatch.attempts_max": 4,
    }  # fmt: skip
    assert left(reading)["worktree.lock_timeout_minutes"] == "a work tree goes with its lease"
    assert left(reading)["coordination.message_queue"] == NO_SETTING


@pytest.mark.parametrize(
    ("told", "attempts"),
    [({"max_retries": 0}, 1), ({"retry_enabled": False, "max_retries": 3}, 1), ({"retry_enabled": False}, 1),
     ({"retry_enabled": True, "max_retries": 2}, 3), ({"retry_enabled": True}, None)],
)  # fmt: skip
def test_the_first_attempt_counts_here_and_not_there(told: dict[str, object], attempts: int | None) -> None:
    found = settings(read_document("parallel", "p", {"fault_tolerance": told}))
    assert found.get("dispatch.attempts_max") == attempts


def test_what_no_engine_is_for_is_left_line_by_line() -> None:
    reading = read_document("sla", "s", json.loads(SLA))
    assert settings(reading) == {}
    assert left(reading) == dict.fromkeys(
        ["canary_promotion_criteria.error_rate_max", "canary_promotion_criteria.response_time_p95_max",
         "canary_promotion_criteria.health_check_success_min", "rollback_triggers.error_rate_threshold",
         "rollback_triggers.consecutive_failures", "rollback_triggers.response_time_threshold"], NO_SETTING
    )  # fmt: skip
    alerts = read_document("alerts", "a", yaml.safe_load(ALERTS))
    assert [one.key for one in alerts.told][:3] == [
        "default_channels", "rules.high_blocked_tasks", "rules.low_velocity"
    ]  # fmt: skip
    assert all("hunter2" not in one.value and "hooks.example" not in one.value for one in alerts.told)


def test_the_founding_variables() -> None:
    reading = read_variables({**VARIABLES, "REPO_ROOT": "/srv/shop", "HOME": "/root"})
    assert settings(reading) == {
        "backlog.threshold": 1.0, "backlog.aging_max": 2.0, "autonomy.daily_prs": 5,
        "autonomy.ci_failure_threshold": 0.3,
    }  # fmt: skip
    assert left(reading)["SECURITY_SCAN_LEVEL"] == "every scan that can run here always does"
    assert "which repository" in left(reading)["REPO_ROOT"]
    assert read_variables({"PR_DAILY_LIMIT": ""}).told == []


def test_every_wrong_value_is_named_with_what_is_expected() -> None:
    reading = scope(
        "external_operations: {github_api: 'yes', deployment_targets: staging}\n"
        "restricted_paths: ['/etc', 'ok/']\n"
        "auto_approve: {file_change_limit: many, test_coverage_min: 180}\n"
    )
    lines = [one.line() for one in reading.mistakes]
    assert len(lines) == 5
    for place, words in (
        ("external_operations.github_api = 'yes'", "must be true or false"),
        ("external_operations.deployment_targets = 'staging'", "must be a list of names"),
        ("restricted_paths = '/etc'", "must stay inside the repository"),
        ("auto_approve.file_change_limit = 'many'", "must be a whole number of at least 1"),
        ("auto_approve.test_coverage_min = 180", "must be a number from 0 to 100"),
    ):
        assert any(line.startswith(f".automation-scope.yaml: {place}: {words}") for line in lines), lines


@pytest.mark.parametrize(
    ("kind", "document"),
    [("scope", []), ("scope", "x"), ("ratchet", 3),
     ("ratchet", {"global_targets": {"coverage_percent_min": "x"}}),
     ("ratchet", {"global_targets": {"coverage_percent_min": True}}),
     ("parallel", {"multi_instance": {"max_instances": -1}}),
     ("parallel", {"multi_instance": {"instance_timeout": "soon"}}),
     ("parallel", {"multi_instance": {"instance_timeout": 1e300}}),
     ("parallel", {"fault_tolerance": {"max_retries": True}}),
     ("parallel", {"fault_tolerance": {"retry_enabled": "no", "max_retries": 1}}),
     ("backlog", {"metadata": {"aging_multiplier_max": "x"}})],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_a_mistake(kind: str, document: object) -> None:
    assert read_document(kind, "f", document).mistakes


def test_what_is_told_of_one_file_is_bounded() -> None:
    reading = scope(
        yaml.dump({"auto_approve": {"file_change_limit": 3}, **{f"k{n}": n for n in range(2000)}})
    )
    assert len(reading.told) == founding.LINES_MAX + 1
    assert settings(reading) == {"autonomy.max_files": 3}
    assert reading.told[-1].value == "1501 more keys"


def test_hostile_names_stay_on_one_line_and_can_be_printed() -> None:
    told = json.loads('{"a\\nb": {"c": "x\\ny\\ud800"}, "\\udfff": 1}')
    for one in read_document("sla", "s", told).told:
        assert "\n" not in one.key + one.value
        (one.key + one.value).encode()


def test_an_empty_file_says_nothing() -> None:
    assert read_document("scope", "s", None).told == []


def test_what_a_file_tells_about_itself_is_one_line() -> None:
    head = {"project": "x", "wsjf_threshold": 1.5, "total": 3}
    told = {"metadata": head, "version": "1", "metrics": {"a": 1}}
    reading = read_document("backlog", "backlog.yml", told)
    assert settings(reading) == {"backlog.threshold": 1.5}
    assert [(one.key, one.value) for one in reading.told if not one.setting] == [
        ("metadata", "2 keys"), ("version", "1"), ("metrics", "1 key")
    ]  # fmt: skip


def test_a_broken_file_is_a_mistake_only_where_something_is_taken() -> None:
    alerts = founding.unread("alerts", "a.yaml", "is no YAML")
    assert alerts is not None
    assert [(one.key, one.why) for one in alerts.told] == [("(all of it)", "is no YAML")]
    assert all(founding.unread(kind, "f", "x") is None for kind in ("scope", "ratchet", "agents", "backlog"))
