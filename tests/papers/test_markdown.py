"""One Markdown file: what it has, where it points to, what is wrong with it alone."""

from windlass.papers.markdown import Link, read

TEXT = """---
title: x
---
# One *two* `three` {#own}

[a](b.md "t") and
![i](i%20j.png) [r] [n][^1] <https://example.org>

[r]: there.md
[R]: elsewhere.md
[^1]: Word
[//]: # (remark)
[//]: # (another)

<p id="para"><a name="old"></a><img alt="" src='s.svg'><!-- <img src="no.svg"> --></p>

<h2>In <b>HTML</b></h2>

```py
[not](a-link.md)
```
"""


def test_what_is_in_it_is_found_with_its_line() -> None:
    page = read(TEXT)
    assert page.headings == ["One two three", "In HTML"]
    assert page.ids == ["own", "para", "old"]
    assert page.links[:4] == [
        Link(6, "b.md", "link"), Link(7, "i j.png", "image"), Link(7, "there.md", "link"),
        Link(7, "https://example.org", "link"),
    ]  # fmt: skip
    assert [link.href for link in page.links[4:]] == ["s.svg"]


def test_a_definition_that_stands_there_twice_and_no_remark_or_note() -> None:
    assert [(rule, about, line) for rule, about, line, _ in read(TEXT).faults] == [
        ("duplicate-definition", "r", 10)
    ]


def test_fences_that_never_end() -> None:
    for text in ("```\na\n", "~~~~\na\n~~~\n", "- x\n  ```\n  a\n\ny\n", "> ```\n> a\n\n", "```"):
        assert [fault[0] for fault in read(text).faults] == ["open-fence"], text
    for text in (
        "```\na\n```\n",
        "````\n```\n````",
        "> ```\n> a\n> ```\n",
        "- ~~~\n  a\n  ~~~~  \n",
        "```a`b",
    ):
        assert read(text).faults == [], text


def test_what_a_bot_writes_and_what_others_put_in() -> None:
    text = "<!-- ALL-CONTRIBUTORS-LIST:START -->\n[x](#nowhere)\n<!-- ALL-CONTRIBUTORS-LIST:END -->\n[y](z)\n"
    assert [(link.href, link.line) for link in read(text).links] == [("z", 4)]
    assert read("::: a.module\n").made
    assert not read("a\n").made
    assert read("(label)=\n# A\n").labels == ["label"]
