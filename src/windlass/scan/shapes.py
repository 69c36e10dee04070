"""The shapes of secrets, by who gives them out. Pure.

`pattern` is wide, for taking secrets out of texts that are kept: there too much is better than too little.
`proves` is narrow, for accusing somebody: lengths, alphabets, checksums and encodings that the provider's
own secrets have. A name that is given a random text is not here; see `secret.py`.
"""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_BITS: Final = 3.0
"""Bits for each character that a random text of 16 characters and more is never below, and `xxxx…` is."""
PEM_MIN: Final = 48
"""Bytes; the shortest private key in use, Ed25519 in PKCS 8, has as many."""
_BEFORE: Final = r"(?<![A-Za-z0-9_-])"
_EXAMPLE: Final = re.compile(r"(?i)example|x{6}|0{8}|1234567890|abcdefghij")


@dataclass(frozen=True, slots=True)
class Shape:
    """`hint`: a text that is in every secret of the shape, to search for first."""

    rule: str
    what: str
    hint: str
    pattern: re.Pattern[str]
    proves: Callable[[str], bool]


def bits(text: str) -> float:
    """Shannon's entropy of a text's characters, in bits for each."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def random(text: str) -> bool:
    """Whether a text may be what a provider drew, not what a person wrote as an example."""
    return bits(text) >= RANDOM_BITS and not _EXAMPLE.search(text)


def checked(token: str) -> bool:
    """GitHub's checksum, npm's too: the last six of 36 characters are the CRC-32 of the others in base 62
    (github.blog, "Behind GitHub's new authentication token formats", 2021).
    """
    body = token.partition("_")[2]
    number, digits = zlib.crc32(body[:-6].encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return len(body) == 36 and body[-6:] == digits.rjust(6, "0")


def _long(least: int, prefix: str) -> Callable[[str], bool]:
    """At least so many random characters after the prefix, which is a pattern."""
    start = re.compile(prefix)

    def proves(token: str) -> bool:
        found = start.match(token)
        rest = token[found.end() :] if found else ""
        return len(rest) >= least and random(rest)

    return proves


def _web_token(token: str) -> bool:
    """A signed JSON web token: its header decodes and names an algorithm."""
    head, _, rest = token.partition(".")
    told = _decoded(head)
    return isinstance(told, dict) and told.get("alg") not in (None, "none") and len(rest.split(".")[-1]) >= 20


def _decoded(part: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def _pypi(token: str) -> bool:
    """A macaroon of an index of Python packages: version 2, with the place it is for."""
    try:
        made = base64.urlsafe_b64decode(token[5:] + "=" * (-len(token[5:]) % 4))
    except (ValueError, binascii.Error):
        return False
    return made[:2] == b"\x02\x01" and b"pypi" in made[:32] and len(made) > 60


def _pem(block: str) -> bool:
    """Whether there is a key in the block: base64 of enough bytes that are no example."""
    body = block.replace("\\n", "\n").replace("\\r", "").split("-----")[2:3]
    lines = [line.strip(" \t\r\"',;#*") for line in (body[0].splitlines() if body else [])]
    told = "".join(line for line in lines if ":" not in line and line != "+")
    try:
        return len(base64.b64decode(told + "=" * (-len(told) % 4), validate=True)) >= PEM_MIN and random(told)
    except (ValueError, binascii.Error):
        return False


def _shape(rule: str, what: str, hint: str, pattern: str, proves: Callable[[str], bool]) -> Shape:
    return Shape(rule, what, hint, re.compile(pattern), proves)


SHAPES: Final = (
    _shape("github-token", "a token of GitHub", "gh", _BEFORE + r"gh[oprsu]_[A-Za-z0-9]{30,255}", checked),
    _shape("github-pat", "a token of GitHub", "github_pat_", _BEFORE + r"github_pat_[A-Za-z0-9_]{30,255}",
           lambda token: re.fullmatch(r"github_pat_\w{22}_\w{59}", token) is not None and random(token[11:])),
    _shape("anthropic-key", "a key of Anthropic", "sk-ant-", _BEFORE + r"sk-ant-[A-Za-z0-9_-]{16,255}",
           _long(80, r"sk-ant-\w+-")),
    _shape("openai-key", "a key of a model's provider", "sk-", _BEFORE + r"sk-[A-Za-z0-9_-]{16,255}",
           _long(40, r"sk-(?:proj-|svcacct-|admin-|or-v1-)?")),
    _shape("google-key", "a key of Google", "AIza", _BEFORE + r"AIza[A-Za-z0-9_-]{30,64}",
           lambda token: len(token) == 39 and random(token[4:])),
    _shape("gitlab-token", "a token of GitLab", "glpat-", _BEFORE + r"glpat-[A-Za-z0-9_.-]{18,128}",
           _long(20, "glpat-")),
    _shape("aws-key", "a key of AWS", "A", _BEFORE + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
           lambda token: re.fullmatch("[A-Z2-7]{16}", token[4:]) is not None and random(token[4:])),
    _shape("slack-token", "a token of Slack", "xox", _BEFORE + r"xox[abeoprs]-[A-Za-z0-9-]{10,255}",
           lambda token: re.fullmatch(r"xox.(?:-\d{8,})+-[A-Za-z0-9]{20,}", token) is not None
           and random(token.rpartition("-")[2])),
    _shape("huggingface-token", "a token of Hugging Face", "hf_", _BEFORE + r"hf_[A-Za-z0-9]{30,64}",
           _long(34, "hf_")),
    _shape("npm-token", "a token of npm", "npm_", _BEFORE + r"npm_[A-Za-z0-9_-]{30,64}", checked),
    _shape("pypi-token", "a token of an index of Python packages", "pypi-",
           _BEFORE + r"pypi-[A-Za-z0-9_-]{30,1024}", _pypi),
    _shape("stripe-key", "a key of Stripe", "_live_", _BEFORE + r"[rs]k_live_[A-Za-z0-9]{16,128}",
           _long(24, ".k_live_")),
    _shape("sendgrid-key", "a key of SendGrid", "SG.",
           _BEFORE + r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{30,64}",
           _long(66, r"SG\.")),
    _shape("windlass-token", "a token of windlass", "wl_", _BEFORE + r"wl_[a-z]{2,8}_[A-Za-z0-9]{40,128}",
           _long(49, "wl_[a-z]+_")),
    _shape("web-token", "a JSON web token", "eyJ",
           _BEFORE + r"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]*", _web_token),
    _shape("private-key", "a private key", "PRIVATE KEY-----",
           r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-]|-(?!----)){0,16000}"
           r"(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?", _pem),
)  # fmt: skip
"""In the order in which they are tried: what one has taken is not told again by the next."""
