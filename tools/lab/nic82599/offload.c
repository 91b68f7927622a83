// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"
#include "checksum.h"
#include "offload.h"

#define TCP_FIN		0x01
#define TCP_PSH		0x08
#define TCP_CWR		0x80

static void insert_tag(uint8_t *data, unsigned int *length, uint16_t tci)
{
	memmove(data + 16, data + 12, *length - 12);
	put_be16(data + 12, ETHERTYPE_8021Q);
	put_be16(data + 14, tci);
	*length += VLAN_TAG;
}

static void hand_out(const struct offload *o, uint8_t *data, unsigned int length,
		     emit out, void *to)
{
	if (o->tag)
		insert_tag(data, &length, o->tci);
	if (length < FRAME_MIN) {
		memset(data + length, 0, FRAME_MIN - length);
		length = FRAME_MIN;
	}
	out(to, data, length);
}

static unsigned int l4_sum_offset(enum l4 protocol)
{
	switch (protocol) {
	case L4_TCP:
		return 16;
	case L4_SCTP:
		return 8;
	default:
		return 6;
	}
}

static unsigned int l4_sum_end(enum l4 protocol)
{
	return l4_sum_offset(protocol) + (protocol == L4_SCTP ? 4 : 2);
}

/*
 * What the driver has put into the checksum's place belongs to the sum: that of
 * the pseudo header, or, in tunnels, what cancels the headers behind IP.
 */
static void put_ip_sum(const struct offload *o, uint8_t *data)
{
	uint8_t *ip = data + o->mac;

	put_be16(ip + 10, (uint16_t)~checksum_fold(checksum_add(0, ip, o->ip)));
}

static void put_l4_sum(const struct offload *o, uint8_t *l4, unsigned int length, uint64_t seed)
{
	uint8_t *at = l4 + l4_sum_offset(o->protocol);
	uint16_t sum;

	if (o->protocol == L4_SCTP) {
		put_le32(at, 0);
		put_le32(at, crc32c(l4, length));
		return;
	}
	sum = (uint16_t)~checksum_fold(checksum_add(seed, l4, length));
	put_be16(at, !sum && o->protocol == L4_UDP ? 0xffff : sum);
}

static bool is_possible(const struct offload *o, unsigned int length)
{
	unsigned int headers = o->mac + o->ip;

	if (length < 14 || length > UINT16_MAX + OFFLOAD_HEADERS)
		return false;
	if (o->ip_sum && (o->mac < 14 || o->ip < 20 || headers > length))
		return false;
	if (o->segment) {
		if (!o->mss || o->mac < 14 || o->ip < (o->version_4 ? 20 : 40))
			return false;
		if (o->l4 < (o->protocol == L4_TCP ? 20 : 8) || o->protocol == L4_SCTP)
			return false;
		return headers + o->l4 < length;
	}
	if (length > OFFLOAD_FRAME - VLAN_TAG)
		return false;
	if (o->l4_sum)
		return o->mac >= 14 && headers + l4_sum_end(o->protocol) <= length;
	return true;
}

/* ---------------------------------------------------------------- segments */

static void number_ip(const struct offload *o, uint8_t *ip, unsigned int length, unsigned int n)
{
	if (o->version_4) {
		put_be16(ip + 2, (uint16_t)length);
		put_be16(ip + 4, (uint16_t)(get_be16(ip + 4) + n));
	} else {
		put_be16(ip + 4, (uint16_t)(length - 40));
	}
}

static void number_l4(const struct offload *o, uint8_t *l4, unsigned int size,
		      unsigned int before, bool last)
{
	if (o->protocol == L4_UDP) {
		put_be16(l4 + 4, (uint16_t)(o->l4 + size));
		return;
	}
	put_be32(l4 + 4, get_be32(l4 + 4) + before);
	if (!last)
		l4[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
	if (before)
		l4[13] &= (uint8_t)~TCP_CWR;
}

static int send_segments(const struct offload *o, const uint8_t *data, unsigned int length,
			 emit out, void *to)
{
	static uint8_t frame[OFFLOAD_FRAME + FRAME_MIN];
	unsigned int headers = o->mac + o->ip + o->l4;
	unsigned int left = length - headers;
	unsigned int before = 0, size;
	uint8_t *ip = frame + o->mac;
	uint8_t *l4 = ip + o->ip;
	int n = 0;

	for (; left; left -= size, before += size, n++) {
		size = left < o->mss ? left : o->mss;
		memcpy(frame, data, headers);
		memcpy(frame + headers, data + headers + before, size);
		number_ip(o, ip, o->ip + o->l4 + size, (unsigned int)n);
		number_l4(o, l4, size, before, size == left);
		if (o->ip_sum)
			put_ip_sum(o, frame);
		if (o->l4_sum)
			put_l4_sum(o, l4, o->l4 + size, o->l4 + size);
		hand_out(o, frame, headers + size, out, to);
	}
	return n;
}

int offload_send(const struct offload *o, uint8_t *data, unsigned int length, emit out, void *to)
{
	unsigned int l4 = o->mac + o->ip;

	if (!is_possible(o, length))
		return -1;
	if (o->segment)
		return send_segments(o, data, length, out, to);
	if (o->ip_sum)
		put_ip_sum(o, data);
	if (o->l4_sum)
		put_l4_sum(o, data + l4, length - l4, 0);
	hand_out(o, data, length, out, to);
	return 1;
}
