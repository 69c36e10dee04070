"""Migrations of Django, as their files say."""

import pytest

from windlass.plugins.checks.migrations.django import (
    MIGRATION,
    MODELS,
    apps,
    faults,
    projects,
    read,
    settings_of,
)


def migration(*needs: tuple[str, str], replaces: tuple[tuple[str, str], ...] = (), more: str = "") -> bytes:
    listed = ", ".join([repr(one) for one in needs] + ([more] if more else []))
    said = f"    replaces = {list(replaces)}\n    dependencies = [{listed}]\n"
    return f"class Migration(migrations.Migration):\n{said}".encode()


FIRST = {"0001_initial": migration(more="migrations.swappable_dependency(settings.AUTH_USER_MODEL)")}
TWO = {**FIRST, "0002_a": migration(("shop", "0001_initial"))}


def rules(made: dict[str, bytes], **others: bytes) -> list[str]:
    contents = {f"src/shop/migrations/{name}.py": text for name, text in made.items()}
    contents |= {f"user/migrations/{name}.py": text for name, text in others.items()}
    found, unread = faults({"src/shop": "shop", "user": "user"}, contents)
    assert not unread
    return sorted(one.key.replace("src/shop/migrations/", "") for one in found)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (TWO, []),
        ({**TWO, "0002_b": migration(("shop", "0001_initial"))},
         ["__init__.py|several-heads", "__init__.py|warning duplicate-number 0002"]),
        ({**TWO, "0002_b": migration(("shop", "0001_initial")),
          "0003_merge": migration(("shop", "0002_a"), ("shop", "0002_b"))}, []),
        ({**TWO, "0002_b": migration(("shop", "0002_a"))}, ["__init__.py|warning duplicate-number 0002"]),
        ({**FIRST, "0002_a": migration(("shop", "0001_first"))},
         ["0002_a.py|missing-revision shop.0001_first", "__init__.py|several-heads"]),
        ({**TWO, "0003_b": migration(("shop", "0002_a"), ("auth", "0012_x"), ("user", "__first__"))}, []),
        ({"0001_a": migration(("shop", "0002_b")), "0002_b": migration(("shop", "0001_a"))},
         ["0001_a.py|cycle"]),
        ({**TWO, "0001_squashed_0002_a": migration(replaces=(("shop", "0001_initial"), ("shop", "0002_a"))),
          "0003_b": migration(("shop", "0002_a"))}, []),
        ({**TWO, "0003_b": b"def ("}, ["0003_b.py|unreadable"]),
        ({**TWO, "0003_b": b""}, ["0003_b.py|unreadable"]),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_told(made: dict[str, bytes], expected: list[str]) -> None:
    assert rules(made) == expected


def test_annotated_names_count() -> None:
    said = "    dependencies: ClassVar[list[tuple[str, str]]] = [('shop', '0001_initial')]\n"
    said += "    replaces: ClassVar = []\n    initial: bool\n"
    assert rules({**FIRST, "0002_a": f"class Migration(m.Migration):\n{said}".encode()}) == []


def test_apps_are_held_against_each_other() -> None:
    there = {**TWO, "0003_b": migration(("shop", "0002_a"), ("user", "0009_gone"))}
    assert rules(there, **FIRST) == ["0003_b.py|missing-revision user.0009_gone"]
    assert rules(there) == ["0003_b.py|missing-revision user.0009_gone"]


def test_what_is_computed_is_not_guessed() -> None:
    text = b"class Migration:\n    dependencies = needs()\n"
    assert read("x", text) == "what it names is computed"
    found = faults({"shop": "shop"}, {"shop/migrations/0001_a.py": text})
    assert found == ([], ["shop/migrations/0001_a.py: what it names is computed"])


def test_apps_settings_and_paths_are_found_in_the_files() -> None:
    files = {"a/shop/migrations/__init__.py", "a/shop/migrations/0001_a.py", "b/migrations/0001_a.py"}
    config = {"a/shop/apps.py": "class Shop(AppConfig):\n    label = 'store'\n"}
    assert apps(files, config) == {"a/shop": "store"}
    assert apps(files, {}) == {"a/shop": "shop"}
    assert settings_of("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')") == "site.settings"
    assert settings_of("print()") == ""
    assert MIGRATION.fullmatch("shop/migrations/__init__.py") is None
    assert all(map(MODELS.fullmatch, ("models.py", "a/models/b.py", "a/migrations/0001_a.py")))
    assert MODELS.fullmatch("a/views.py") is None


def test_a_package_that_is_only_called_so_holds_no_broken_migrations() -> None:
    made = {"blocks/migrations/utils.py": b"X = 1\n", "blocks/migrations/migration.py": migration()}
    assert faults({"blocks": "blocks"}, made) == ([], [])


def test_each_project_has_its_own_apps() -> None:
    folders = {"one/core": "core", "two/src/core": "core", "two/demo/core": "core", "lib/core": "core"}
    assert projects(["two/manage.py", "two/demo/manage.py", "one/manage.py"], folders) == {
        "one/manage.py": {"one/core": "core", "lib/core": "core"},
        "two/manage.py": {"two/src/core": "core"}, "two/demo/manage.py": {"two/demo/core": "core"},
    }  # fmt: skip
    assert projects(["manage.py", "x/manage.py"], {"a": "a"}) == {"manage.py": {"a": "a"}}
    assert projects(["x/manage.py"], {}) == {"x/manage.py": {}}
