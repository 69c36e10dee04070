"""DSSE envelopes (secure-systems-lab/dsse, version 1) with one Ed25519 signature. Pure."""

import base64
import binascii
import json
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from windlass.kernel import Denied, Invalid
from windlass.land.key import LandingKey

TYPE: Final = "application/vnd.in-toto+json"
ENVELOPE_MAX: Final = 1 << 20
"""Bytes of an envelope that is read."""
SIGNATURES_MAX: Final = 16
"""Signatures of an envelope that are looked at."""


def envelope(payload: bytes, key: LandingKey) -> dict[str, Any]:
    """A signed envelope as the document that is kept and handed out."""
    signature = {"keyid": key.name, "sig": _encoded(key.sign(_framed(payload)))}
    return {"payload": _encoded(payload), "payloadType": TYPE, "signatures": [signature]}


def opened(text: str, public: bytes) -> bytes:
    """The payload of an envelope that this key signed; Denied when it did not, Invalid when it is none."""
    if len(text) > ENVELOPE_MAX:
        raise Invalid(f"an envelope has at most {ENVELOPE_MAX} bytes")
    try:
        read = json.loads(text)
        kind, payload = read["payloadType"], _decoded(read["payload"])
        signatures = [_decoded(one["sig"]) for one in read["signatures"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid(f"not a DSSE envelope: {error}") from error
    if kind != TYPE:
        raise Invalid(f"the envelope holds {str(kind)[:100]!r}, not {TYPE}")
    if len(signatures) > SIGNATURES_MAX:
        raise Invalid(f"an envelope has at most {SIGNATURES_MAX} signatures")
    known = Ed25519PublicKey.from_public_bytes(public)
    for signature in signatures:
        try:
            known.verify(signature, _framed(payload))
        except InvalidSignature:
            continue
        return payload
    raise Denied("no signature of the envelope is of this key")


def _framed(payload: bytes) -> bytes:
    """What is signed: type and payload, each with its length before it."""
    return b"DSSEv1 %d %b %d %b" % (len(TYPE), TYPE.encode(), len(payload), payload)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"broken base64: {error}") from error
