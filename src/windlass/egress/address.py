"""Which addresses may be dialled: those of the internet at large, in the one notation that says so. Pure."""

from ipaddress import IPv6Address, ip_address, ip_network

_NEVER = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # the assignments of protocols; one cloud has its metadata there
        "168.63.129.16/32",  # the own service of another cloud
        "192.88.99.0/24", "2002::/16", "2001::/32",  # 6to4 and Teredo carry an IPv4 address inside
        "64:ff9b::/96", "64:ff9b:1::/48",  # NAT64 does too
        "::/96", "::ffff:0:0/96", "fec0::/10",
    )
)  # fmt: skip


def address_problem(text: str) -> str | None:
    """Why an address is not dialled, None if it is one of the internet."""
    if "%" in text:
        return f"{text} belongs to one network interface"
    try:
        address = ip_address(text)
    except ValueError:
        return f"{text!r} is no address"
    unusual = address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global
    carried = isinstance(address, IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo
    )
    if unusual or carried or any(address in net for net in _NEVER if net.version == address.version):
        return f"{text} is not an address of the internet"
    return None
