// SPDX-License-Identifier: GPL-2.0-only
/* DPDK's rte_hash: cuckoo hashing, one mask, our key and our hash. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_malloc.h>

#include "table.h"

#define HEAP	"bench"
#define MIB	(1ul << 20)

static struct rte_hash *table;
static struct packet mask;
static unsigned int words;
static int heap;
static uint64_t window[WINDOW][KEY_WORDS_MAX];

/* EAL would bind us to a core. Of its own memory, 4 KiB pages, it gets little. */
static bool start(void)
{
	char *argv[] = { "bench", "--no-huge", "--no-shconf", "--no-pci",
			 "--no-telemetry", "-m", "32", "-l", "0",
			 "--log-level=error", NULL };
	cpu_set_t cpus;
	bool good;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	good = rte_eal_init(sizeof(argv) / sizeof(*argv) - 1, argv) >= 0;
	sched_setaffinity(0, sizeof(cpus), &cpus);
	return good;
}

/* The table's memory is ours, hence in pages of the same size. */
static bool give_memory(size_t size)
{
	size = (size + 2 * MIB - 1) & ~(2 * MIB - 1);
	if (rte_malloc_heap_create(HEAP) ||
	    rte_malloc_heap_memory_add(HEAP, bench_alloc(size), size, NULL, 0, 2 * MIB))
		return false;
	heap = rte_malloc_heap_get_socket(HEAP);
	return heap >= 0;
}

static uint32_t hash_of(const void *key, uint32_t len, uint32_t seed)
{
	uint32_t hash;

	(void)seed;
	bench_hash(key, len / 8, 1, &hash);
	return hash;
}

/* Without the flags that let readers run beside a writer: the fastest it can be. */
static bool create(unsigned int entries)
{
	const struct rte_hash_parameters parameters = {
		.name = "bench",
		.entries = entries,
		.key_len = words * 8,
		.hash_func = hash_of,
		.socket_id = heap,
	};

	table = rte_hash_create(&parameters);
	return table;
}

static bool add_all(const struct rules *rules)
{
	uint64_t key[KEY_WORDS_MAX];
	struct packet rule;
	unsigned int i, at;

	for (i = 0; i < rules->n; i++) {
		rule_of(rules, i, &rule, &at);
		bench_pack(&mask, &rule, key);
		if (rte_hash_add_key_data(table, key, (void *)(uintptr_t)(i + 1)))
			return false;
	}
	return true;
}

static bool build(const struct rules *rules)
{
	unsigned int entries = rules->n < 64 ? 64 : rules->n;
	uint64_t key[KEY_WORDS_MAX];

	mask = rules->mask[0];
	words = bench_pack(&mask, &mask, key);
	if (!start() || !give_memory(entries * 384ul + 64 * MIB)) {
		fprintf(stderr, "rte_hash: no memory: %s\n", rte_strerror(rte_errno));
		return false;
	}
	/* Cuckoo hashing may fail near to full. */
	if (create(entries)) {
		if (add_all(rules))
			return true;
		rte_hash_free(table);
	}
	if (create(entries * 2) && add_all(rules))
		return true;
	fprintf(stderr, "rte_hash: %s\n", rte_strerror(rte_errno));
	return false;
}

static void fill(const struct packet *packet, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		bench_pack(&mask, &packet[i], window[i]);
}

static void lookup(unsigned int n, uint32_t *found)
{
	const void *key[BATCH];
	void *data[BATCH];
	hash_sig_t hash[BATCH];
	unsigned int i, j;
	uint64_t hits;

	for (i = 0; i < n; i += BATCH) {
		for (j = 0; j < BATCH; j++)
			key[j] = window[i + j];
		bench_hash(window[i], words, BATCH, hash);
		rte_hash_lookup_with_hash_bulk_data(table, key, hash, BATCH, &hits, data);
		for (j = 0; j < BATCH; j++)
			found[i + j] = hits >> j & 1 ? (uintptr_t)data[j] : 0;
	}
}

static size_t bytes(void)
{
	struct rte_malloc_socket_stats stats;

	if (rte_malloc_get_socket_stats(heap, &stats))
		abort();
	return stats.heap_allocsz_bytes;
}

const struct table rte_table = {
	"rte_hash", true, build, fill, lookup, bytes
};
