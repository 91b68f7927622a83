// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "checksum.h"
#include "frame.h"

#define PROTOCOL_TCP	6
#define PROTOCOL_UDP	17
#define PROTOCOL_SCTP	132

static bool holds(const struct frame *f, unsigned int offset, unsigned int size)
{
	return offset <= f->end && size <= f->end - offset;
}

static void parse_l4(struct frame *f, uint8_t protocol)
{
	unsigned int size = protocol == PROTOCOL_TCP ? 20 : protocol == PROTOCOL_SCTP ? 12 : 8;

	if (f->fragment || !holds(f, f->payload, size))
		return;
	if (protocol == PROTOCOL_TCP)
		f->l4 = L4_TCP;
	else if (protocol == PROTOCOL_UDP)
		f->l4 = L4_UDP;
	else if (protocol == PROTOCOL_SCTP)
		f->l4 = L4_SCTP;
	else
		return;
	f->source = get_be16(f->data + f->payload);
	f->destination = get_be16(f->data + f->payload + 2);
}

static void parse_4(struct frame *f)
{
	const uint8_t *ip = f->data + f->ip;
	unsigned int header, total;

	if (!holds(f, f->ip, 20) || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15) * 4u;
	total = get_be16(ip + 2);
	if (header < 20 || total < header || !holds(f, f->ip, total))
		return;
	f->version = 4;
	f->end = f->ip + total;
	f->payload = f->ip + header;
	f->extended = header > 20;
	f->fragment = get_be16(ip + 6) & 0x3fff;
	parse_l4(f, ip[9]);
}

#define NO_NEXT_HEADER	59

/* Returns the protocol behind the extension headers that are known. */
static uint8_t skip_extensions(struct frame *f, uint8_t next)
{
	const uint8_t *p;
	unsigned int size;

	while (next == 0 || next == 43 || next == 60 || next == 44) {
		if (!holds(f, f->payload, 8))
			return NO_NEXT_HEADER;
		p = f->data + f->payload;
		size = next == 44 ? 8 : (p[1] + 1u) * 8;
		if (!holds(f, f->payload, size))
			return NO_NEXT_HEADER;
		f->extended = true;
		f->payload += size;
		if (next == 43 && p[3])		/* checksums are of its last address */
			return NO_NEXT_HEADER;
		if (next == 44 && get_be16(p + 2) & 0xfff9)
			f->fragment = true;
		next = p[0];
	}
	return next;
}

static void parse_6(struct frame *f)
{
	const uint8_t *ip = f->data + f->ip;
	unsigned int total;

	if (!holds(f, f->ip, 40) || ip[0] >> 4 != 6)
		return;
	total = 40u + get_be16(ip + 4);
	if (!holds(f, f->ip, total))
		return;
	f->version = 6;
	f->end = f->ip + total;
	f->payload = f->ip + 40;
	parse_l4(f, skip_extensions(f, ip[6]));
}

void frame_parse(struct frame *f, const void *data, unsigned int length)
{
	uint16_t type;

	memset(f, 0, sizeof(*f));
	f->data = data;
	f->length = length;
	f->end = length;
	if (length < 14)
		return;
	f->ip = 14;
	type = get_be16(f->data + 12);
	if (type == ETHERTYPE_8021Q && length >= 18) {
		f->tagged = true;
		f->tci = get_be16(f->data + 14);
		f->ip = 18;
		type = get_be16(f->data + 16);
	}
	if (type == ETHERTYPE_4)
		parse_4(f);
	else if (type == ETHERTYPE_6)
		parse_6(f);
}

enum verdict frame_ip_verdict(const struct frame *f)
{
	unsigned int header;

	if (f->version != 4)
		return UNCHECKED;
	header = (f->data[f->ip] & 15) * 4u;
	return checksum_fold(checksum_add(0, f->data + f->ip, header)) == 0xffff ? RIGHT : WRONG;
}

enum verdict frame_l4_verdict(const struct frame *f)
{
	unsigned int length = f->end - f->payload;
	uint64_t sum;

	if (f->l4 != L4_TCP && f->l4 != L4_UDP)
		return UNCHECKED;
	if (f->l4 == L4_UDP) {
		if (!get_be16(f->data + f->payload + 6))
			return UNCHECKED;
		length = get_be16(f->data + f->payload + 4);
		if (length < 8 || length > f->end - f->payload)
			return WRONG;
	}
	if (f->version == 4)
		sum = checksum_add(0, f->data + f->ip + 12, 8);
	else
		sum = checksum_add(0, f->data + f->ip + 8, 32);
	sum += f->l4 == L4_TCP ? PROTOCOL_TCP : PROTOCOL_UDP;
	sum += length;
	return checksum_fold(checksum_add(sum, f->data + f->payload, length)) == 0xffff ?
		RIGHT : WRONG;
}
