from windlass.app.detect_reading import FILES_MAX, read, requirement_file, wanted


def test_only_a_few_small_files_are_asked_for():
    paths = [f"pkg/mod{i}.py" for i in range(500)] + [f"tests/test_{i}.py" for i in range(500)]
    paths += ["pyproject.toml", "requirements/dev.txt", "docs/pyproject.toml"]
    asked = wanted(paths)
    assert {"pyproject.toml", "requirements/dev.txt"} < set(asked)
    assert len([p for p in asked if p.startswith("tests/")]) == 3
    assert len(wanted([f"requirements/{i}.txt" for i in range(900)])) <= FILES_MAX


def test_requirement_files_go_by_many_names():
    good = ("requirements.txt", "requirements-dev.txt", "dev-requirements.in", "requirements/test.txt")
    assert all(requirement_file(path) for path in good)
    assert not any(
        requirement_file(p) for p in ("notes.txt", "docs/requirements.md", "tests/data.txt", "a/b/c.txt")
    )


def test_a_broken_file_becomes_a_note_and_the_rest_is_read():
    files = {
        "pyproject.toml": b"[project",
        "setup.cfg": b"no section",
        "tox.ini": b"[pytest]\nx = 1",
        "a.py": b"\xff",
    }
    reading = read(tuple(files), files)
    assert len(reading.notes) == 2
    assert reading.ini("tox.ini", "pytest", "x") == "1"
    assert reading.table("project") == {}
    assert reading.ini("setup.cfg", "a", "b") == ""


def test_hook_ids_are_read_without_yaml():
    files = {".pre-commit-config.yaml": b"- repo: x\n  hooks:\n  - id: ruff\n  -   id: 'black'\n"}
    assert read((), files).hooks() == {"ruff", "black"}
