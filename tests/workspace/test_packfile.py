"""Bombs are counted, not unpacked; garbage is garbage."""

import io
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.workspace.model import ImportBudget
from windlass.workspace.packfile import scan

BUDGET = ImportBudget(file_max=1_000_000, inflated_max=3_000_000, objects_max=50)


def head(kind, size):
    byte, size, out = kind << 4 | size & 15, size >> 4, []
    while size:
        out.append(byte | 128)
        byte, size = size & 127, size >> 7
    return bytes([*out, byte])


def number(n):
    out = []
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def entry(content, kind=3, declared=None, between=b""):
    return head(kind, len(content) if declared is None else declared) + between + zlib.compress(content)


def pack(*entries, count=None, version=2):
    return (
        b"PACK"
        + version.to_bytes(4, "big")
        + (len(entries) if count is None else count).to_bytes(4, "big")
        + b"".join(entries)
    )


def judge(data):
    found = scan(io.BytesIO(data), BUDGET, 20)
    return found.reason if found else None


def test_an_honest_pack_passes():
    delta = number(10) + number(500) + b"\x01x"
    assert (
        judge(
            pack(
                entry(b"x" * 1000),
                entry(b""),
                entry(delta, 6, between=b"\x81\x05"),
                entry(delta, 7, between=b"\1" * 20),
            )
        )
        is None
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "bad-pack"),
        (b"PACK", "bad-pack"),
        (b"JUNK" + b"\0" * 30, "bad-pack"),
        (pack(version=9), "bad-pack"),
        (pack(entry(b"x"), count=2), "bad-pack"),
        (pack(count=51), "too-large"),
        (pack(count=2**32 - 1), "too-large"),
        (pack(entry(b"x" * 2_000_000)), "too-large"),
        (pack(entry(b"x" * 2_000_000, declared=10)), "too-large"),
        (pack(entry(b"x" * 10, declared=11)), "bad-pack"),
        (pack(entry(b"x" * 10, declared=9)), "bad-pack"),
        (pack(entry(b"", declared=2**70)), "bad-pack"),
        (pack(entry(b"", declared=2**50)), "too-large"),
        (pack(*[entry(b"x" * 900_000)] * 4), "too-large"),
        (pack(entry(number(5) + number(2**40) + b"\x90", 7, between=b"\1" * 20)), "too-large"),
        (pack(entry(b"\xff" * 30, 7, between=b"\1" * 20)), "bad-pack"),
        (pack(entry(b"", 7, between=b"\1" * 20)), "bad-pack"),
        (pack(entry(b"tag", 4)), "bad-pack"),
        (pack(entry(b"", 0)), "bad-pack"),
        (pack(entry(b"", 5)), "bad-pack"),
        (pack(head(3, 5) + b"not zlib at all"), "bad-pack"),
    ],
)
def test_the_others_do_not(data, reason):
    assert judge(data) == reason


def test_a_bomb_costs_no_memory():
    bomb = pack(entry(b"\0" * 200_000_000, declared=100))
    assert len(bomb) < 250_000
    tracemalloc.start()
    assert judge(bomb) == "too-large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@given(st.binary(max_size=300))
def test_garbage_never_raises(data):
    assert judge(data) in ("bad-pack", "too-large")
    assert judge(pack(data, count=3)) in ("bad-pack", "too-large")
