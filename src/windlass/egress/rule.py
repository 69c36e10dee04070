"""Which names and ports are allowed: `host:port`, or `*.suffix:port` for everything below a suffix. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from windlass.kernel import Invalid

NAME_MAX = 253
PORT_MAX = 65535
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_DEVIANT = re.compile("[\u00df\u03c2\u200c\u200d]")
"""Letters that the two standards for names take for different ones."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` in lower-case ASCII; `below`: not the name itself but every name under it."""

    name: str
    port: int
    below: bool = False

    def __str__(self) -> str:
        return f"{'*.' if self.below else ''}{self.name}:{self.port}"


def parse_rule(text: str) -> Rule:
    """Read a rule as an owner writes it; Invalid says what is wrong. Other alphabets become ASCII (IDNA)."""
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        raise Invalid(f"{text!r} names no port", hint="write host:port, such as pypi.example:443")
    below = host.startswith("*.")
    name = _ascii(host.removeprefix("*."))
    if problem := name_problem(name) or port_problem(port):
        raise Invalid(f"{text!r}: {problem}", hint="write host:port or *.suffix:port")
    if below and "." not in name:
        raise Invalid(f"{text!r} allows a whole top-level domain", hint="name a domain below it")
    return Rule(name, int(port), below)


def rule_problem(text: str) -> str | None:
    """What is wrong with a rule as text, None if it is fine."""
    try:
        parse_rule(text)
    except Invalid as error:
        return f"{error} ({error.hint})"
    return None


def name_problem(name: str) -> str | None:
    """Why a text is no host name that may be allowed or asked for: lower-case ASCII, and no address."""
    if len(name) > NAME_MAX or not _NAME.fullmatch(name):
        return "the host is not a plain name in letters, digits, dots and dashes"
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return "the host is an address; only names are allowed"
    return None


def port_problem(port: str) -> str | None:
    """Why a text is no port."""
    fine = port.isascii() and _PORT.fullmatch(port) and int(port) <= PORT_MAX
    return None if fine else f"the port is not a number from 1 to {PORT_MAX}"


def allowed(rules: Iterable[Rule], name: str, port: int) -> bool:
    """Whether a name (lower-case ASCII) and port are allowed by one of the rules."""
    return any(
        rule.port == port and (name.endswith(f".{rule.name}") if rule.below else name == rule.name)
        for rule in rules
    )


def _ascii(name: str) -> str:
    if name.isascii():
        return name.lower()
    if _DEVIANT.search(name):
        raise Invalid(f"{name!r} can be read as two names", hint="write it as xn--…")
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Invalid(f"{name!r} is no name: {error}", hint="write it as xn--…") from error
