"""SARIF as results: what `tests/plugins/sources/test_sarif_file.py` holds as hits, and the bounds."""

import json

import pytest

from windlass.kernel import Invalid
from windlass.scan import sarif


def test_a_result_says_where_and_what() -> None:
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": "a.py"},
            "region": {"startLine": 3, "startColumn": 5},
        }
    }
    result = {"ruleId": "R1", "level": "error", "message": {"text": "bad"}, "locations": [place]}
    content = json.dumps({"runs": [{"tool": {"driver": {"name": "T"}}, "results": [result]}]}).encode()
    told = sarif.read_sarif(content, {"a.py": None})
    assert told.results == (sarif.Result("T", "R1", "a.py", 3, 5, "bad", "bad", "error", security=False),)
    assert sarif.read_sarif(content, {}).outside == 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[" * 200_000, b'{"runs": 1}', b'{"runs": [], "version": "1.0.0"}']
)
def test_what_is_no_sarif_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        sarif.read_sarif(content, {})
