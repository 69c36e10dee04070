from windlass.app.detect import Other, Tool, detect, minimum_python


def found(files, *paths):
    return detect(tuple([*files, *paths]), {path: text.encode() for path, text in files.items()})


def test_an_empty_folder_has_nothing_and_says_so():
    nothing = found({})
    assert not nothing.python
    assert (nothing.test_runner, nothing.linters, nothing.source_roots, nothing.notes) == (None, (), (), ())


def test_a_modern_project_is_recognised():
    pyproject = """
[project]
name = "shop"
requires-python = ">=3.10"
[tool.ruff.format]
[tool.mypy]
[tool.pytest.ini_options]
testpaths = ["tests"]
[tool.uv]
"""
    shop = found({"pyproject.toml": pyproject}, "src/shop/__init__.py", "src/shop/x.py", "tests/test_x.py")
    assert (shop.name, shop.package_manager, shop.requires_python) == ("shop", "uv", ">=3.10")
    assert shop.test_runner == Tool("pytest", "pyproject.toml")
    assert shop.linters == (Tool("ruff", "pyproject.toml"),)
    assert shop.formatters == (Tool("ruff format", "pyproject.toml"),)
    assert shop.type_checkers == (Tool("mypy", "pyproject.toml"),)
    assert (shop.source_roots, shop.packages, shop.test_dirs) == (("src",), ("src/shop",), ("tests",))
    assert minimum_python(shop) == "3.10"


def test_an_old_project_is_recognised_by_its_ini_files():
    old = found(
        {
            "setup.py": "setup(name='old', python_requires='>=3.8')",
            "setup.cfg": "[flake8]\n[isort]\n[mypy]\n[tool:pytest]\ntestpaths = old/tests\n",
            ".pre-commit-config.yaml": "- id: black\n",
        },
        "old/__init__.py",
        "old/tests/__init__.py",
        "old/tests/test_a.py",
    )
    assert (old.name, old.package_manager, minimum_python(old)) == ("old", "pip", "3.8")
    assert old.test_runner == Tool("pytest", "setup.cfg")
    assert old.linters == (Tool("flake8", "setup.cfg"),)
    assert old.formatters == (Tool("black", ".pre-commit-config.yaml"), Tool("isort", "setup.cfg"))
    assert old.type_checkers == (Tool("mypy", "setup.cfg"),)
    assert (old.source_roots, old.packages, old.test_dirs) == ((".",), ("old",), ("old/tests",))


def test_tests_without_a_word_of_pytest_run_with_unittest():
    plain = {"tests/test_a.py": "import unittest\n"}
    assert found(plain, "a.py").test_runner == Tool("unittest")
    assert found(plain, "a.py").source_roots == (".",)
    assert found({"tests/test_a.py": "import pytest\n"}).test_runner == Tool("pytest")
    assert found(plain, "tests/conftest.py").test_runner == Tool("pytest")


def test_a_linter_listed_for_developers_counts_without_a_config_of_its_own():
    project = found({"pyproject.toml": "[dependency-groups]\nlint = ['Ruff>=0.5', 'mypy']"})
    assert project.linters == (Tool("ruff"),)
    assert project.type_checkers == (Tool("mypy"),)


def test_side_folders_and_nested_templates_are_no_source_roots():
    project = found(
        {},
        "docs/ext/__init__.py",
        "examples/a/__init__.py",
        "typing_tests/__init__.py",
        ".hidden/__init__.py",
        "web/__init__.py",
        "web/templates/site/app/__init__.py",
        "lib/core/__init__.py",
        "lib/core/a.py",
    )
    assert project.packages == ("lib/core", "web")
    assert project.source_roots == ("lib", ".")


def test_many_scattered_suites_are_named_by_their_common_folder():
    project = found({}, *[f"big/part{i}/tests/test_x.py" for i in range(9)], "big/util/test.py")
    assert project.test_dirs == ("big",)


def test_other_languages_are_noted():
    project = found({}, "web/package.json", "go.mod", "rust/x/y/z/Cargo.toml", "node_modules/a/package.json")
    assert project.others == (Other("go", "go.mod"), Other("node", "web/package.json"))


def test_what_checks_another_language_is_known_and_the_rest_is_named():
    project = found({"Cargo.toml": "[package]"}, "web/package.json")
    assert [one.name for one in project.suites] == ["cargo-fmt", "cargo-clippy", "cargo-test"]
    assert project.unchecked == (Other("node", "web/package.json"),)
    mixed = found({"Cargo.toml": "[package]", "pyproject.toml": ""})
    assert (mixed.suites, mixed.unchecked) == ((), (Other("rust", "Cargo.toml"),))


def test_descriptions_of_a_service_are_known_by_their_names():
    named = ("api/openapi.yaml", "Swagger.json", "shop-asyncapi.v2.yml", "openapi/a.txt", "reopenapi.yaml")
    assert found({}, *named, "tests/openapi.json").contracts == (
        "Swagger.json", "api/openapi.yaml", "shop-asyncapi.v2.yml",
    )  # fmt: skip


def test_a_nonsense_python_range_is_unknown():
    assert minimum_python(found({"pyproject.toml": "[project]\nrequires-python = 'new'"})) == ""
