"""What an owner may write into the allow-list, and what it allows."""

import pytest

from windlass.egress import parse_rule, rule_problem
from windlass.egress.rule import allowed, name_problem, port_problem
from windlass.kernel import Invalid


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pypi.example:443", "pypi.example:443"),
        ("PyPI.Example:443", "pypi.example:443"),
        ("*.pypi.example:8443", "*.pypi.example:8443"),
        ("b\u00fccher.example:443", "xn--bcher-kva.example:443"),
        ("\uff41.example:443", "a.example:443"),
        ("localhost:1", "localhost:1"),
    ],
)
def test_rules_are_read_and_become_ascii(text, shown):
    assert str(parse_rule(text)) == shown
    assert rule_problem(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pypi.example", "names no port"), ("pypi.example:", "port"), ("pypi.example:0443", "port"),
        ("pypi.example:65536", "port"), ("pypi.example:\uff14\uff14\uff13", "port"), (":443", "plain name"),
        ("*:443", "plain name"), ("*.com:443", "top-level"), ("a.*.example:443", "plain name"),
        ("https://a.example:443", "plain name"), ("a.example/x:443", "plain"), ("a.example.:443", "plain"),
        ("10.0.0.1:443", "address"), ("0x7f000001:443", "address"), ("[::1]:443", "plain name"),
        ("user@a.example:443", "plain name"), ("a_b.example:443", "plain name"), ("-a.example:443", "plain"),
        ("fa\u00df.example:443", "two names"), ("a" * 64 + ".example:443", "plain name"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_named_with_a_way_out(text, why):
    with pytest.raises(Invalid, match=why) as caught:
        parse_rule(text)
    assert caught.value.hint
    assert why in (rule_problem(text) or "")


def test_a_rule_allows_exactly_its_name_or_what_is_below_its_suffix():
    rules = [parse_rule("a.example:443"), parse_rule("*.b.example:443")]
    assert allowed(rules, "a.example", 443)
    assert allowed(rules, "x.b.example", 443)
    assert allowed(rules, "x.y.b.example", 443)
    for name, port in (
        ("a.example", 80), ("x.a.example", 443), ("b.example", 443), ("xb.example", 443),
        ("a.example.evil.example", 443), ("b.example.evil", 443), ("evil-a.example", 443),
    ):  # fmt: skip
        assert not allowed(rules, name, port)
    assert not allowed([], "a.example", 443)


def test_names_and_ports_are_judged_alone():
    assert name_problem("a.example") is None
    assert name_problem("A.example")
    assert name_problem("a.1")
    assert port_problem("443") is None
    assert port_problem("-1")
