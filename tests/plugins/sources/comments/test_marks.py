"""The labelled lines: what is a tagged comment and what only looks like one, in many languages."""

import re

import pytest

from windlass.plugins.sources.comments.languages import language_of
from windlass.plugins.sources.comments.marks import Mark, marks, marks_of_lines


def seen(name: str, text: str) -> list[tuple[int, str, str]]:
    language = language_of(name)
    assert language is not None, name
    return [(m.line, m.tag, m.text) for m in marks(text, language)]


def one(name: str, text: str) -> Mark:
    language = language_of(name)
    assert language is not None
    return marks(text, language)[0]


YES = [
    ("a.py", "# TODO: tidy", "TODO", "tidy"),
    ("a.py", "x = 1  # FIXME later", "FIXME", "later"),
    ("a.py", 'def f():\n    """Say.\n\n    TODO: more words\n    """\n', "TODO", "more words"),
    ("a.py", '"""TODO: say what this is."""\n', "TODO", "say what this is."),
    ("a.py", "# This is slow, TODO: cache it", "TODO", "cache it"),
    ("a.py", "# todo: lower case with a colon", "TODO", "lower case with a colon"),
    ("a.py", "s = '#'  # HACK around it", "HACK", "around it"),
    ("a.c", "/* XXX who frees this? */", "XXX", "who frees this?"),
    ("a.c", "int x; // BUG: overflows", "BUG", "overflows"),
    ("a.c", "/*\n * Long words.\n *\n * TODO: split\n */", "TODO", "split"),
    ("a.c", "/*\n   TODO no stars here\n*/", "TODO", "no stars here"),
    ("a.cpp", 'auto s = R"(// TODO no)"; // TODO yes', "TODO", "yes"),
    ("a.go", "x := `// TODO no` // TODO yes", "TODO", "yes"),
    ("a.rs", "fn f<'a>(x: &'a str) {} // TODO lifetimes", "TODO", "lifetimes"),
    ("a.js", "const s = `a`; // FIXME: template", "FIXME", "template"),
    ("a.tsx", "{/* TODO: jsx */}", "TODO", "jsx"),
    ("a.vue", "<!-- TODO: markup -->", "TODO", "markup"),
    ("a.java", "/** TODO javadoc */", "TODO", "javadoc"),
    ("a.kt", 'val s = """// TODO no""" // TODO yes', "TODO", "yes"),
    ("a.cs", 'var s = @"C:\\"; // TODO verbatim', "TODO", "verbatim"),
    ("a.php", "# TODO: hash", "TODO", "hash"),
    ("a.css", "/* HACK: old browsers */", "HACK", "old browsers"),
    ("a.scss", "// TODO: nest", "TODO", "nest"),
    ("a.sh", "echo $# # TODO: quote", "TODO", "quote"),
    ("Makefile", "all: # TODO: phony", "TODO", "phony"),
    ("Dockerfile", "# FIXME: pin", "FIXME", "pin"),
    ("a.rb", "=begin\nTODO: block\n=end", "TODO", "block"),
    ("a.pl", "my $x = 1; # XXX: scalar", "XXX", "scalar"),
    ("a.lua", "--[[ TODO: long ]]", "TODO", "long"),
    ("a.sql", "SELECT 1 -- TODO: index", "TODO", "index"),
    ("a.hs", "{- TODO: total -}", "TODO", "total"),
    ("a.hs", "f x' = x' -- FIXME: prime", "FIXME", "prime"),
    ("a.ml", "(* TODO: tail call *)", "TODO", "tail call"),
    ("a.el", ";; TODO: macro", "TODO", "macro"),
    ("a.erl", "foo() -> ok. % TODO: spec", "TODO", "spec"),
    ("a.tex", "% TODO: cite", "TODO", "cite"),
    ("a.vim", '" TODO: map', "TODO", "map"),
    ("a.bat", "REM TODO: port", "TODO", "port"),
    ("a.vb", "' TODO: option strict", "TODO", "option strict"),
    ("a.f90", "x = 1 ! TODO: kind", "TODO", "kind"),
    ("a.yml", "key: value # TODO: anchor", "TODO", "anchor"),
    ("a.toml", "# TODO: bump", "TODO", "bump"),
    ("a.ini", "; FIXME: default", "FIXME", "default"),
    ("a.tf", "// TODO: variable", "TODO", "variable"),
    ("a.xml", "<a/> <!-- TODO: schema -->", "TODO", "schema"),
    ("a.md", "<!-- TODO: picture -->", "TODO", "picture"),
    ("a.ex", "# TODO: guard", "TODO", "guard"),
    ("a.jl", "#= TODO: types =#", "TODO", "types"),
    ("a.ps1", "<# TODO: verb #>", "TODO", "verb"),
    ("a.pas", "{ TODO: unit }", "TODO", "unit"),
    ("a.clj", "; TODO: spec", "TODO", "spec"),
    ("CMakeLists.txt", "#[[ TODO: target ]]", "TODO", "target"),
]

NO = [
    ("a.py", 's = "TODO: not a comment"'),
    ("a.py", 's = """\n# only text\nTODO: not a comment\n"""'),
    ("a.py", "x = f('''\nTODO: data\n''')"),
    ("a.py", "TODO = 1\nfoo(TODO)\nTODO: int = 3"),
    ("a.py", "# The TODO list is elsewhere"),
    ("a.py", "# handles HACK and XXX tags"),
    ("a.py", "# TODOS and PREFIX_TODO_x and MYTODO: no"),
    ("a.py", "# see `TODO`: the marker"),
    ("a.py", '# a "TODO": quoted'),
    ("a.py", "# things todo today"),
    ("a.py", "# all is todo: said in passing"),
    ("a.py", 'def f():\n    """The TODO model keeps a list."""\n'),
    ("a.py", "url = 'http://x/#TODO: no'"),
    ("a.c", "\tBUG();"),
    ("a.c", "if (x) BUG();\n\telse BUG ();"),
    ("a.c", "BUG_ON(x); /* BUG() when idle */"),
    ("a.c", 'printf("// TODO: no");'),
    ("a.c", 'char *s = "/* TODO: no */";'),
    ("a.go", "x := `\n// in a raw string TODO\n TODO: no\n`"),
    ("a.js", "const s = `\n TODO: no ${x}\n`;"),
    ("a.js", "const url = 'http://a/TODO:b';"),
    ("a.sh", "echo 'TODO: no'"),
    ("a.sh", "${x#TODO: y}"),
    ("a.yml", "title: 'TODO: write'\nother: a#TODO: b"),
    ("a.md", "TODO: prose in a document"),
    ("a.md", "# TODO\n\n- [ ] TODO: item"),
    ("a.html", "<p>TODO: text</p>"),
    ("a.sql", "INSERT INTO t VALUES ('-- TODO: no')"),
    ("a.lua", "s = [[ -- x\nTODO: no ]]"),
    ("a.hs", 's = "-- TODO: no"'),
    ("a.tex", "100\\% TODO: text"),
    ("a.erl", "X = $%, TODO: no"),
    ("a.rb", 's = "#{TODO: 1}"'),
    ("a.rs", 'let s = r#"// TODO: no"#;'),
    ("a.cs", 'var s = @"\n x TODO: no";'),
    ("a.java", 'String s = """\n  x TODO: no\n  """;'),
    ("Makefile", "TODO:\n\techo x"),
    ("a.css", 'a::before { content: "TODO: no" }'),
    ("a.el", '(setq s "TODO: no")'),
    ("a.py", "# " + "x" * 3000 + " TODO: generated"),
]


@pytest.mark.parametrize(("name", "text", "tag", "said"), YES)
def test_a_tagged_comment_is_found(name: str, text: str, tag: str, said: str) -> None:
    assert [(t, s) for _, t, s in seen(name, text)] == [(tag, said)]


@pytest.mark.parametrize(("name", "text"), NO)
def test_what_only_looks_like_one_is_not(name: str, text: str) -> None:
    assert seen(name, text) == []


@pytest.mark.parametrize(
    ("text", "owner", "issue"),
    [
        ("# TODO(ann): x", "ann", ""),
        ("# TODO(@ann-b): x", "ann-b", ""),
        ("# TODO(ann, #12): x", "ann", "#12"),
        ("# TODO(#12): x", "", "#12"),
        ("# TODO: see https://example.org/o/r/issues/7.", "", "https://example.org/o/r/issues/7"),
        ("# FIXME other/repo#9 broke this", "", "other/repo#9"),
        ("# XXX GH-44", "", "GH-44"),
        ("# TODO: colour #fff000x is not an issue", "", ""),
        ("# TODO: &#8212; is an entity", "", ""),
    ],
)
def test_owner_and_issue_are_read(text: str, owner: str, issue: str) -> None:
    mark = one("a.py", text)
    assert (mark.owner, mark.issue) == (owner, issue)


def test_wrapped_comments_are_one_text_up_to_the_next_thought() -> None:
    text = "# TODO: one two\n#  three four\n#\n# Not part of it.\n# TODO: next\n# @param x\ny = 1\n"
    assert seen("a.py", text) == [(1, "TODO", "one two three four"), (5, "TODO", "next")]
    block = "/* TODO: one\n * two\n */\nint x; /* three */"
    assert seen("a.c", block) == [(1, "TODO", "one two")]


def test_rewrapping_keeps_the_anchor_and_so_do_words_far_behind() -> None:
    words = [f"w{n}" for n in range(20)]
    flat = one("a.py", f"# TODO: {' '.join(words)}")
    wrapped = one(
        "a.py", "    # TODO " + "\n    # ".join([" ".join(words[:6]), " ".join(words[6:12]), "other tail"])
    )
    assert flat.anchor == wrapped.anchor


def test_candidates_limit_the_look_but_not_the_verdict() -> None:
    text = 's = """\n# TODO: in a string\n"""\n# TODO: yes\n'
    language = language_of("a.py")
    assert language is not None
    assert [m.line for m in marks(text, language, [4, 99])] == [4]


@pytest.mark.parametrize(("name", "text"), [*((n, t) for n, t, *_ in YES), *NO])
def test_lines_alone_say_what_the_whole_text_says_or_nothing(name: str, text: str) -> None:
    language = language_of(name)
    assert language is not None
    words = re.compile(r"\b(?:TODO|FIXME|HACK|XXX|BUG)\b|\btodo:(?!\w)")
    named = [
        (name, number, line.encode(), words.search(line) is not None)
        for number, line in enumerate(text.split("\n"), 1)
    ]
    assert marks_of_lines(named, language) in (None, marks(text, language))


def test_a_line_that_begins_with_a_comment_needs_no_text() -> None:
    language = language_of("a.py")
    assert language is not None
    lines = [("a.py", 7, b"# TODO: one", True), ("a.py", 8, b"# two\xff", False), ("a.py", 90, b"# x", False)]
    assert [(m.line, m.text) for m in marks_of_lines(lines, language) or []] == [(7, "one two\ufffd")]
    assert marks_of_lines([("a.py", 1, b"x = '#'  # TODO: who knows", True)], language) is None
    assert marks_of_lines([("a.py", 1, b"# " + b"x" * 9000 + b" TODO: generated", True)], language) == []
