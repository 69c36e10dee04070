"""Settings of the mesh as the file gives them."""

from windlass.mesh.model import Approve, MeshSettings, parse_settings


def test_an_empty_table_gives_the_defaults() -> None:
    assert parse_settings({}, lease_s=300.0, land=False) == MeshSettings()


def test_kinds_of_work_may_have_guardians_of_their_own() -> None:
    table = {
        "guardians": ["qa"], "guardians_of": ["typo:", "migration: qa audit"], "approve": "never",
        "answer_within_s": 60, "rerun_s": 10,
    }  # fmt: skip
    found = parse_settings(table, lease_s=60.0, land=True)
    assert found.guardians == ("qa",)
    assert found.guardians_of == {"typo": (), "migration": ("qa", "audit")}
    assert (found.approve, found.land, found.lease_s, found.rerun_s) == (Approve.NEVER, True, 60.0, 10.0)
