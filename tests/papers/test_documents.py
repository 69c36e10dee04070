"""What documents of a tree point to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from windlass.papers import documents
from windlass.papers.told import Told
from windlass.papers.walk import walk

Look = Callable[..., Told]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def run(files: dict[str, str], leave_out: tuple[str, ...] = ()) -> Told:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return documents.look(walk(str(tmp_path)), leave_out)

    return run


OTHERS = {"docs/b.md": "# B b\n\n# B b\n", "docs/README.md": "", "src/a.py": "", "g.rst": ""}


@pytest.mark.parametrize(
    "href",
    [
        "docs/b.md",
        "./docs/b.md#b-b",
        "docs/b.md#b-b-1",
        "docs/b.md#B-B",
        "docs",
        "docs/",
        "src/a.py#L10-L12",
        "#here",
        "#",
        "#top",
        "#user-content-here",
        "docs/b",
        "docs/b.html#b-b",
        "g.html",
        "/docs/b.md",
        "/guide/x",
        "https://example.org/x",
        "mailto:a@example.org",
        "//example.org/x",
        "../../issues/1",
        "src/a.py?raw=true",
        "{{ base }}/x",
        "tel:1",
        "docs/b.md#:~:text=B",
    ],
)
def test_it_leads_somewhere_or_nobody_can_say(look: Look, href: str) -> None:
    assert look({**OTHERS, "a.md": f"# Here\n\n[x](<{href}>)\n"}).faults == []


@pytest.mark.parametrize(
    ("href", "rule"),
    [
        ("docs/c.md", "missing-target"),
        ("c", "missing-target"),
        ("/docs/c.md", "missing-target"),
        ("#there", "missing-anchor"),
        ("docs/b.md#b-b-2", "missing-anchor"),
        ("docs\\c.md", "missing-target"),
    ],
)
def test_it_leads_nowhere(look: Look, href: str, rule: str) -> None:
    (fault,) = look({**OTHERS, "a.md": f"# Here\n\n[x](<{href}>)\n"}).faults
    assert (fault.path, fault.rule, fault.at, fault.line, fault.grave) == ("a.md", rule, fault.at, 3, True)


def test_images_links_and_pictures_in_html(look: Look) -> None:
    told = look({"a.md": '![x](a.png)\n\n<img src="b.png">\n<a href="c.md">c</a>\n'})
    assert [(one.rule, one.at, one.line) for one in told.faults] == [
        ("missing-image", "a.png", 1),
        ("missing-image", "b.png", 3),
        ("missing-target", "c.md", 4),
    ]


def test_a_site_has_anchors_of_its_own(look: Look) -> None:
    files = {"a.md": "# A - B\n\n[x](#a-b) [y](#mine)\n", "b.md": "(mine)=\n# C\n"}
    assert [one.at for one in look(files).faults] == ["#a-b", "#mine"]
    assert look({**files, "mkdocs.yml": ""}).faults == []


def test_what_cannot_be_read_is_said_of_its_file(look: Look, tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"\xff")
    (tmp_path / "large.md").write_bytes(b"a" * (documents.FILE_MAX + 1))
    told = look({"a.md": ""})
    assert [(one.path, one.rule) for one in told.faults] == [("bad.md", "unread"), ("large.md", "unread")]
    assert (told.files, list(told.unread)) == (1, [])


def test_below_sphinx_a_link_may_name_an_object_or_a_label(look: Look) -> None:
    page = "[a](shop.cart.Cart) [b](filtering) [c](gone.md) [d](sub/gone) [e](gone.PNG)\n"
    told = look({"docs/conf.py": "", "docs/a/b.md": page, "README.md": "[f](filtering)\n"})
    assert sorted(told.counts) == [
        "README.md|missing-target filtering", "docs/a/b.md|missing-target gone.PNG",
        "docs/a/b.md|missing-target gone.md", "docs/a/b.md|missing-target sub/gone",
    ]  # fmt: skip
