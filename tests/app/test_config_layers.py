import pytest

from windlass.app.config_layers import (
    FILE_MAX,
    agents_layer,
    environment_layer,
    flag_layer,
    scope_layer,
    suggest,
    toml_layer,
)

SEED = b"""
external_operations:
  github_api: true
  docker_registry: false
  deployment_targets: []

restricted_paths:
  - ".github/workflows/"  # GitHub Actions require manual updates
  - "secrets/"

auto_approve:
  max_wsjf_score: 2.0
  file_change_limit: 10
  test_coverage_min: 80
"""


def pairs(layer):
    return {e.path: e.value for e in layer.entries}


def test_the_founding_automation_scope_is_read_whole():
    layer = scope_layer(SEED)
    assert not layer.mistakes
    assert layer.inside
    assert pairs(layer) == {
        "autonomy.operations": ["github_api"],
        "autonomy.restricted": [".github/workflows/", "secrets/"],
        "autonomy.max_wsjf": 2.0,
        "autonomy.max_files": 10,
        "autonomy.min_coverage": 80,
    }


def test_deployment_targets_become_named_operations():
    layer = scope_layer(b"external_operations: {deployment_targets: [staging, eu], docker_registry: true}")
    assert pairs(layer) == {"autonomy.operations": ["deploy:staging", "deploy:eu", "docker_registry"]}


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        (b"[", "", "not valid YAML"),
        (b"- a", "", "must hold a table"),
        (b"\xff", "", "not UTF-8"),
        (b"auto_approve: 3", "auto_approve", "must be a table"),
        (b"auto_approve: {max_wsjf: 3}", "auto_approve.max_wsjf", "no key"),
        (b"external_operations: {github_api: maybe}", "external_operations.github_api", "true or false"),
        (b"external_operations: [a]", "external_operations", "must be a table"),
        (b"external_operations: {deployment_targets: x}", "external_operations.deployment_targets", "a list"),
        (b"restricted: []", "restricted", "no key"),
        (b"x" * (FILE_MAX + 1), "", "larger than"),
    ],
)
def test_a_wrong_automation_scope_says_where(data, path, says):
    (mistake,) = scope_layer(data).mistakes
    assert mistake.path == path
    assert says in mistake.problem


def test_an_empty_automation_scope_says_nothing():
    assert scope_layer(b"") == scope_layer(b"# nothing\n")
    assert not scope_layer(b"auto_approve:\nexternal_operations:\n").mistakes


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        (b"a = ", "", "not valid TOML"),
        (b"\xff\xfe", "", "not UTF-8"),
        (b"verify = 3", "verify", "must be a table"),
        (b"[verify]\nlimit = 3", "verify.limit", "must be a table"),
        (b"[verify]\nlimit = {slow = '1s'}", "verify.limit.slow", "no key"),
        (b"[autonomi]\n", "autonomi", "no section"),
    ],
)
def test_a_wrong_toml_says_where(data, path, says):
    (mistake,) = toml_layer(data, "windlass.toml").mistakes
    assert mistake.path == path
    assert says in mistake.problem
    assert mistake.line().startswith("windlass.toml")


def test_a_byte_order_mark_is_harmless():
    assert not toml_layer(b"\xef\xbb\xbf[project]\nname = 'x'", "f").mistakes


def test_the_environment_is_read_by_section_and_key():
    layer = environment_layer(
        {
            "WINDLASS_VERIFY_LIMIT_FAST": "30s",
            "WINDLASS_AUTONOMY_RESTRICTED": "a/, b/",
            "WINDLASS_DISPATCH_RUNNERS": '["mechanic", {kind = "command", command = "fixit"}]',
            "WINDLASS_HOME": "/x",
            "WINDLASS_PROJECT_NAME": "42",
            "WINDLASS_PROJECT_MAIN": "",
            "REPO_ROOT": "/r",
        }
    )
    assert not layer.mistakes
    assert pairs(layer) == {
        "verify.limit.fast": "30s",
        "autonomy.restricted": ["a/", "b/"],
        "project.name": "42",
        "dispatch.runners": ["mechanic", {"kind": "command", "command": "fixit"}],
        "project.path": "/r",
    }


def test_unknown_flags_and_variables_are_mistakes_with_a_suggestion():
    assert "autonomy.level" in flag_layer({"autonomy.levl": "watch"}).mistakes[0].hint
    assert environment_layer({"WINDLASS_LAND_AUTHOR": "x"}).mistakes[0].path == "WINDLASS_LAND_AUTHOR"
    assert suggest("zzz", ["a", "b"]) == "known: a, b"


def test_groups_of_agents_are_no_agents_of_these_names() -> None:
    layer = agents_layer(
        b"agents:\n  development:\n    - name: frontend_agent\n  qa: {}\n", "agents.yaml", inside=True
    )
    assert [(one.path, one.problem) for one in layer.mistakes] == [
        ("agents.development", "must be a table, of one agent")
    ]
    assert layer.entries == ()
    fine = agents_layer(b"qa: {}\ndocs:\n", "agents.yaml", inside=True)
    assert [entry.value for entry in fine.entries] == [[{"name": "qa"}, {"name": "docs"}]]
