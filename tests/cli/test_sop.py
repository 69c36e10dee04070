"""`windlass sop …`: the repository's procedures where it has some, windlass's own everywhere else."""

from tests.cli.shell import Shell

from windlass.mesh import roles

OWN = "---\nrole: qa\nversion: 2.1.0\nsummary: Ours.\n---\n# Our QA\n\nTry it on a telephone.\n"


def own(shell: Shell, text: str) -> None:
    folder = shell.repo / ".windlass" / "sops"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "qa.md").write_text(text)
    shell.commit()


def test_every_role_is_listed_with_its_author(shell: Shell) -> None:
    own(shell, OWN)
    rows = {row["role"]: row for row in shell("sop", "list", "--json").json}
    assert tuple(rows) == roles()
    assert (rows["qa"]["version"], rows["qa"]["origin"]) == ("2.1.0", "repository")
    assert {row["origin"] for role, row in rows.items() if role != "qa"} == {"windlass"}
    assert "Ours." in shell("sop", "list").out


def test_what_is_only_in_the_checkout_is_not_shown(shell: Shell) -> None:
    own(shell, OWN)
    (shell.repo / ".windlass" / "sops" / "qa.md").write_text(OWN.replace("telephone", "tablet"))
    said = shell("sop", "show", "qa")
    assert "text of the repository" in said.out
    assert "telephone" in said.out
    assert "telephone" not in shell("sop", "show", "qa", "--built-in").out


def test_an_unusable_one_is_named_and_replaced(shell: Shell) -> None:
    own(shell, "no front matter")
    said = shell("sop", "show", "qa")
    assert (said.code, said.out.startswith("# QA\n")) == (0, True)
    assert "front matter" in said.err


def test_an_unknown_role_lists_the_known_ones(shell: Shell) -> None:
    said = shell("sop", "show", "wizard")
    assert said.code == 3
    assert "librarian" in said.err


def test_outside_of_a_repository_windlass_has_its_own(shell: Shell, tmp_path, monkeypatch) -> None:
    (tmp_path / "nowhere").mkdir()
    monkeypatch.chdir(tmp_path / "nowhere")
    said = shell.bare("sop", "show", "worker", "--json")
    assert (said.code, said.json["origin"]) == (0, "windlass")
    assert shell.bare("sop", "show", "worker", "--repo", str(tmp_path / "nowhere")).code == 3
