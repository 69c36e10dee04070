"""Secrets that nobody was ever given, drawn from a seed in the shapes of their providers."""

import base64
import json
import random
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTHS = {
    "anthropic-key": ("sk-ant-api03-", 95), "openai-key": ("sk-proj-", 120), "google-key": ("AIza", 35),
    "gitlab-token": ("glpat-", 20), "huggingface-token": ("hf_", 34), "stripe-key": ("sk_live_", 24),
    "windlass-token": ("wl_pat_", 49),
}  # fmt: skip
"""Prefix, and how many characters of base 62 follow."""


def word(draw: random.Random, length: int, alphabet: str = BASE62) -> str:
    return "".join(draw.choice(alphabet) for _ in range(length))


def crc(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return digits


def pem(draw: random.Random, size: int = 121) -> str:
    coded = base64.b64encode(draw.randbytes(size)).decode()
    lines = [coded[at : at + 64] for at in range(0, len(coded), 64)]
    mark = "EC PRIVATE KEY-----"
    return "\n".join([f"-----BEGIN {mark}", *lines, f"-----END {mark}"])


def web_token(draw: random.Random) -> str:
    parts = (json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps({"sub": word(draw, 12)}))
    texts = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, word(draw, 43)])


def made(rule: str, seed: int) -> str:
    """A secret of the shape of that rule."""
    draw = random.Random(f"{rule} {seed}")
    if rule in LENGTHS:
        prefix, length = LENGTHS[rule]
        return prefix + word(draw, length)
    if rule in ("github-token", "npm-token"):
        body = word(draw, 30)
        return ("ghp_" if rule == "github-token" else "npm_") + body + crc(body)
    parts = (word(draw, 12, "123456789"), word(draw, 12, "123456789"), word(draw, 24))
    macaroon = b"\x02\x01\x08pypi" + b".org\x02\x24" + draw.randbytes(80)
    return {
        "github-pat": lambda: f"github_pat_{word(draw, 22)}_{word(draw, 59)}",
        "aws-key": lambda: "AKIA" + word(draw, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "slack-token": lambda: "-".join(("xoxb", *parts)),
        "pypi-token": lambda: "pypi-" + base64.urlsafe_b64encode(macaroon).decode().rstrip("="),
        "sendgrid-key": lambda: f"SG.{word(draw, 22)}.{word(draw, 43)}",
        "web-token": lambda: web_token(draw), "private-key": lambda: pem(draw),
    }[rule]()  # fmt: skip


PEM = made("private-key", 1)
