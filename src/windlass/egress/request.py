"""Read the one request the proxy knows, as narrowly as it can be read. Pure.

Whatever two readers could take for different things is refused: folded or nameless headers, bare line ends,
bodies, bytes behind the head, a Host that names something else. What honest clients send is none of it.
"""

import re

from windlass.egress.rule import name_problem, port_problem

END = b"\r\n\r\n"
HEADERS_MAX = 64
_LINE = re.compile(rb"CONNECT ([\x21-\x7e]{1,300}) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([\x20-\x7e\t]*)")
_BODY = frozenset({b"content-length", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"expect"})


class Refused(Exception):
    """A request that is not served: the HTTP status and, as the message, why."""

    def __init__(self, status: int, why: str, target: str = "") -> None:
        super().__init__(why)
        self.status, self.target = status, target


def check_start(data: bytes) -> None:
    """Raise Refused as soon as the first bytes cannot become a CONNECT: other methods, TLS, SOCKS, HTTP/2."""
    if not data.startswith(b"CONNECT "[: len(data)]):
        raise Refused(405, "this proxy knows CONNECT alone; it takes no other method and no other protocol")
    rest = data.replace(b"\r\n", b"")
    if b"\n" in rest or b"\r" in rest.removesuffix(b"\r"):
        raise Refused(400, "a line ends in something else than CR LF")


def parse_connect(head: bytes) -> tuple[str, int]:
    """Host (lower-case ASCII) and port of a head that ends in an empty line; raises Refused."""
    first, *lines = head.removesuffix(END).split(b"\r\n")
    found = _LINE.fullmatch(first)
    if not found:
        raise Refused(400, "the first line is not CONNECT host:port HTTP/1.1")
    target = found[1].decode("ascii")
    host, _, port = target.rpartition(":")
    name = host.lower()
    if problem := name_problem(name) or port_problem(port):
        raise Refused(400, f"{target!r}: {problem}", target)
    _check_headers(lines, f"{name}:{port}", name)
    return name, int(port)


def _check_headers(lines: list[bytes], target: str, name: str) -> None:
    if len(lines) > HEADERS_MAX:
        raise Refused(431, f"the request has over {HEADERS_MAX} headers", target)
    hosts = []
    for line in lines:
        header = _HEADER.fullmatch(line)
        if not header:
            raise Refused(400, f"{line[:60]!r} is no header", target)
        if header[1].lower() in _BODY:
            raise Refused(400, f"a CONNECT has no {header[1].decode().lower()}", target)
        if header[1].lower() == b"host":
            hosts.append(header[2].decode("ascii").strip().lower())
    if len(hosts) > 1 or any(host not in (target, name) for host in hosts):
        raise Refused(400, f"the Host header names something else than {target}", target)
