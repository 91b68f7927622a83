// SPDX-License-Identifier: GPL-2.0-only
/* Our table: the very files of the module, and what they need of a kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "cache.h"
#include "flowtable.h"
#include "table.h"
#include "words.h"
#include "writer.h"

struct mutex vsext_mutex;
size_t counter_bytes;

static size_t taken, cache_taken;
static bool no_cache;
static struct vsext_key window[WINDOW];

unsigned long *unit_jiffies(void)
{
	static unsigned long now = 1000;

	return &now;
}

void get_random_bytes(void *buf, size_t len)
{
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort();
}

/* --- memory --- */

/* SLUB's, of objects as small as rules, unless there are very many cores. */
#define SLAB_PAGE	4096
#define ARENA		(2ul << 20)

struct head {
	size_t size;
	struct head *next;	/* free ones */
	size_t pad[6];	/* what follows is on a cache line of its own */
};

static struct head *free_list[64];	/* by the logarithm of the size */

/* As the kernel's direct map, in large pages whatever the size. */
static struct head *pages_alloc(unsigned int order)
{
	static char *arena, *arena_end;
	size_t size = 1ul << order;
	struct head *head = free_list[order];

	if (head) {
		free_list[order] = head->next;
		return memset(head, 0, size);
	}
	if (size >= ARENA)
		return bench_alloc(size);
	if ((size_t)(arena_end - arena) < size) {
		arena = bench_alloc(ARENA);
		arena_end = arena + ARENA;
	}
	head = (struct head *)arena;
	arena += size;
	return head;
}

static unsigned int order_of(size_t size)
{
	return 64 - __builtin_clzl(size + sizeof(struct head) - 1);
}

void *kzalloc(size_t size, gfp_t gfp)
{
	struct head *head = pages_alloc(order_of(size));

	(void)gfp;
	head->size = size;
	taken += size;
	return head + 1;
}

void kfree(const void *memory)
{
	struct head *head = (struct head *)memory;
	unsigned int order;

	if (!memory)
		return;
	head--;
	taken -= head->size;
	order = order_of(head->size);
	head->next = free_list[order];
	free_list[order] = head;
}

void *kvzalloc_node(size_t size, gfp_t gfp, int node)
{
	(void)gfp, (void)node;
	if (no_cache)
		return NULL;
	cache_taken += size;
	return bench_alloc(size);
}

/* @next to @end: what is left of a page, @page to @pages_end: of an arena. */
struct kmem_cache {
	size_t size;
	void *free;
	char *next, *end;
	char *page, *pages_end;
};

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*make)(void *))
{
	struct kmem_cache *cache = calloc(1, sizeof(*cache));

	(void)name, (void)align, (void)flags, (void)make;
	cache->size = size;
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	free(cache);
}

static void new_page(struct kmem_cache *cache)
{
	if (cache->page == cache->pages_end) {
		cache->page = bench_alloc(ARENA);
		cache->pages_end = cache->page + ARENA;
	}
	cache->next = cache->page;
	cache->page += SLAB_PAGE;
	cache->end = cache->page;
	taken += SLAB_PAGE;
}

void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object = cache->free;

	(void)gfp;
	if (object) {
		cache->free = *(void **)object;
	} else {
		if (cache->end - cache->next < (ptrdiff_t)cache->size)
			new_page(cache);
		object = cache->next;
		cache->next += cache->size;
	}
	return memset(object, 0, cache->size);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	*(void **)object = cache->free;
	cache->free = object;
}

/* --- table --- */

static void key_of(const struct packet *packet, bool is_mask, struct vsext_key *key)
{
	memset(key, 0, sizeof(*key));
	key->in_port = packet->in_port;
	key->outer.eth_type = is_mask ? 0xffff : htons(ETH_P_IP);
	key->outer.nw_src = htonl(packet->src);
	key->outer.nw_dst = htonl(packet->dst);
	key->outer.tp_src = htons(packet->sport);
	key->outer.tp_dst = htons(packet->dport);
	key->outer.proto = packet->proto;
}

unsigned int bench_pack(const struct packet *mask, const struct packet *packet,
			uint64_t *words)
{
	struct vsext_words w;
	struct vsext_key key;

	key_of(mask, true, &key);
	vsext_words_of(&w, &key);
	key_of(packet, packet == mask, &key);
	vsext_words_pack(&w, &key, (u64 *)words);
	return w.n;
}

void bench_hash(const uint64_t *key, unsigned int words, unsigned int n, uint32_t *hash)
{
	unsigned __int128 sum;
	unsigned int i, k;

	for (k = 0; k < n; k++, key += KEY_WORDS_MAX) {
		sum = 0;
		for (i = 0; i + 1 < words; i += 2)
			sum += vsext_hash_pair(key[i], key[i + 1], i);
		if (words & 1)
			sum += vsext_hash_pair(key[i], 0, i);
		hash[k] = vsext_hash_end(sum);
	}
}

static bool add(const struct vsext_flow_match *match, unsigned int priority,
		unsigned int number)
{
	static const struct vsext_limits limits = {
		.flows = VSEXT_MAX_FLOWS,
		.masks = VSEXT_MAX_MASKS,
	};
	struct vsext_rule *rule = vsext_rule_alloc(match);

	rule->priority = priority;
	rule->cookie = number;
	if (vsext_table_add(rule, &match->mask, &limits, false)) {
		fprintf(stderr, "vsext: rule %u is refused\n", number);
		return false;
	}
	if (number % 1024 == 0)
		vsext_table_commit();
	return true;
}

static bool build(const struct rules *rules)
{
	struct vsext_flow_match match;
	struct packet key;
	unsigned int i, mask;

	if (vsext_table_init())
		return false;
	for (i = 0; i < rules->n; i++) {
		rule_of(rules, i, &key, &mask);
		key_of(&key, false, &match.key);
		key_of(&rules->mask[mask], true, &match.mask);
		if (!add(&match, rules->priority[mask], i + 1))
			return false;
	}
	vsext_table_commit();
	return true;
}

static bool build_nocache(const struct rules *rules)
{
	no_cache = true;
	return build(rules);
}

static void fill(const struct packet *packet, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		key_of(&packet[i], false, &window[i]);
}

static void lookup(unsigned int n, uint32_t *found)
{
	const struct vsext_masks *masks = vsext_table_masks();
	const struct vsext_key *key[BATCH];
	struct vsext_rule *rule[BATCH];
	unsigned int i, j;

	for (i = 0; i < n; i += BATCH) {
		for (j = 0; j < BATCH; j++)
			key[j] = &window[i + j];
		vsext_table_lookup(masks, key, BATCH, rule);
		for (j = 0; j < BATCH; j++)
			found[i + j] = rule[j] ? rule[j]->cookie : 0;
	}
}

static size_t bytes(void)
{
	return taken;
}

const struct table vsext_table = {
	"vsext", false, build, fill, lookup, bytes
};

const struct table vsext_nocache_table = {
	"vsext without cache", false, build_nocache, fill, lookup, bytes
};

/* --- bytes a rule --- */

static void full_mask(enum kind kind, struct vsext_key *mask)
{
	struct vsext_hdrs *hdrs[] = { &mask->outer, &mask->inner };
	unsigned int i;

	memset(mask, kind == EVERY_FIELD ? 0xff : 0, sizeof(*mask));
	if (kind == EVERY_FIELD)
		return;
	mask->in_port = ~0u;
	for (i = 0; i < (kind == IPV4 ? 1 : 2); i++) {
		hdrs[i]->eth_type = 0xffff;
		hdrs[i]->proto = 0xff;
		hdrs[i]->tp_src = 0xffff;
		hdrs[i]->tp_dst = 0xffff;
		memset(hdrs[i]->src, 0xff, kind == IPV4 ? 8 : 32);
	}
	if (kind == IPV6_TUNNEL) {
		mask->tun_type = 0xff;
		mask->tun_id = ~0u;
	}
}

struct size vsext_size(enum kind kind, unsigned int rules)
{
	struct vsext_flow_match match = {};
	struct size worst = {};
	unsigned int i;

	if (vsext_table_init())
		abort();
	full_mask(kind, &match.mask);
	for (i = 1; i <= rules; i++) {
		match.key.outer.nw_src = i;
		if (!add(&match, 1, i))
			exit(1);
		/* A change set is gone again, and it takes two for the worst. */
		if (i % 1024 || i < rules / 2 || (double)taken / i <= worst.bytes)
			continue;
		worst.bytes = (double)taken / i;
		worst.rules = i;
	}
	worst.counters = (double)counter_bytes / rules;
	vsext_cache_enable();
	worst.cache = cache_taken;
	return worst;
}
