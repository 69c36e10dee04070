"""Scans as a person sees them: outcome, source, time, and never the secret."""

import json

import pytest
from tests.cli.shell import Shell
from tests.scan.seeds import made

TOKEN = made("github-token", 2)


def test_a_secret_is_told_by_its_fingerprint_and_allowed_by_it(shell: Shell) -> None:
    assert shell("security", "secrets").code == 0
    shell.commit(shop__key=f"T = '{TOKEN}'\n")
    sarif = shell.repo.parent / "out.sarif"
    said = shell("security", "secrets", "--sarif", str(sarif))
    assert said.code == 1
    assert "x failed" in said.out
    assert "shop/key.py:1: github-token: a token of GitHub (ghp_…" in said.out
    assert TOKEN not in said.out + said.err + sarif.read_text()
    (found,) = shell("security", "secrets", "--json").json[0]["findings"]
    assert json.loads(sarif.read_text())["runs"][0]["results"][0]["ruleId"] == found["rule"]
    (shell.repo / "windlass.toml").write_text(f'[security]\nallow = ["{found["fingerprint"]} of the demo"]\n')
    shell.commit()
    said = shell("security", "secrets")
    assert (said.code, "(allowed: of the demo)" in said.out) == (0, True)


def test_every_scan_says_what_it_came_to(shell: Shell) -> None:
    (shell.repo / "requirements.txt").write_text("demo-pkg==1.0\n")
    shell.commit(shop__run="import subprocess\n\nsubprocess.run('ls', shell=True)  # noqa: S602\n")
    said = shell("security", "scan", "--only", "secrets,code,workflows", "--json")
    told = {one["scan"]: one for one in said.json}
    assert said.code == 1
    assert {name: one["outcome"] for name, one in told.items()} == {
        "secrets": "passed", "code": "failed", "workflows": "passed",
    }  # fmt: skip
    assert told["code"]["findings"][0]["path"] == "shop/run.py"
    assert all(one["source"] and one["at"] for one in told.values())
    assert shell("security", "scan", "--only", "rumours").code == 2


def test_an_sbom_names_what_files_fix_and_says_what_they_leave_open(shell: Shell) -> None:
    (shell.repo / "requirements.txt").write_text("demo-pkg==1.0\nother\n")
    shell.commit()
    said = shell("security", "sbom")
    assert said.code == 0
    assert [one["purl"] for one in said.json["components"]] == ["pkg:pypi/demo-pkg@1.0"]
    assert "Not read: requirements.txt: no version of other is fixed" in said.err
    file = shell.repo.parent / "sbom.json"
    assert shell("security", "sbom", "main", "--output", str(file)).out == ""
    assert json.loads(file.read_text()) == said.json


@pytest.mark.parametrize(
    ("words", "code"),
    [(("nowhere",), 3), (("--change", "--history"), 2), (("--sarif", "/nowhere/else/out.sarif"), 7)],
)
def test_mistakes_are_told(shell: Shell, words: tuple[str, ...], code: int) -> None:
    assert shell("security", "secrets", *words).code == code


def test_a_line_that_allows_nothing_is_a_mistake(shell: Shell) -> None:
    (shell.repo / "windlass.toml").write_text('[security]\nallow = ["abc"]\n')
    shell.commit()
    said = shell("security", "secrets")
    assert said.code == 2
    assert "must be a fingerprint of 16 digits and a reason" in said.err
