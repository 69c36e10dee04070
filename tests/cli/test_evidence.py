"""One data home judges, another believes its signature and runs nothing again."""

from dataclasses import replace
from pathlib import Path

from tests.cli.shell import Shell, new_shell

from windlass import land
from windlass.app import sharing


def test_a_tree_that_another_home_judged_is_known_here_and_after_the_database_was_lost(
    shell: Shell, tmp_path: Path
) -> None:
    other, share, line = new_shell(tmp_path / "other"), tmp_path / "share.git", tmp_path / "key"
    shell.plant.git("init", "-q", "--bare", str(share))
    assert shell("verify", "evidence").out.startswith("Nothing is known of tree ")
    first = shell("verify", "--tier", "1", "--json")
    assert not any(one["known"] for one in first.json["checks"])
    sent = shell("verify", "evidence", "--export", str(share), "--json")
    assert sent.json == {"where": str(share), "sent": 1}
    line.write_text(shell("land", "key").out)
    here = ("--repo", str(shell.repo))
    unheard = other.bare("verify", "evidence", "--import", str(share), *here)
    assert "1 testimonies are of keys that are not trusted here" in unheard.out
    heard = other.bare("verify", "evidence", "--import", str(share), "--key", str(line), *here, "--json")
    assert (heard.code, heard.json["trees"], heard.json["refused"]) == (0, 1, [])
    known = other.bare("verify", "--tier", "1", *here, "--json").json
    assert all(one["known"] for one in known["checks"])
    assert [one["outcome"] for one in known["checks"]] == [one["outcome"] for one in first.json["checks"]]
    told = other.bare("verify", "evidence", *here)
    assert "windlass/landing/" in told.out
    for name in ("windlass.db", "windlass.db-wal", "windlass.db-shm"):
        (shell.home / name).unlink(missing_ok=True)
    assert "1 trees were taken in" in shell("verify", "evidence", "--restore").out
    assert all(one["known"] for one in shell("verify", "--tier", "1", "--json").json["checks"])


def test_what_is_refused_is_said_and_is_no_success(shell: Shell) -> None:
    own = land.provenance.parse_public_key(shell("land", "key").out)
    mirror = next(shell.home.glob("mirrors/*/repo.git"))
    shell.plant.git("push", "-q", str(mirror), "HEAD:refs/heads/bad")
    for key in (own, replace(own, raw=b"k" * 32)):
        name = sharing.testimony.name_of("a" * 40, key)
        shell.plant.git(f"--git-dir={mirror}", "update-ref", name, "refs/heads/bad")
    told = shell("verify", "evidence", "--restore")
    assert (told.code, "not trusted here" in told.out, "not a DSSE envelope" in told.out) == (1, True, True)
    assert shell("verify", "evidence", "--restore", "--export", "x").code == 2
    assert shell("verify", "evidence", "HEAD", "--restore").code == 2
    assert "cannot be read" in shell("verify", "evidence", "--import", "x", "--key", "/nowhere").err
