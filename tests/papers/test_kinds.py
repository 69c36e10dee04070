"""What a document is, told by what it says and not by its name."""

import pytest

from windlass.papers.kinds import kind_of, likely, sure


@pytest.mark.parametrize(
    ("text", "is_likely", "is_sure"),
    [
        (b"openapi: 3.1.0\n", True, True),
        (b"# ours\n---\nasyncapi: '3.0.0'\n", True, True),
        (b'\xef\xbb\xbf{\n "swagger": "2.0"', True, True),
        (b'{"info": {}, "openapi": "3.0.1"}', True, False),
        (b'{"$schema": "http://json-schema.org/draft-07/schema#"', True, True),
        (b'{"$schema": "https://json.schemastore.org/tsconfig"}', False, False),
        (b"openapi:\n  enabled: true\n", False, False),
        (b"  openapi: 3.1.0\n", False, True),
        (b"a: 1\n", False, False),
    ],
)
def test_a_glance_misses_none(text: bytes, is_likely: bool, is_sure: bool) -> None:
    assert (likely(text), sure(text)) == (is_likely, is_sure)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"openapi": "3.0.3"}, "openapi-3.0"), ({"openapi": "3.1.0"}, "openapi-3.1"),
        ({"openapi": "3.2.0"}, "openapi-3.2"), ({"openapi": "4.0.0"}, "?openapi 4.0.0"),
        ({"swagger": "2.0"}, "swagger-2"), ({"swagger": 2.0}, "swagger-2"),
        ({"asyncapi": "2.6.0"}, "asyncapi-2"), ({"asyncapi": "3.1.0"}, "asyncapi-3"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "draft-4"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, "draft-2020-12"),
        ({"$schema": "./mine.json"}, ""), ({"openapi": {"enabled": True}}, ""), ([], ""), (None, ""),
    ],
)  # fmt: skip
def test_the_topmost_keys_decide(value: object, kind: str) -> None:
    assert kind_of(value) == kind
