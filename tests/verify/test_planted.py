"""What is planted beside the work, as a table; and what only looks like it."""

import pytest

from windlass.verify.planted import planted

HOOK = "def pytest_runtest_makereport(item, call):\n    return None\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/conftest.py", HOOK),
        ("tests/test_a.py", HOOK),
        ("tests/conftest.py", "collect_ignore = ['a.py']\n"),
        ("tests/conftest.py", "pytest_plugins = ['shop.a']\n"),
        ("tests/conftest.py", "import sys\nsys.exit(0)\n"),
        ("tests/conftest.py", "import os\n\ndef fixture():\n    os._exit(0)\n"),
        ("tests/test_a.py", "import pytest\npytest.exit('x', returncode=0)\n"),
        ("tests/conftest.py", "import _pytest.runner as r\nsetattr(_pytest.runner, 'a', 1)\n"),
        ("tests/conftest.py", "@pytest.fixture(autouse=True)\ndef a(m):\n    m.setattr('shop.total', 1)\n"),
        ("tests/conftest.py", "import os\nos.environ['PYTEST_ADDOPTS'] = '-x'\n"),
        ("src/a.py", "import sys\nTESTING = 'pytest' in sys.modules\n"),
        ("src/a.py", "import os\nif os.getenv('PYTEST_CURRENT_TEST'):\n    x = 1\n"),
        ("src/a.py", "class A:\n    def __eq__(self, other):\n        return True\n"),
        ("src/a.py", "x = 1  # type: ignore\n"),
        ("src/a.py", "x = 1  # noqa: E501\n"),
        ("tests/test_a.py", "x = 1  # noqa\n"),
        ("src/a.py", "def f():  # pragma: no cover\n    return 2\n"),
        ("src/sitecustomize.py", "x = 1\n"),
        ("deep/down/a.pth", "import os\n"),
        ("pytest.py", "x = 1\n"),
        ("src/random/__init__.py", "x = 1\n"),
    ],
)
def test_each_plant_is_named_once_with_its_line(path: str, text: str) -> None:
    found = planted({}, {path: text}, {})
    assert {one.path for one in found} == {path}
    assert planted({path: text}, {path: text}, {}) == [] or "pth" in path or "sitecustomize" in path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/conftest.py", "def pytest_configure(config):\n    config.addinivalue_line('markers', 'a')\n"),
        ("tests/conftest.py", "@pytest.fixture\ndef a(m):\n    m.setattr('shop.total', 1)\n"),
        ("tests/test_a.py", "def test_a():\n    with raises(SystemExit):\n        main()\n"),
        ("tests/test_a.py", "def test_a():\n    if os.fork() == 0:\n        os._exit(0)\n"),
        ("tests/test_a.py", "f('a')  # type: ignore[arg-type]\n"),
        ("src/a.py", "import os\nx = os.environ.get('TEST_DATABASE')\n"),
        ("src/a.py", "class A:\n    def __eq__(self, other):\n        return self.x == other.x\n"),
        ("src/shop/types.py", "x = 1\n"),
        ("docs/a.md", "Set PYTEST_ADDOPTS to taste.\n"),
        ("src/broken.py", "def f(:\n"),
    ],
)
def test_what_only_looks_like_a_plant_is_let_be(path: str, text: str) -> None:
    assert planted({}, {path: text}, {}) == []


def test_what_was_there_may_stay_and_move() -> None:
    text = "x = 1  # noqa: E501\n"
    assert planted({"src/a.py": text}, {"src/b.py": text}, {"src/a.py": "src/b.py"}) == []
