"""Presets are data, read strictly: every mistake is told, with what is known."""

import tomllib

import pytest

from windlass.agents.preset import Preset, Protocol, parse_preset
from windlass.kernel import Invalid

GOOD = """
about = "mine"
protocol = "command"
program = "mine"
install = {from = "npm", package = "@a/mine", version = "1.2.3"}
supported = ">=1,<2"
speaks = "openai-chat"
command = ["mine", "--url", "{model_url}", "{task}"]
[env]
HOME = "{state}/mine"
[[files]]
path = "{state}/mine/c.json"
text = '{"a": {}, "model": "{model}"}'
"""


def parse(text: str, name: str = "mine") -> Preset:
    return parse_preset(name, tomllib.loads(text))


def test_a_good_one() -> None:
    made = parse(GOOD)
    assert (made.protocol, made.parser, made.tells_end, made.resume) == (Protocol.COMMAND, "plain", True, ())
    assert made.env == {"HOME": "{state}/mine"}
    assert made.supports("1.9")
    assert not made.supports("2.0")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('about = "mine"', "", "about must be a text"),
        ('"command"', '"telnet"', "protocol must be one of command, acp"),
        ('program = "mine"', 'program = "../x"', "program must be like"),
        ('"{task}"]', '"{taks}"]', "command has no {taks}"),
        ('command = ["mine", "--url", "{model_url}", "{task}"]', "command = []", "command must be"),
        ('"{state}/mine/c.json"', '"/etc/passwd"', "must lie under {state}/"),
        ('"{state}/mine/c.json"', '"{state}/../c.json"', "must lie under {state}/"),
        ('">=1,<2"', '"new"', "no range of versions"),
        ('from = "npm"', 'from = "ftp"', "install.from must be one of npm, pypi, windlass"),
        ('version = "1.2.3"', 'version = "latest"', "install.version must be like"),
        ('about = "mine"', 'about = "mine"\nallow = ["dance"]', "allow must be some of"),
        ('about = "mine"', 'about = "mine"\nyolo = true', "yolo is not known"),
        ('about = "mine"', 'about = "mine"\ntells_end = 1', "tells_end must be true or false"),
        ('HOME = "{state}/mine"', "HOME = 1", "env.HOME must be a text"),
        ("[[files]]", "[[files]]\nmode = 1", "files[0].mode is not known"),
    ],
)
def test_each_mistake_is_told(old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(Invalid, match="not usable") as raised:
        parse(GOOD.replace(old, new))
    assert told in str(raised.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(Invalid) as raised:
        parse("x = 1", "No")
    assert str(raised.value).count(";") >= 5


@pytest.mark.parametrize("text", ["files = 1", "files = [1]", "env = 1", "install = 1", "command = [1]"])
def test_wrong_shapes_are_no_crash(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)
