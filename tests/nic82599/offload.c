// SPDX-License-Identifier: GPL-2.0-only
/* What the sender adds: segments, checksums, tags; judged by arithmetic of our own. */
#include <unistd.h>

#include "card.h"

#define PIECES	64

static struct {
	uint8_t data[OFFLOAD_FRAME + FRAME_MIN];
	unsigned int length;
} pieces[PIECES];
static unsigned int count;

static void collect(void *to, uint8_t *frame, unsigned int length)
{
	(void)to;
	assert_true(count < PIECES);
	memcpy(pieces[count].data, frame, length);
	pieces[count++].length = length;
}

static int send(const struct offload *o, const uint8_t *data, unsigned int length)
{
	uint8_t *copy = malloc(length + FRAME_MIN + VLAN_TAG);
	int n;

	memcpy(copy, data, length);
	count = 0;
	n = offload_send(o, copy, length, collect, NULL);
	free(copy);
	return n;
}

static const struct flow tcp4 = { "10.77.0.2", "10.77.0.1", 4001, 5001, 6, 0 };
static const struct flow udp4 = { "10.77.0.2", "10.77.0.1", 4001, 5001, 17, 0 };
static const struct flow tcp6 = { "fd77::2", "fd77::1", 4001, 5001, 6, 0 };

/* Both checksums of a piece are right; TCP or UDP directly behind IP. */
static void assert_sums(const uint8_t *data, bool six, int protocol, unsigned int at)
{
	const uint8_t *ip = data + at;
	unsigned int header = six ? 40 : 20;
	unsigned int size = six ? get_be16(ip + 4) : get_be16(ip + 2) - 20u;

	if (!six)
		assert_int_equal(plain_sum(0, ip, 20), 0xffff);
	assert_int_equal(plain_sum(size + (uint32_t)protocol +
				   plain_sum(0, ip + (six ? 8 : 12), six ? 32 : 8),
				   ip + header, size), 0xffff);
}

/* What the stack leaves in the checksum's place: the pseudo header, and its length or not. */
static void seed(uint8_t *data, bool six, int protocol, unsigned int size)
{
	uint8_t *ip = data + 14;
	uint8_t *at = ip + (six ? 40 : 20) + (protocol == 6 ? 16 : 6);

	put_be16(at, plain_sum((uint32_t)protocol + size, ip + (six ? 8 : 12), six ? 32 : 8));
}

static struct offload segments(bool six, enum l4 l4, unsigned int mss)
{
	return (struct offload){
		.mac = 14, .ip = six ? 40 : 20, .l4 = l4 == L4_TCP ? 20 : 8, .mss = mss,
		.protocol = l4, .version_4 = !six, .ip_sum = !six, .l4_sum = true, .segment = true,
	};
}

static void check_tcp(const struct flow *flow, bool six, unsigned int payload, unsigned int mss)
{
	struct offload o = segments(six, L4_TCP, mss);
	unsigned int headers = 14 + o.ip + 20, want = (payload + mss - 1) / mss;
	unsigned int length, at = 0, size, i;
	static uint8_t data[70000];
	const uint8_t *tcp;

	length = make_frame(data, flow, payload);
	data[14 + o.ip + 13] = 0x80 | 0x08 | 0x01;	/* CWR, PSH, FIN */
	put_be32(data + 14 + o.ip + 4, 0xfffffff0);	/* its number wraps */
	put_be16(data + 18, 0xfffe);			/* so does IPv4's */
	if (six)
		put_be16(data + 18, (uint16_t)payload + 20);
	else
		put_be16(data + 24, 0);
	seed(data, six, 6, 0);
	assert_int_equal(send(&o, data, length), want);
	for (i = 0; i < want; i++, at += size) {
		size = payload - at < mss ? payload - at : mss;
		tcp = pieces[i].data + 14 + o.ip;
		assert_int_equal(pieces[i].length,
				 headers + size < FRAME_MIN ? FRAME_MIN : headers + size);
		assert_sums(pieces[i].data, six, 6, 14);
		assert_int_equal(get_be32(tcp + 4), 0xfffffff0 + at);
		assert_int_equal(tcp[13], (i ? 0 : 0x80) | (i + 1 == want ? 0x09 : 0));
		assert_memory_equal(pieces[i].data + headers, data + headers + at, size);
		if (!six)
			assert_int_equal(get_be16(pieces[i].data + 18), (uint16_t)(0xfffe + i));
	}
	assert_int_equal(at, payload);
}

static void tcp_segments(void **state)
{
	(void)state;
	check_tcp(&tcp4, false, 1448 * 3, 1448);
	check_tcp(&tcp4, false, 1448 * 3 + 1, 1448);
	check_tcp(&tcp4, false, 65495, 1448);
	check_tcp(&tcp4, false, 3001, 1000);
	check_tcp(&tcp4, false, 61, 60);
	check_tcp(&tcp6, true, 1428 * 20 + 7, 1428);
	check_tcp(&tcp6, true, 100, 1428);
}

static void udp_segments(void **state)
{
	struct offload o = segments(false, L4_UDP, 1400);
	unsigned int length, i;
	uint8_t data[FRAME_ROOM];

	(void)state;
	length = make_frame(data, &udp4, 1400 * 2 + 100);
	put_be16(data + 24, 0);
	seed(data, false, 17, 0);
	assert_int_equal(send(&o, data, length), 3);
	for (i = 0; i < 3; i++) {
		assert_sums(pieces[i].data, false, 17, 14);
		assert_int_equal(get_be16(pieces[i].data + 38), i < 2 ? 1408 : 108);
		assert_memory_equal(pieces[i].data + 42, data + 42 + 1400 * i, i < 2 ? 1400 : 100);
	}
}

/* A TCP flow in VXLAN: the outer headers count as part of IP, their sum cancelled. */
static void tunnel_segments(void **state)
{
	struct offload o = segments(false, L4_TCP, 1000);
	unsigned int i, inner, before = 14 + 20 + 8 + 8, behind = before + 14 + 20;
	struct flow outer = { "192.0.2.1", "192.0.2.2", 50000, 4789, 17, 0 };
	uint8_t data[FRAME_ROOM], packet[FRAME_ROOM];

	(void)state;
	inner = make_frame(packet, &tcp4, 3000);
	make_frame(data, &outer, 8 + 54 + 1000);	/* the lengths of one segment */
	memcpy(data + before, packet, inner);
	put_be16(data + 40, 0);				/* outer UDP without checksum */
	put_be16(data + before + 16, 1040);		/* inner IP of one segment */
	put_be16(data + before + 24, 0);
	put_be16(data + before + 24, (uint16_t)~plain_sum(0, data + before + 14, 20));
	put_be16(data + behind + 16,
		 plain_sum(6, data + before + 14 + 12, 8));
	o.ip = behind - 14;
	put_be16(data + 24, 0);
	put_be16(data + 16, 0);
	put_be16(data + 24, (uint16_t)~plain_sum(0, data + 34, o.ip - 20));
	assert_int_equal(send(&o, data, before + inner), 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(plain_sum(0, pieces[i].data + 14, 20), 0xffff);
		assert_int_equal(get_be16(pieces[i].data + 16), 20 + 16 + 14 + 40 + 1000);
		assert_sums(pieces[i].data, false, 6, before + 14);
		assert_memory_equal(pieces[i].data + behind + 20, packet + 54 + 1000 * i, 1000);
	}
}

/* By descriptors: a context, then a packet in two parts; tagged. */
static void segments_from_a_ring(void **state)
{
	struct card *c = *state;
	unsigned int i, length, size, headers = 18 + 20 + 20;
	uint8_t *data, *d, got[FRAME_ROOM];
	uint64_t address;

	data = card_tx_data(c, &address);
	assert_int_equal(write(c->wire, data, 60), 60);	/* so that it knows us */
	assert_true(rx_run(c->nic, 1));
	length = make_frame(data, &tcp4, 2500);
	put_be16(data + 24, 0);
	seed(data, false, 6, 0);
	card_tx_queue(c, 0, 8);
	d = card_tx_descriptor(c, 0, 0);
	put_le32(d, 0xa005u << 16 | 14 << 9 | 20);
	put_le32(d + 8, 1u << 29 | 2 << 20 | 1 << 11 | 1 << 10);
	put_le32(d + 12, 1000u << 16 | 20 << 8 | 1 << 4);
	put_le64(d + 16, address);
	put_le32(d + 24, 7u << 29 | 3 << 20 | 100);
	put_le32(d + 28, 3 << 8 | 1 << 4);
	put_le64(d + 32, address + 100);
	put_le32(d + 40, 7u << 29 | 3 << 20 | 9 << 24 | (length - 100));
	nic_write(c->nic, TDT(0), 3);
	assert_false(tx_run(c->nic, 8));
	for (i = 0; i < 3; i++) {
		size = i < 2 ? 1000 : 500;
		assert_int_equal(card_sent(c, got, sizeof(got)), headers + size);
		assert_int_equal(get_be32(got + 12), 0x8100a005);
		assert_sums(got, false, 6, 18);
		assert_int_equal(get_be32(got + 18 + 20 + 4), 1000 * i);
		assert_memory_equal(got + headers, data + headers - 4 + 1000 * i, size);
	}
	assert_int_equal(card_sent(c, got, sizeof(got)), -1);
	assert_int_equal(get_le32(card_tx_descriptor(c, 0, 2) + 12), 1);
}

static void checksums(void **state)
{
	struct offload o = { .mac = 14, .ip = 20, .protocol = L4_UDP, .l4_sum = true };
	uint8_t data[FRAME_ROOM];
	unsigned int length, i;

	(void)state;
	for (i = 0; i < 300; i++) {
		length = make_frame(data, &udp4, i);
		seed(data, false, 17, 8 + i);
		assert_int_equal(send(&o, data, length), 1);
		assert_sums(pieces[0].data, false, 17, 14);
		assert_int_not_equal(get_be16(pieces[0].data + 40), 0);
	}
	/* A sum of zero would say that there is none. */
	length = make_frame(data, &udp4, 50);
	put_be16(data + 60, 0);
	seed(data, false, 17, 58);
	put_be16(data + 60, (uint16_t)~plain_sum(0, data + 34, 58));
	assert_int_equal(send(&o, data, length), 1);
	assert_int_equal(get_be16(pieces[0].data + 40), 0xffff);
	o.ip = 40;
	o.protocol = L4_TCP;
	length = make_frame(data, &tcp6, 777);
	seed(data, true, 6, 20 + 777);
	assert_int_equal(send(&o, data, length), 1);
	assert_sums(pieces[0].data, true, 6, 14);
}

/* CRC32c of the standard's test vector: 32 bytes of zero. */
static void sctp_checksum(void **state)
{
	struct offload o = { .mac = 14, .ip = 20, .protocol = L4_SCTP, .l4_sum = true };
	struct flow flow = { "10.77.0.2", "10.77.0.1", 0, 0, 132, 0 };
	uint8_t data[FRAME_ROOM];
	unsigned int length;

	(void)state;
	length = make_frame(data, &flow, 32);
	memset(data + 34, 0, 32);
	assert_int_equal(send(&o, data, length), 1);
	assert_int_equal(get_le32(pieces[0].data + 42), 0x8a9136aa);
}

static void tags(void **state)
{
	struct offload o = { .tag = true, .tci = 0x6005 };
	uint8_t data[FRAME_ROOM];
	unsigned int length;

	(void)state;
	length = make_frame(data, &udp4, 100);
	assert_int_equal(send(&o, data, length), 1);
	assert_int_equal(pieces[0].length, length + 4);
	assert_int_equal(get_be32(pieces[0].data + 12), 0x81006005);
	assert_memory_equal(pieces[0].data, data, 12);
	assert_memory_equal(pieces[0].data + 16, data + 12, length - 12);
}

static void short_frames_are_padded(void **state)
{
	struct offload o = { 0 };
	uint8_t data[60] = { 1 };

	(void)state;
	assert_int_equal(send(&o, data, 14), 1);
	assert_int_equal(pieces[0].length, 60);
}

/* Lengths that contradict each other are refused, none reads or writes outside. */
static void hostile_lengths(void **state)
{
	static uint8_t data[OFFLOAD_FRAME + 1];
	struct offload o = { 0 };
	unsigned int i, sent = 0;
	int n;

	(void)state;
	memset(data, 0x45, sizeof(data));
	assert_int_equal(send(&o, data, OFFLOAD_FRAME - VLAN_TAG), 1);
	assert_int_equal(send(&o, data, OFFLOAD_FRAME - VLAN_TAG + 1), -1);
	srandom(3);
	for (i = 0; i < 200000; i++) {
		o = (struct offload){
			.mac = (unsigned int)random() % 128, .ip = (unsigned int)random() % 512,
			.l4 = (unsigned int)random() % 256,
			.mss = (unsigned int)random() % (i % 2 ? 200 : OFFLOAD_MSS + 1),
			.protocol = (enum l4)(random() % 4), .version_4 = random() % 2,
			.ip_sum = random() % 2, .l4_sum = random() % 2, .segment = random() % 2,
			.tag = random() % 2, .tci = (uint16_t)random(),
		};
		if (random() % 2)
			o.mac = 14;
		if (o.mss && o.mss < 32)
			o.mss = 32;
		n = send(&o, data, (unsigned int)random() % 2000);
		assert_int_equal(n, n < 0 ? -1 : (int)count);
		sent += n > 0;
	}
	assert_in_range(sent, 1000, 199000);
	o = segments(false, L4_TCP, 0);
	assert_int_equal(send(&o, data, 1000), -1);
	o = segments(false, L4_TCP, 100);
	o.l4 = 0;
	assert_int_equal(send(&o, data, 1000), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_segments),
		cmocka_unit_test(udp_segments),
		cmocka_unit_test(tunnel_segments),
		cmocka_unit_test_setup_teardown(segments_from_a_ring, card_up, card_down),
		cmocka_unit_test(checksums),
		cmocka_unit_test(sctp_checksum),
		cmocka_unit_test(tags),
		cmocka_unit_test(short_frames_are_padded),
		cmocka_unit_test(hostile_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
