"""Which family a file belongs to, and that every family's patterns are sound."""

import time

import pytest

from windlass.plugins.sources.comments import languages
from windlass.plugins.sources.comments.languages import Language, language_of, language_of_text

FAMILIES = [value for value in vars(languages).values() if isinstance(value, Language)]


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("a/b.py", "python"), ("A.PY", "python"), ("x.h.in", "c"), ("Makefile", "make"),
        ("Dockerfile.dev", "shell"),
        ("a.component.ts", "script"), (".gitignore", "config"), ("BUILD", "python"), ("k.yaml", "yaml"),
    ],
)  # fmt: skip
def test_the_name_tells_the_family(path: str, family: str) -> None:
    language = language_of(path)
    assert language is not None
    assert language.name == family


@pytest.mark.parametrize("path", ["LICENSE", "a.txt", "a.json", "picture.png", "noext", ".hidden", "a."])
def test_what_has_no_comments_has_no_family(path: str) -> None:
    assert language_of(path) is None


def test_a_script_tells_its_family_in_the_first_line() -> None:
    assert language_of_text("#!/usr/bin/env python3\n") is languages.PYTHON
    assert language_of_text("#!/bin/sh\n") is languages.SHELL
    assert language_of_text("# no\n") is None
    assert language_of_text("#!/usr/bin/unheard-of\n") is None


def test_there_are_the_promised_families() -> None:
    assert len({family.name for family in FAMILIES}) >= 19


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize(
    "piece", ['"', "'", "`", '"""', "/*", "(*", "{-", "#", "\\", "[[", 'R"(', "<!--", "--[==["]
)
def test_no_pattern_blows_up_on_unbalanced_text(family: Language, piece: str) -> None:
    text = (piece * 3 + " a\n") * 4000
    began = time.perf_counter()
    for _ in family.pattern().finditer(text):
        pass
    assert time.perf_counter() - began < 30
