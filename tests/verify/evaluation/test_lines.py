import subprocess
from pathlib import Path

import pytest
from tests.scan.seeds import PEM, made

from windlass.verify.differing import added_lines
from windlass.verify.evaluation.lines import secrets

PATCH = b"""diff --git a/old.py b/new.py
--- a/old.py
+++ b/new.py
@@ -1,3 +1,4 @@
 first
-second
+zweite
+++ b/not_a_header.py
 third
@@ -9 +10,2 @@ def f():
+tenth
 eleventh
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-gone
"""


def test_added_lines_have_their_numbers_in_the_new_file() -> None:
    assert added_lines(PATCH) == {"new.py": {2: "zweite", 3: "++ b/not_a_header.py", 10: "tenth"}}


def test_git_s_own_patches_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\ntwo\n")
    (tmp_path / "b").write_text("one\nzwei\ntwo\ndrei\n")
    done = subprocess.run(
        ["git", "diff", "--no-index", "a", "b"], cwd=tmp_path, capture_output=True, check=False
    )
    assert added_lines(done.stdout) == {"b": {2: "zwei", 4: "drei"}}


@pytest.mark.parametrize("text", [
    f"key = {PEM!r}", f"key = '{made('aws-key', 1)}'", made("github-token", 1), made("stripe-key", 1),
    "password = 'hunter2hunter2'", '"api_key": "9f8e7d6c5b4a"',
])  # fmt: skip
def test_forms_of_secrets_are_seen(text: str) -> None:
    (found,) = secrets({"a.py": {7: text}})
    assert found.startswith("a.py:7 ")
    assert text not in found


@pytest.mark.parametrize("text", [
    "password = getpass()", "password = ''", "token = os.environ['API_KEY']", "secret = '<your secret>'",
    "def api_key(self):", "password = 'correct horse'",
])  # fmt: skip
def test_what_only_speaks_of_secrets_is_none(text: str) -> None:
    assert secrets({"a.py": {1: text}}) == []
