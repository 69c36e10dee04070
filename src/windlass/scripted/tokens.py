"""How the scripted model counts tokens: one for every four bytes of UTF-8, the last of them rounded up. Pure.

Real tokenisers differ from model to model. This rule needs no table, and anybody can check the usage of an
answer by hand: the input is each part of the request (tools, system text, each message), the output is the
text, or the tool's name and its arguments; what is not text is counted as compact JSON.
"""

import json
from typing import Final

BYTES_PER_TOKEN: Final = 4


def tokens_of(part: object) -> int:
    """Tokens of one part: a text, or anything that JSON can say; nothing (None, "", [], {}) has none."""
    if not part:
        return 0
    text = part if isinstance(part, str) else compact(part)
    return -(-len(text.encode(errors="surrogatepass")) // BYTES_PER_TOKEN)


def compact(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
