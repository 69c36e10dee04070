"""Addresses in every notation that leads somewhere else."""

import pytest

from windlass.egress.address import address_problem


@pytest.mark.parametrize("text", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1"])
def test_the_internet_may_be_dialled(text):
    assert address_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.1", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1", "::", "::1", "::8.8.8.8", "fe80::1",
        "fe80::1%eth0", "93.184.215.14%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
        "::ffff:8.8.8.8", "::ffff:127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:0808:0808::1",
        "2001:0:1::1", "2001:db8::1", "100::1", "0177.0.0.1", "127.1", "2130706433", "localhost", "",
    ],
)  # fmt: skip
def test_everything_else_may_not(text):
    assert address_problem(text)
