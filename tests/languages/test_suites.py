"""What is run in projects of other languages."""

from windlass.languages.suites import languages_of, scripts_of, suites_of

ALL = ("npm", "cargo", "cargo-fmt", "cargo-clippy", "go", "mvn")


def test_rust_and_go_and_java_are_checked_by_their_own_tools() -> None:
    rust = suites_of({"Cargo.toml", "Cargo.lock"}, {"Cargo.toml": "[package]\n[workspace]\n"}, ALL)
    assert [one.name for one in rust] == ["cargo-fmt", "cargo-clippy", "cargo-test"]
    assert (rust[1].report, rust[1].argv[-2:]) == ("clippy", ("--message-format", "json"))
    assert rust[2].argv == ("cargo", "test", "--no-fail-fast", "--workspace", "--locked")
    assert [one.name for one in suites_of({"Cargo.toml"}, {}, ())] == ["cargo-test"]
    go = suites_of({"go.mod", "a_test.go"}, {}, ALL)
    assert [(one.name, one.report, one.coverage) for one in go] == [
        ("go-vet", "", ""), ("go-test", "go", "go:{out}/cover.out"),
    ]  # fmt: skip
    assert [one.name for one in suites_of({"go.mod"}, {}, ALL)] == ["go-vet"]
    assert suites_of({"pom.xml"}, {}, ALL)[0].argv[:2] == ("mvn", "-o")
    assert suites_of({"build.gradle.kts"}, {}, ALL)[0].name == "gradle-test"


def test_beside_python_and_below_the_top_nothing_is_guessed() -> None:
    assert suites_of({"pyproject.toml", "Cargo.toml"}, {}, ALL) == ()
    assert languages_of({"docs/package.json", "src/go.mod"}) == ()
    assert languages_of({"go.mod", "package.json"}) == ("node", "go")


def test_scripts_are_those_of_a_project_of_node_alone() -> None:
    texts = {"package.json": '{"scripts": {"e2e": "x"}}'}
    assert [one.name for one in scripts_of({"package.json"}, texts, 2)] == ["npm-e2e"]
    assert scripts_of({"package.json", "setup.py"}, texts, 2) == scripts_of({"go.mod"}, {}, 2) == ()
