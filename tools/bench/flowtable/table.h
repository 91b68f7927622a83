/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table under test: ours, and those that it is compared with. All of them get
 * the same rules and the same packets, in batches of the same size; each keeps
 * packets in a form of its own, made before the clock runs. Each runs in a
 * process of its own.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH		32	/* packets that are looked up together */
#define WINDOW		256	/* packets that wait for their lookup */
#define MASKS_MAX	32

/* What is matched: an IPv4 packet, in host order. As a mask: the bits that matter. */
struct packet {
	uint32_t in_port;
	uint32_t src;
	uint32_t dst;
	uint16_t sport;
	uint16_t dport;
	uint8_t proto;
};

struct rules {
	unsigned int n;
	unsigned int masks;
	struct packet mask[MASKS_MAX];
	uint16_t priority[MASKS_MAX];
};

/* Rule number @n and its mask. The key is 0 outside of it. */
void rule_of(const struct rules *rules, unsigned int n, struct packet *key,
	     unsigned int *mask);

/**
 * struct table - a kind of table
 * @one_mask: it cannot do more
 * @build: with all rules; false, with a message, if it cannot
 * @fill: @n packets are put in the window (at most WINDOW)
 * @lookup: the first @n packets of the window (a multiple of BATCH), BATCH at a
 *	time: the number of the rule that each of them finds + 1, or 0
 * @bytes: that @build has taken, without counters and caches
 */
struct table {
	const char *name;
	bool one_mask;
	bool (*build)(const struct rules *rules);
	void (*fill)(const struct packet *packet, unsigned int n);
	void (*lookup)(unsigned int n, uint32_t *found);
	size_t (*bytes)(void);
};

extern const struct table vsext_table, vsext_nocache_table;
extern const struct table rte_table;	/* DPDK's rte_hash */
extern const struct table dpcls_table;	/* OVS: userspace datapath, with its cache */
extern const struct table classifier_table;	/* OVS: OpenFlow tables */

/**
 * struct size - bytes a rule of our table, without counters
 * @bytes: at the worst count of rules that was passed, right behind a resize
 * @rules: which that was
 * @counters: bytes a rule and core
 */
struct size {
	double bytes;
	unsigned int rules;
	double counters;
	size_t cache;	/* a core */
};

/* What full rules are made of. */
enum kind { IPV4, IPV6_TUNNEL, EVERY_FIELD };

struct size vsext_size(enum kind kind, unsigned int rules);

extern bool bench_small_pages;
/* Zeroed; in pages of the same size for every table that lets us choose. */
void *bench_alloc(size_t size);

#define KEY_WORDS_MAX	16

/* The key as our table packs it for this mask: the number of words. */
unsigned int bench_pack(const struct packet *mask, const struct packet *packet,
			uint64_t *words);
/* Our keyed hash of @n keys of so many words, at a distance of KEY_WORDS_MAX. */
void bench_hash(const uint64_t *key, unsigned int words, unsigned int n, uint32_t *hash);

#endif /* BENCH_TABLE_H */
