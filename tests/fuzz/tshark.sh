#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tshark as another opinion on packets, which nobody of the project wrote: each field of
# the parser's keys, for the corpus of the fuzzer 'flow' and for what
# tests/fuzz/tshark/packets.py puts together. Where the key differs from tshark's view
# on purpose, a line in tests/fuzz/tshark/compare.py says so.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keys=build/tests-sanitize/fuzz-keys
make -s "$keys" >&2

# All that would look for its own protocol in a payload, by port or by guess, is off.
known='frame|eth|ethertype|vlan|ieee8021ad|llc|arp|ip|ipv6(\..*)?|ah|mipv6|icmp|icmpv6|tcp|udp|sctp'
known+='|udpencap|esp|vxlan|geneve|gre|data|_ws\..*'
export WIRESHARK_CONFIG_DIR=$work
tshark -G protocols 2>"$work/said" | cut -f 3 | grep -vxE "$known" >"$work/disabled_protos"

python3 -B tests/fuzz/tshark/packets.py "$work/pcap" >"$work/kinds"
tshark -n -r "$work/pcap" -T pdml -d udp.port==8472,vxlan -o ip.defragment:FALSE \
	-o ipv6.defragment:FALSE -o ipv6.exthdr_under_root_protocol_tree:TRUE \
	-o ip.tso_support:FALSE -o eth.fcs:Never >"$work/pdml" 2>"$work/said" ||
	{ cat "$work/said" >&2; exit 1; }
"$keys" "$work/pcap" >"$work/keys"
python3 tests/fuzz/tshark/compare.py "$work/kinds" "$work/pdml" "$work/keys"
