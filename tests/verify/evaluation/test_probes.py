import json

import pytest

from windlass.verify.evaluation.probes import executable, parse_lines, parse_probe


def test_the_probe_counts_by_file_and_adds_up_complexity() -> None:
    report = [
        {"filename": "/x/a.py", "code": "C901", "message": "`f` is too complex (7 > 0)"},
        {"filename": "/x/a.py", "code": "C901", "message": "`g` is too complex (2 > 0)"},
        {"filename": "/x/a.py", "code": "D103", "message": "Missing docstring"},
        {"filename": "/x/b.py", "code": "S602", "message": "shell"},
        {"filename": "/x/b.py", "code": None, "message": "SyntaxError"},
    ]
    assert parse_probe(json.dumps(report).encode(), "/x") == {
        "a.py|complexity": 9, "a.py|undocumented": 1, "b.py|S602": 1, "b.py|invalid-syntax": 1,
    }  # fmt: skip


def test_only_wanted_lines_count_as_reached() -> None:
    report = json.dumps({"/tmp/x/src/a.py": [1, 2, 3], "/tmp/x/b.py": [9]}).encode()
    assert parse_lines(report, {"src/a.py": [2, 3, 4], "c.py": [1]}) == {"src/a.py": 2, "c.py": 0}


@pytest.mark.parametrize(("source", "lines"), [
    ('"""Doc."""\nx = 1\n', {2}),
    ("def f():\n    '''Doc.'''\n    global y\n    y = (\n        1\n    )\n", {1, 4}),
    ("if a:\n    b()\nelse:\n    c()\n", {1, 2, 4}),
])  # fmt: skip
def test_statements_are_where_they_begin(source: str, lines: set[int]) -> None:
    assert executable(source) == lines
