"""A command that checks a project, as settings and as words."""

from windlass.languages.model import Suite


def test_a_suite_is_the_settings_of_a_check_and_words_for_a_person() -> None:
    suite = Suite("eslint", ("node_modules/.bin/eslint", ".", "--output-file={out}/x"), "eslint:{out}/x")
    assert suite.table == {"argv": list(suite.argv), "report": "eslint:{out}/x"}
    assert (suite.told, suite.program) == ("node_modules/.bin/eslint .", "node")
    assert Suite("cargo-fmt", ("cargo", "fmt")).program == "cargo-fmt"
    assert Suite("a", ("npm", "test")).program == "npm"
    unfit = Suite("a", ("npm", "test"), env={"A": "1"}, problem="no", outside=True)
    assert unfit.table == {"argv": ["npm", "test"], "problem": "no", "env": {"A": "1"}, "outside": True}
