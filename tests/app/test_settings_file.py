"""Single settings change; comments, order and everything else stay as their owner wrote them."""

import stat
import tomllib
from pathlib import Path

import pytest

from windlass.app.config_layers import toml_layer
from windlass.app.settings_file import Replacement, changed, read_text
from windlass.kernel import Conflict, Invalid, Unavailable

MINE = """\
# mine
[project]
name = 'shop'

[autonomy]
level = "propose"   # careful
max_files = 3

[[ratchet.metric]]
name = "size"       # ours
better = "down"
command = "sh size.sh"

[verify]
limit.fast = "5m"
"""


def test_a_new_file_has_what_was_set_and_says_where_from() -> None:
    text = changed("", [
        ("dispatch.lease", "5m", "p.yaml"),
        ("ratchet.metric", [{"name": "coverage", "start": 70.0}], "q.json"),
        ("agents.agent", [{"name": "a", "limits": {"memory_mb": 64}}, {"name": "b"}], "agents.yaml"),
        ("verify.limit.pr", "2m", "x"),
    ])  # fmt: skip
    assert 'lease = "5m" # from p.yaml' in text
    assert "\n\n[[agents]] # from agents.yaml\n" in text
    assert tomllib.loads(text) == {
        "dispatch": {"lease": "5m"}, "ratchet": {"metric": [{"name": "coverage", "start": 70.0}]},
        "agents": [{"name": "a", "limits": {"memory_mb": 64}}, {"name": "b"}],
        "verify": {"limit": {"pr": "2m"}},
    }  # fmt: skip
    assert toml_layer(text.encode(), "x").mistakes == ()
    assert "\n\n\n" not in text


def test_what_the_owner_wrote_stays() -> None:
    text = changed(MINE, [("autonomy.level", "watch", "x"), ("autonomy.daily_prs", 2, "y"),
                          ("verify.limit.pr", "2m", "x")])  # fmt: skip
    assert 'level = "watch"   # careful' in text
    assert "max_files = 3\ndaily_prs = 2 # from y\n" in text
    gone = [line for line in MINE.splitlines() if line not in text.splitlines()]
    assert gone == ['level = "propose"   # careful']


def test_tables_of_a_list_are_changed_by_name_and_others_stay() -> None:
    text = changed(
        MINE, [("ratchet.metric", [{"name": "coverage", "start": 1}, {"name": "size", "start": 9}], "q")]
    )
    metrics = tomllib.loads(text)["ratchet"]["metric"]
    assert metrics == [
        {"name": "size", "better": "down", "command": "sh size.sh", "start": 9},
        {"name": "coverage", "start": 1},
    ]  # fmt: skip
    assert '"size"       # ours' in text
    inline = changed(
        '[ratchet]\nmetric = [{name = "a", start = 3}]\n', [("ratchet.metric", [{"name": "b"}], "q")]
    )
    assert tomllib.loads(inline)["ratchet"]["metric"] == [{"name": "a", "start": 3}, {"name": "b"}]
    long = changed('[[agents.agent]]\nname = "a"\n', [("agents.agent", [{"name": "b"}], "q")])
    assert tomllib.loads(long)["agents"]["agent"] == [{"name": "a"}, {"name": "b"}]
    short = changed('[[agents]]\nname = "a"\n', [("agents.agent", [{"name": "b"}], "q")])
    assert tomllib.loads(short)["agents"] == [{"name": "a"}, {"name": "b"}]


def test_where_it_is_from_cannot_end_its_line() -> None:
    text = changed("", [("autonomy.max_files", 3, 'x\n[autonomy]\nlevel = "unattended"\x7f')])
    assert tomllib.loads(text) == {"autonomy": {"max_files": 3}}


def test_a_broken_file_is_told() -> None:
    with pytest.raises(Invalid, match="not valid TOML"):
        changed("[a\n", [("autonomy.level", "watch", "x")])


def test_the_new_text_takes_the_files_place_at_once(tmp_path: Path) -> None:
    place = tmp_path / "windlass.toml"
    place.write_bytes(b"a = 1\r\n")
    place.chmod(0o640)
    before = read_text(place)
    with Replacement(place, "a = 2\r\n", before) as new:
        assert place.read_bytes() == b"a = 1\r\n"
        new.put()
    assert place.read_bytes() == b"a = 2\r\n"
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["windlass.toml"]


def test_what_was_not_put_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "windlass.toml"
    with Replacement(place, "a = 2\n", None):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_somebody_changed_meanwhile_is_let_be(tmp_path: Path) -> None:
    place = tmp_path / "windlass.toml"
    with Replacement(place, "a = 2\n", None) as new:
        place.write_text("a = 3\n")
        with pytest.raises(Conflict, match="changed meanwhile"):
            new.put()
    assert place.read_text() == "a = 3\n"


def test_a_link_of_its_owner_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "shop.toml"
    real.write_text("a = 1\n")
    place = tmp_path / "windlass.toml"
    place.symlink_to(real)
    with Replacement(place, "a = 2\n", read_text(place)) as new:
        new.put()
    assert place.is_symlink()
    assert real.read_text() == "a = 2\n"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be written"):
        Replacement(tmp_path / "no" / "windlass.toml", "", None)
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(Invalid, match="not UTF-8"):
        read_text(tmp_path / "bad.toml")
