"""Words of errors as agents pass them on, and the kind of trouble they speak of."""

import pytest

from windlass.agents.model import End
from windlass.agents.trouble import TEXT_MAX, sign, trouble


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("unexpected status 401 Unauthorized: no, url: http://127.0.0.1:18500/v1", End.AUTH),
        ("litellm.AuthenticationError: OpenAIException - Incorrect API key provided", End.AUTH),
        ("API key is missing", End.AUTH),
        ("exceeded retry limit, last status: 429 Too Many Requests", End.RATE_LIMITED),
        ("Connection failed: error sending request", End.UNREACHABLE),
        ("TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:1", End.UNREACHABLE),
        ("stream disconnected before completion: stream closed before response.completed", End.CUT),
        ("[API Error: terminated]", End.CUT),
        ("Incomplete JSON segment at the end", End.CUT),
        ("status 502: windlass: no connection: All connection attempts failed", End.UNREACHABLE),
        ("502 windlass: the answer ended in the middle: peer closed", End.CUT),
        ("502 windlass: what came is no answer of the protocol", End.CUT),
        ("503 upstream", End.SERVER_ERROR),
        ("litellm.InternalServerError: x", End.SERVER_ERROR),
        ("We're currently experiencing high demand", End.SERVER_ERROR),
        ("Segmentation fault", End.CRASHED),
        ("", End.CRASHED),
    ],
)
def test_each_has_its_kind(text: str, end: End) -> None:
    assert trouble(text) is end
    assert sign(text) == (None if end is End.CRASHED else (end, text))


def test_only_the_end_of_a_long_error_is_looked_at() -> None:
    assert sign("401 " + "x" * TEXT_MAX) is None


def test_the_line_that_speaks_of_it_is_told() -> None:
    assert sign("at x\n  status: 429,\nat y") == (End.RATE_LIMITED, "status: 429,")
