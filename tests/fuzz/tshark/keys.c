// SPDX-License-Identifier: GPL-2.0-only
/*
 * keys FILE: the key of each packet of a pcap file, one a line, as JSON: what is in
 * memory, in hexadecimal. VXLAN is on ports 4789 and 8472.
 */
#include <err.h>
#include <stdio.h>

#include "packet.h"

struct record {
	u32 seconds, fraction;
	u32 captured, length;
};

static const struct vsext_layout ports = {
	.vxlan_ports = 2, .vxlan_port = { htons(4789), htons(8472) },
};

static char before = '{';

static void print(const char *name, const void *bytes, unsigned int n)
{
	const u8 *byte = bytes;

	printf("%c\"%s\": \"", before, name);
	while (n--)
		printf("%02x", *byte++);
	printf("\"");
	before = ',';
}

#define PRINT(field) print(#field, &key->field, sizeof(key->field))
#define PRINT_HDRS(at) \
	PRINT(at.eth_dst); \
	PRINT(at.eth_src); \
	PRINT(at.eth_type); \
	PRINT(at.vlan_tci); \
	print(#at ".addresses", key->at.src, sizeof(key->at.src) + sizeof(key->at.dst)); \
	PRINT(at.tp_src); \
	PRINT(at.tp_dst); \
	PRINT(at.proto); \
	PRINT(at.tos); \
	PRINT(at.frag)

static void print_key(const struct vsext_key *key)
{
	PRINT(tun_type);
	PRINT(tun_id);
	PRINT(esp_spi);
	PRINT_HDRS(outer);
	PRINT_HDRS(inner);
	printf("}\n");
	before = '{';
}

int main(int argc, char **argv)
{
	struct packet p = {};
	struct record r;
	FILE *file;

	if (argc != 2)
		errx(2, "usage: keys FILE");
	file = fopen(argv[1], "rb");
	if (!file || fseek(file, 24, SEEK_SET))
		err(1, "%s", argv[1]);
	while (fread(&r, sizeof(r), 1, file)) {
		struct vsext_key key;

		p.len = r.captured;
		if (p.len > PACKET_MAX || fread(p.byte, 1, p.len, file) != p.len)
			errx(1, "%s: a packet is too long, or cut off", argv[1]);
		key = parse_as(&p, VSEXT_NEED_OUTER | VSEXT_NEED_INNER, &ports);
		print_key(&key);
	}
	return 0;
}
