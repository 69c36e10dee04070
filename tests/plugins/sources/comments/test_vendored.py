"""Whose text it is."""

import pytest

from windlass.plugins.sources.comments.vendored import is_vendored


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/a/b.js", "web/node_modules/a.js", "vendor/x.go", "src/third_party/y.c", "dist/app.js",
        "static/jquery-3.1.js", "lib/a.min.js", "a/b.min.css", "api/x_pb2.py", "go.sum", "yarn.lock",
        "Modules/expat/xmlparse.c",
        "configure", "sub/gradlew", "pic.svg", "notes.ipynb", ".venv/lib/a.py",
    ],
)  # fmt: skip
def test_other_projects_text_is_left_out(path: str) -> None:
    assert is_vendored(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/vendors.py", "distance/a.py", "vendoring.go", "my_node_modules_test.js", "src/bootstrap/a.rs",
        "admin.js", "configure.py", "src/lib/expatriate.c",
    ],
)  # fmt: skip
def test_our_own_is_not(path: str) -> None:
    assert not is_vendored(path)
