"""S1 and S2: the address table, embeddings, odd spellings, and the allow-list."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.errors import UsageError
from copydesk.web.addresses import REFUSED_V4, AllowList, ends_in_number, refusal

# fmt: off
REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::7f00:1", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "4000::1",
    "2606:4700::1111%1",
]
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.255.255",
    "198.20.0.1", "223.255.255.255", "168.63.129.17", "169.253.255.255", "2606:4700::1111",
    "2a00:1450:4001::200e", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2400:cb00::1", "3ffe::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]
# fmt: on


@pytest.mark.parametrize("address", REFUSED)
def test_special_addresses_are_refused_with_a_reason(address):
    assert refusal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address):
    assert refusal(address) is None


def test_the_table_of_refused_addresses_has_sixty():
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "2130706433", "0x7f.1", "1.2.3", "::g", "0177.0.0.1"])
def test_what_is_no_address_is_refused(text):
    assert refusal(text)


@settings(max_examples=300, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_an_embedded_address_is_judged_like_itself(number):
    plain = ipaddress.IPv4Address(number)
    for prefix in ("::ffff:", "64:ff9b::"):
        assert (refusal(f"{prefix}{plain}") is None) == (refusal(str(plain)) is None)


@settings(max_examples=200, derandomize=True)
@given(st.sampled_from([net for net, _ in REFUSED_V4]), st.randoms(use_true_random=False))
def test_every_address_of_a_refused_network_is_refused(network, random):
    parsed = ipaddress.ip_network(network)
    assert refusal(str(parsed[random.randrange(parsed.num_addresses)]))


@pytest.mark.parametrize(
    ("host", "numeric"),
    [("2130706433", True), ("0x7f000001", True), ("0177.0.0.1", True), ("127.1", True), ("0", True),
     ("0x", True), ("127.0.0.1.", True), ("a.0x7f", True), ("example.com", False),
     ("1.example", False), ("cafe", False), ("0x.example", False)],
)  # fmt: skip
def test_hosts_that_are_numbers_in_disguise(host, numeric):
    assert ends_in_number(host) is numeric


def test_allow_list_by_network_port_and_name():
    allow = AllowList(["127.0.0.1:8099", "10.1.0.0/16", "[::1]:80", "fd00::/8", "Press.Internal:81", "wiki"])
    assert allow.address("127.0.0.1", 8099)
    assert not allow.address("127.0.0.1", 8100)
    assert not allow.address("127.0.0.2", 8099)
    assert allow.address("10.1.2.3", 1)
    assert allow.address("::1", 80)
    assert not allow.address("::1", 81)
    assert allow.address("fd12::1", 443)
    assert allow.host("press.internal.", 81)
    assert not allow.host("press.internal", 80)
    assert allow.host("wiki", 80)
    assert not allow.host("wiki.example", 80)
    assert not allow.address("not an address", 80)


def test_an_empty_allow_list_lets_nothing_through():
    assert not AllowList([]).address("127.0.0.1", 80)
    assert not AllowList([]).host("localhost", 80)


@pytest.mark.parametrize("rule", ["", "10.0.0.0/33", "http://x", "127.1", "a:b:c:d"])
def test_a_rule_that_cannot_be_read_is_named(rule):
    with pytest.raises(UsageError, match="COPYDESK_ALLOW"):
        AllowList([rule])
