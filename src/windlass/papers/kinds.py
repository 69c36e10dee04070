"""Tell by its content what a document is, cheaply first and then by its topmost keys. Pure."""

import re
from typing import Any, Final

HEAD_MAX: Final = 64 * 1024
DRAFTS: Final = {
    "http://json-schema.org/draft-04/schema": "draft-4", "http://json-schema.org/draft-06/schema": "draft-6",
    "http://json-schema.org/draft-07/schema": "draft-7",
    "https://json-schema.org/draft/2019-09/schema": "draft-2019-09",
    "https://json-schema.org/draft/2020-12/schema": "draft-2020-12",
}  # fmt: skip
"""Dialects by their address, without a `#` at the end."""
STANDARDS: Final = {
    "swagger-2": ("swagger", r"2\.0"), "openapi-3.0": ("openapi", r"3\.0\.\d+(-.+)?"),
    "openapi-3.1": ("openapi", r"3\.1\.\d+(-.+)?"), "openapi-3.2": ("openapi", r"3\.2\.\d+(-.+)?"),
    "asyncapi-2": ("asyncapi", r"2\.[0-6]\.\d+"), "asyncapi-3": ("asyncapi", r"3\.[01]\.\d+"),
}  # fmt: skip
"""What is called so in `schemas`, by the key that tells it and its versions."""
_LIKELY: Final = re.compile(
    rb"""^["']?(?:openapi|swagger|asyncapi)["']?[ \t]*:[ \t]*["']?\d"""
    rb"""|["'](?:openapi|swagger|asyncapi)["']\s*:\s*["']\d"""
    rb"""|\$schema["']?\s*:\s*["']?https?://json-schema\.org/draft""",
    re.MULTILINE,
)
_SURE: Final = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?(?:\s|\#[^\n]*\n|---)*(?:\{\s*)?["']?"""
    rb"""(?:(?:openapi|asyncapi)["']?\s*:\s*["']?[23]\.\d"""
    rb"""|swagger["']?\s*:\s*["']?2\.|\$schema["']?\s*:\s*["']?https?://json-schema\.org/draft)"""
)


def likely(content: bytes) -> bool:
    """Whether it is worth to be read; no contract is missed."""
    return _LIKELY.search(content) is not None


def sure(content: bytes) -> bool:
    """Whether what cannot be read would be a contract: it says so before anything else."""
    return _SURE.match(content[:HEAD_MAX]) is not None


def kind_of(value: Any) -> str:
    """A name of `STANDARDS` or `DRAFTS`; `?` and the version of a standard that is not known; else empty."""
    if not isinstance(value, dict):
        return ""
    for name, (key, versions) in STANDARDS.items():
        if key in value and re.fullmatch(versions, str(value[key])):
            return name
    for key in ("openapi", "asyncapi", "swagger"):
        if isinstance(value.get(key), str | float | int) and re.match(r"\d", str(value[key])):
            return f"?{key} {str(value[key])[:20]}"
    dialect = value.get("$schema")
    return DRAFTS.get(dialect.rstrip("#"), "") if isinstance(dialect, str) else ""
