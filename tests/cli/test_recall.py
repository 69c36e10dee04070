"""What the checks are worth, as a person asks for it."""

from tests.cli.shell import Shell


def test_the_recall_of_a_few_faults_is_told_and_changes_nothing(shell: Shell) -> None:
    test = "from shop.total import total\n\n\ndef test():\n    assert total([1, 2]) == 3\n"
    shell.commit(tests__test_total=test)
    said = shell("verify", "recall", "--mutants", "1", "--json")
    assert said.code == 0, said.err
    assert said.json == {
        "check": "pytest", "mutants": 1, "faults": 1, "recall": 1.0, "share": 1.0, "missed": [],
    }  # fmt: skip
    assert "changes nothing" in said.err
