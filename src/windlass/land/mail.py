"""A patch as a mail that `git am` applies: what a person gets when windlass only proposes."""

from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime

from windlass.workspace import Author


def mail(commit: str, author: Author, at: float, message: str, diff: bytes) -> bytes:
    """Render one commit in mailbox form; `diff` is a binary, full-index diff."""
    title, _, body = message.partition("\n\n")
    head = [
        f"From {commit} Mon Sep 17 00:00:00 2001",
        f"From: {_encoded(author.name)} <{author.email}>",
        f"Date: {format_datetime(datetime.fromtimestamp(int(at), UTC))}",
        f"Subject: {_encoded('[PATCH] ' + title)}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        body.strip("\n"),
        "---",
        "",
        "",
    ]
    return "\n".join(head).encode() + diff + b"-- \nwindlass\n"


def _encoded(text: str) -> str:
    if text.isascii():
        return text
    return Header(text, "utf-8", maxlinelen=10_000).encode()
