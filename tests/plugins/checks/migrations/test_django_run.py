"""Django's own word on migrations, with Django from the registry."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from windlass.plugins.checks.migrations.django_run import Look
from windlass.verify import Outcome, Reading

ORDER = {"settings": "site.settings", "folder": "", "limit_s": 60}
MODELS = b"from django.db import models\n\n\nclass Item(models.Model):\n    name = models.TextField()\n"
SETTINGS = b"""SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
FIRST = b"""from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Item", [
            ("id", models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.TextField()),
        ]),
    ]
"""
SECOND = b"""from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(%s)]
"""
PROJECT = {
    "manage.py": b"import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings')\n",
    "conf/settings.py": SETTINGS, "conf/__init__.py": b"", "shop/__init__.py": b"", "shop/models.py": MODELS,
    "shop/migrations/__init__.py": b"", "shop/migrations/0001_initial.py": FIRST,
}  # fmt: skip


def test_files_of_the_tree_are_told_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    look = Look(ORDER)
    assert look.place(tmp_path / "shop" / "a.py") == "shop/a.py"
    assert look.place("/usr/lib/x.py") == look.place(None) == ""


@pytest.mark.nightly
def test_djangos_own_word_is_taken(read: Callable[..., Reading]) -> None:
    def run(changes: Mapping[str, bytes] = {}) -> Reading:
        return read("migrations", {**PROJECT, **changes}, needs=("django",))

    good = run()
    assert (good.outcome, good.detail) == (Outcome.PASSED, "")
    drift = run({"shop/models.py": MODELS + b"    price = models.IntegerField(null=True)\n"})
    assert list(drift.counts) == ["shop/migrations/__init__.py|model-drift"]
    path = "shop/migrations/0002_fill.py"
    broken = run({path: SECOND % b"lambda apps, schema: 1 / 0, migrations.RunPython.noop"})
    assert list(broken.counts) == [f"{path}|migration-fails"]
    oneway = run({path: SECOND % b"migrations.RunPython.noop"})
    assert list(oneway.counts) == [f"{path}|warning no-downgrade"]
    other = run({"conf/settings.py": SETTINGS.replace(b"backends.sqlite3", b"backends.dummy")})
    assert (other.outcome, other.metrics["unrun"]) == (Outcome.PASSED, 1.0), other
    assert "dummy" in other.detail
