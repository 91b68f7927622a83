/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * payload - what udpsend writes into every datagram and udprecv reads
 *
 * All fields in network byte order. The rest of the datagram is zero, or with
 * option -V a pattern that depends on flow, sequence number and position.
 */
#ifndef BENCH_PAYLOAD_H
#define BENCH_PAYLOAD_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PAYLOAD_MAGIC	0x76736578U
#define PAYLOAD_MAX	65507

struct payload {
	uint32_t magic;
	uint32_t flow;
	uint64_t seq;		/* from 0; a marker carries the next one */
	uint64_t time;		/* CLOCK_MONOTONIC of the sender in ns */
	uint64_t total;		/* 0; in the marker that ends a flow 1 + packets sent */
};

static inline uint64_t payload_word(uint32_t flow, uint64_t seq, size_t pos)
{
	return (seq + 1) * 0x9e3779b97f4a7c15ULL + ((uint64_t)flow << 32) + pos;
}

/* Fills everything behind the header of a datagram of @size bytes. */
static inline void payload_fill(void *data, size_t size, uint32_t flow, uint64_t seq)
{
	char *p = data;
	size_t pos;

	for (pos = sizeof(struct payload); pos + 8 <= size; pos += 8) {
		uint64_t w = payload_word(flow, seq, pos);

		memcpy(p + pos, &w, 8);
	}
	memset(p + pos, (int)(seq & 0xff), size - pos);
}

/* Whether the datagram is what payload_fill() wrote for this flow and number. */
static inline bool payload_intact(const void *data, size_t size, uint32_t flow, uint64_t seq)
{
	const unsigned char *p = data;
	size_t pos;

	for (pos = sizeof(struct payload); pos + 8 <= size; pos += 8) {
		uint64_t w = payload_word(flow, seq, pos);

		if (memcmp(p + pos, &w, 8))
			return false;
	}
	for (; pos < size; pos++)
		if (p[pos] != (seq & 0xff))
			return false;
	return true;
}

#endif /* BENCH_PAYLOAD_H */
