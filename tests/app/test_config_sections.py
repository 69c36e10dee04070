from dataclasses import fields

from windlass.app.config_sections import KEYS, Config


def test_every_setting_has_one_path_one_variable_and_a_word_about_it():
    spots = [(s.name, f.name) for s in fields(Config) for f in fields(getattr(Config(), s.name))]
    assert [(k.section, k.field) for k in KEYS.values()] == spots
    assert len({k.variable for k in KEYS.values()}) == len(KEYS)
    assert all(k.about for k in KEYS.values())
    assert KEYS["verify.limit.fast"].variable == "WINDLASS_VERIFY_LIMIT_FAST"


def test_every_default_is_a_value_its_own_shape_accepts():
    for key in KEYS.values():
        default = getattr(getattr(Config(), key.section), key.field)
        assert key.shape.read(key.shape.show(default)) == default, key.path


def test_what_decides_where_foreign_code_runs_is_the_owners_alone():
    assert {p for p, k in KEYS.items() if k.owner_only and k.section != "budget"} == {
        "project.path",
        "models.provider",
        "verify.environments",
        "verify.npm.hosts",
        "database.url",
        "forge.github.api",
        "forge.github.held",
        "forge.github.labels",
        "forge.github.pull_requests",
        "forge.github.queue",
        "forge.github.repository",
        "forge.github.token",
        "forge.kind",
        "forge.proposals",
        "forge.remote",
        "forge.timeout",
        "land.at_once",
        "security.advisory.folder",
        "security.zizmor",
        "sandbox.level",
        "measure.nightly_at",
        "measure.weekly_at",
        "sandbox.uid",
        "sandbox.egress",
        "sandbox.manifest",
    }
