"""Founding files are read within bounds, and only from where they may be."""

import os
from pathlib import Path

import pytest

from windlass.app.founding_files import Source, found_in, kind_of, named_files, parsed
from windlass.kernel import Invalid, NotFound, WindlassError


def source(text: str, kind: str = "scope") -> Source:
    return Source(kind, "f", text, named=False)


def test_what_lies_at_its_place_is_found(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    for name in ("backlog.yml", "config/agents.yaml", "config/parallel_execution.yaml", "other.yaml"):
        (tmp_path / name).write_text("a: 1\n")
    assert [(one.kind, one.name) for one in found_in(tmp_path)] == [
        ("agents", "config/agents.yaml"), ("parallel", "config/parallel_execution.yaml"),
        ("backlog", "backlog.yml"),
    ]  # fmt: skip


def test_a_named_file_is_known_by_its_name_or_by_what_the_person_says(tmp_path: Path) -> None:
    (tmp_path / "backlog.yml").write_text("")
    (tmp_path / "old.yaml").write_text("a: 1")
    assert named_files(tmp_path, [tmp_path / "backlog.yml"], None)[0].kind == "backlog"
    (one,) = named_files(tmp_path, [tmp_path / "old.yaml"], "scope")
    assert (one.kind, one.text, one.named) == ("scope", "a: 1", True)
    with pytest.raises(Invalid, match="no file that windlass can import") as caught:
        kind_of(tmp_path / "old.yaml")
    assert "--as" in caught.value.hint
    with pytest.raises(Invalid, match="both of the kind scope"):
        named_files(tmp_path, [tmp_path / "old.yaml", tmp_path / "old.yaml"], "scope")
    with pytest.raises(NotFound):
        named_files(tmp_path, [tmp_path / "agents.yaml"], None)


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    top = tmp_path / "shop"
    top.mkdir()
    (tmp_path / "passwd").write_text("root: x")
    (top / "backlog.yml").symlink_to(tmp_path / "passwd")
    with pytest.raises(Invalid, match="leads out of the repository"):
        found_in(top)
    with pytest.raises(Invalid, match="leads out of the repository"):
        named_files(top, [top / "backlog.yml"], None)
    (top / "backlog.yml").unlink()
    (top / "real.yml").write_text("items: []")
    (top / "backlog.yml").symlink_to("real.yml")
    assert found_in(top)[0].text == "items: []"


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "backlog.yml").symlink_to("backlog.yml")
    with pytest.raises(WindlassError):
        found_in(tmp_path)


def test_a_linked_folder_leads_out_too(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "parallel_execution.yaml").write_text("a: 1")
    (tmp_path / "shop" / "config").symlink_to(tmp_path / "away")
    with pytest.raises(Invalid, match="leads out of the repository"):
        found_in(tmp_path / "shop")


def test_what_is_no_file_or_no_text_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "backlog.yml")
    with pytest.raises(Invalid, match="no regular file"):
        found_in(tmp_path)
    (tmp_path / "backlog.yml").unlink()
    (tmp_path / "agents.yaml").mkdir()
    with pytest.raises(WindlassError):
        found_in(tmp_path)
    (tmp_path / "agents.yaml").rmdir()
    (tmp_path / "quality_ratchet.json").write_bytes(b"\xff")
    with pytest.raises(Invalid, match="not UTF-8"):
        found_in(tmp_path)
    (tmp_path / "quality_ratchet.json").write_bytes(b" " * (256 * 1024 + 1))
    with pytest.raises(Invalid, match="larger than"):
        found_in(tmp_path)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [(BOMB, "scope", "aliases"), ("[" * 10_000, "scope", "nested deeper"), ("a: [", "scope", "no YAML"),
     ("!!python/object/apply:os.system [id]", "scope", "no YAML"), ("a: 2020-99-99", "scope", "no YAML"),
     ("{", "ratchet", "no JSON"), ('{"a": NaN}', "ratchet", "NaN is no number"),
     ("[" * 100_000, "ratchet", "no JSON")],
)  # fmt: skip
def test_what_is_hostile_or_broken_is_told(text: str, kind: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        parsed(source(text, kind))
    assert str(caught.value).startswith("f: is no ")


def test_sound_files_are_plain_values() -> None:
    assert parsed(source("a: [1, {b: c}]")) == {"a": [1, {"b": "c"}]}
    assert parsed(source('{"a": 1}', "sla")) == {"a": 1}
