#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What tshark makes of packets, compared with the parser's keys, field by field.

usage: compare.py KINDS PDML KEYS	(packets.py, tshark and keys wrote them)
"""

import collections
import json
import sys
import xml.etree.ElementTree as ElementTree

IP, IP6, TEB, NOT_ETH_TYPE = 0x0800, 0x86dd, 0x6558, 0x05ff
VXLAN, GENEVE, GRE, IPIP = 1, 2, 3, 4
TUNNEL_PORTS, NAT_T_PORT = {4789, 8472, 6081}, 4500
# Of each kind, at least so many packets, fields, and packets with any one field that is not 0.
FLOORS = {"corpus": (118, 1500, 1), "lab": (177, 4000, 1), "random": (400, 8500, 20), "cut": (800, 7500, 10)}

TYPES = {"ip": IP, "ipv6": IP6}
PORTS = {"tcp": ("tcp.srcport", "tcp.dstport"), "sctp": ("sctp.srcport", "sctp.dstport")}
IN_IP = {4: IP, 41: IP6}
TAGS, MOBILITY = {0x8100, 0x88a8}, 135
EXTENSIONS = {0, 43, 44, 51, 60, MOBILITY}
NEXT = {"ipv6.hopopts": "ipv6.hopopts.nxt", "ipv6.routing": "ipv6.routing.nxt", "ipv6.dstopts": "ipv6.dstopts.nxt",
        "ipv6.fraghdr": "ipv6.fraghdr.nxt", "ah": "ah.next_header", "mipv6": "mip6.proto"}


class Stop(Exception):
    """The key ends here: everything else is 0."""


class Cut(Exception):
    """tshark does not show what the key is made of: the header is cut off, or makes no sense."""


class Header(dict):
    """What tshark shows of a header. Of a field that comes twice, the first."""

    def __init__(self, element):
        super().__init__()
        self.begin = int(element.get("pos") or 0)
        self.behind = self.begin + int(element.get("size") or 0)
        for field in element.iter("field"):
            if field.get("value"):
                self.setdefault(field.get("name"), field.get("value"))

    def read(self, *names):
        if not all(name in self for name in names):
            raise Cut
        return [int(self[name], 16) for name in names]


class Key:
    """Grows by one header after the other, in tshark's order; each method is one of tshark's protocols."""

    def __init__(self, end):
        self.fields = {}
        self.end = end		# of what belongs to the packet
        self.whole = True	# what tshark does not show is 0
        self.before = None	# the header before
        self.begin("outer")

    def begin(self, at):
        self.at, self.tags, self.extensions, self.net = at, 0, 0, None

    def __getitem__(self, name):
        return self.fields.get(f"{self.at}.{name}", 0)

    def set(self, **fields):
        self.fields.update({f"{self.at}.{name}": value for name, value in fields.items()})

    def tunnel(self, tun_type, tun_id, eth_type):
        # One tunnel, and what is directly inside.
        if self.at == "inner":
            raise Stop
        self.fields.update(tun_type=tun_type, tun_id=tun_id)
        self.begin("inner")
        if eth_type != TEB:
            self.set(eth_type=eth_type)

    def add(self, name, header):
        if name in TYPES:
            self.ip(name, header)
        elif name in NEXT:
            self.extension(name, header)
        elif name in PORTS:
            self.ports(*header.read(*PORTS[name]))
            raise Stop
        elif name.startswith("_ws."):
            raise Cut
        elif hasattr(Key, name):
            getattr(self, name)(header)
        else:
            raise Stop
        self.before = name

    def ends(self, end):
        """tshark goes by a length that the key leaves alone."""
        if end < self.end:
            self.whole = False

    # --- Ethernet

    def typed(self, header, eth_type, length):
        (eth_type,) = header.read(eth_type if eth_type in header else length)
        self.set(eth_type=max(eth_type, NOT_ETH_TYPE))
        if eth_type <= NOT_ETH_TYPE:
            self.ends(header.behind + eth_type)

    def eth(self, header):
        dst, src = header.read("eth.dst", "eth.src")
        self.set(eth_dst=dst, eth_src=src)
        self.typed(header, "eth.type", "eth.len")

    def tag(self, header, name, eth_type, length):
        self.tags += 1
        # Two of them, with these types, in front of everything else.
        if self.tags > 2 or self["eth_type"] not in TAGS or self.before not in ("eth", "vlan", "ieee8021ad"):
            raise Stop
        prio, vid = header.read(f"{name}.priority", f"{name}.id")
        self.typed(header, eth_type, length)
        self.set(vlan_tci=self["vlan_tci"] or prio << 13 | 0x1000 | vid)

    def vlan(self, header):
        self.tag(header, "vlan", "vlan.etype", "vlan.len")

    def ieee8021ad(self, header):
        self.tag(header, "ieee8021ad", "ieee8021ah.etype", "ieee8021ah.len")

    def llc(self, header):
        oui, eth_type = header.read("llc.oui", "llc.type")
        # SNAP with a type of Ethernet.
        if oui or eth_type <= NOT_ETH_TYPE:
            raise Stop
        self.set(eth_type=eth_type)

    def arp(self, header):
        # Of IPv4 over Ethernet; the key has 8 bits of the opcode.
        kinds = header.read("arp.hw.type", "arp.proto.type", "arp.hw.size", "arp.proto.size")
        if kinds != [1, IP, 6, 4]:
            raise Stop
        opcode, src, dst = header.read("arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4")
        self.set(proto=opcode & 0xff, addresses=src << 224 | dst << 192)

    # --- IP

    def ip(self, name, header):
        if self.net:
            self.tunnel(IPIP, 0, IN_IP[self["proto"]])
        # The version is what the type says that it is.
        if self["eth_type"] != TYPES[name]:
            raise Stop
        self.net = name
        if name == "ip":
            src, dst, proto, tos = header.read("ip.src", "ip.dst", "ip.proto", "ip.dsfield")
            self.set(addresses=src << 224 | dst << 192, proto=proto, tos=tos)
            self.end = min(self.end, header.begin + header.read("ip.len")[0])
            self.fragment(*header.read("ip.frag_offset", "ip.flags.mf"))
        else:
            src, dst, proto, tos = header.read("ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.tclass")
            self.set(addresses=src << 128 | dst, proto=proto, tos=tos)
            self.end = min(self.end, header.behind + (header.read("ipv6.plen")[0] or self.end))

    def fragment(self, offset, more):
        if offset or more:
            self.set(frag=3 if offset else 1)
            # Inside of a tunnel the first one looks like the others.
            if offset or self.at == "inner":
                raise Stop

    def extension(self, name, header):
        # AH is skipped in IPv6 only; tshark gives mobility another number as well.
        if self.net != "ipv6" or name == "mipv6" and self["proto"] != MOBILITY:
            raise Stop
        proto = header.read(NEXT[name])[0]
        if name == "ipv6.fraghdr":
            # A fragment within a fragment is not read.
            if self["frag"]:
                raise Stop
            offset, more, _ = header.read(*(f"{name}.{field}" for field in ("offset", "more", "ident")))
            self.set(proto=proto)
            self.fragment(offset, more)
        self.set(proto=proto)
        # tshark looks at nothing behind a mobility header.
        if name == "mipv6":
            self.whole = False
        # How deep the parser goes.
        self.extensions += 1
        if self.extensions == 8:
            raise Stop

    # --- transport

    def ports(self, src, dst):
        self.set(tp_src=src, tp_dst=dst)

    # Each in its own version of IP only.
    def icmp(self, header):
        if self.net == "ip":
            self.ports(*header.read("icmp.type", "icmp.code"))
        raise Stop

    def icmpv6(self, header):
        if self.net == "ipv6":
            self.ports(*header.read("icmpv6.type", "icmpv6.code"))
        raise Stop

    def udp(self, header):
        src, dst = header.read("udp.srcport", "udp.dstport")
        self.ports(src, dst)
        if self.at == "inner":
            raise Stop
        self.ends(header.begin + header.read("udp.length")[0])
        # tshark takes the lower port that it knows; the key the destination, and both for ESP.
        if src in TUNNEL_PORTS or src == NAT_T_PORT and dst in TUNNEL_PORTS:
            self.whole = False
            raise Stop

    def udpencap(self, header):
        pass

    def esp(self, header):
        # The outer packet's only.
        if self.at == "outer":
            (self.fields["esp_spi"],) = header.read("esp.spi")
        raise Stop

    # --- tunnels

    def vxlan(self, header):
        flags, vni, _ = header.read("vxlan.flags", "vxlan.vni", "vxlan.reserved8")
        # The VNI is valid, as RFC 7348 requires.
        if not flags & 0x0800:
            raise Stop
        self.tunnel(VXLAN, vni, TEB)

    def geneve(self, header):
        first, eth_type, vni = header.read("geneve.version", "geneve.proto_type", "geneve.vni")
        # Of version 0, and whole: tshark does not show the last byte.
        if first >> 6 or header.begin + 8 > self.end:
            raise Stop
        self.tunnel(GENEVE, vni, eth_type)

    def gre(self, header):
        flags, eth_type = header.read("gre.flags_and_version", "gre.proto")
        # Routing, reserved bits, another version: not of RFC 2784 and 2890.
        if flags & 0x4fff:
            raise Stop
        self.tunnel(GRE, header.read("gre.key")[0] if flags & 0x2000 else 0, eth_type)


def key_of(packet):
    """The fields that the parser should have found, and whether all others are 0."""
    info, _, *protos = packet.findall("proto")
    key = Key(int(info.get("size")))
    try:
        for proto in protos:
            key.add(proto.get("name"), Header(proto))
        # IP in IP is known by the number alone, even if nothing follows.
        if key.at == "outer" and key.net and key["proto"] in IN_IP:
            key.tunnel(IPIP, 0, IN_IP[key["proto"]])
    except Cut:
        # What tshark calls malformed is compared up to there.
        if protos[-1].get("name").startswith("_ws."):
            key.whole = False
    except Stop:
        pass
    if not key.whole:
        # These say what follows, and it does not.
        for name, numbers in ("eth_type", TAGS), ("proto", EXTENSIONS):
            if key[name] in numbers:
                key.fields.pop(f"{key.at}.{name}", None)
    return key.fields, key.whole


def differences(packet, key, count):
    want, whole = key_of(packet)
    got = {name: int(value, 16) for name, value in json.loads(key).items()}
    compared = got.keys() if whole else want.keys()
    count.update({"packets": 1, "fields": len(compared)})
    count.update(name for name in compared if got[name])
    return [f"{name} {got[name]:x}, tshark: {want.get(name, 0):x}" for name in sorted(compared)
            if got[name] != want.get(name, 0)]


def main():
    kinds, pdml, keys = sys.argv[1:]
    packets = (element for _, element in ElementTree.iterparse(pdml) if element.tag == "packet")
    counts, wrong = {}, collections.Counter()
    with open(kinds, encoding="ascii") as kinds, open(keys, encoding="ascii") as keys:
        for number, (kind, packet, key) in enumerate(zip(kinds, packets, keys, strict=True), 1):
            kind, text = kind.split(maxsplit=1)
            differ = differences(packet, key, counts.setdefault(kind, collections.Counter()))
            packet.clear()
            if differ:
                wrong[kind] += 1
                print(f"# packet {number}, {text.strip()}: {'; '.join(differ)}")
    print(f"1..{len(FLOORS)}")
    for n, (kind, (least_packets, least_fields, least_each)) in enumerate(FLOORS.items(), 1):
        count = counts.get(kind, collections.Counter())
        every = min(count[name] for name in json.loads(key))
        enough = count["packets"] >= least_packets and count["fields"] >= least_fields and every >= least_each
        print(f"{'ok' if enough and not wrong[kind] else 'not ok'} {n} - {kind}: {count['packets']} packets, "
              f"{count['fields']} fields, each of them in {every} packets and more; {wrong[kind]} packets differ")


if __name__ == "__main__":
    main()
