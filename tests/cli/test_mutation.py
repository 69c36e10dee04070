"""Mutants of a change and of the main branch, as a person asks for them."""

from tests.cli.shell import Shell

CODE = "def fee(cents):\n    if cents > 5000:\n        return 0\n    return 490\n"
TEST = "from shop.fee import fee\n\n\ndef test():\n    assert fee(9000) == 0\n    assert fee(1) == 490\n"


def test_what_no_test_notices_is_told_with_its_place_and_its_tests(shell: Shell) -> None:
    shell.commit(shop__fee=CODE, tests__test_fee=TEST)
    said = shell("verify", "mutation", "--against", "HEAD~1", "--limit", "300")
    assert said.code == 0, said.err
    assert "score: unknown" in said.out
    again = shell("verify", "mutation", "--against", "HEAD~1", "--limit", "300", "--json", "--seed", "3")
    assert again.json["counts"]["killed"] >= 1
    assert {one["path"] for one in again.json["mutants"]} == {"shop/fee.py"}
    assert shell("verify", "mutation", "nowhere").code != 0


def test_a_sample_of_the_main_branch_is_told_to_the_ratchet(shell: Shell) -> None:
    many = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(8))
    each = "sum(getattr(many, f'f{n}')(1) for n in range(8))"
    test = f"import shop.many as many\n\n\ndef test():\n    assert {each}\n"
    shell.commit(shop__many=many, tests__test_many=test)
    said = shell("verify", "mutation", "--sample", "100", "--limit", "300", "--json")
    assert said.code == 0, said.err
    shown = {one["metric"]: one for one in shell("ratchet", "show", "--json").json}["mutation"]
    assert shown["value"] == said.json["score"] is not None
    assert shown["bound"] == shown["value"]
