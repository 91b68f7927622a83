// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each set has a sequence number, odd while somebody writes to it. Who finds that
 * it has changed looks again, a few times; a writer claims the set as it has
 * read it, so no two slots are of one datagram. Slots are written in turn: the
 * oldest goes.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/if_ether.h>
#include <linux/kernel.h>
#include <linux/processor.h>
#include <linux/string.h>

#include "frag.h"
#include "words.h"

/* Writing a set takes less, unless the writer is interrupted. */
#define TRIES	16

/* What all fragments of a datagram have in common, and no others (RFC 791, 8200). */
struct datagram {
	u8 src[16];
	u8 dst[16];
	u32 id;
	u32 in_port;
	__be16 eth_type;
	__be16 vlan_tci;
	u32 proto;		/* 0: IPv6 */
};

#define WORDS	(sizeof(struct datagram) / sizeof(u64))

struct set {
	u32 seq;
	u32 stamp[VSEXT_FRAG_WAYS];	/* jiffies */
	struct datagram datagram[VSEXT_FRAG_WAYS];
	struct vsext_key key[VSEXT_FRAG_WAYS];
} ____cacheline_aligned;

static struct set table[VSEXT_FRAG_SETS];

static struct datagram datagram_of(const struct vsext_key *key, u32 id)
{
	const struct vsext_hdrs *h = &key->outer;
	struct datagram d = {
		.id = id,
		.in_port = key->in_port,
		.eth_type = h->eth_type,
		.vlan_tci = h->vlan_tci,
		/* IPv6: the first one has more headers, or says another. */
		.proto = h->eth_type == htons(ETH_P_IP) ? h->proto : 0,
	};

	memcpy(d.src, h->src, sizeof(d.src));
	memcpy(d.dst, h->dst, sizeof(d.dst));
	return d;
}

static struct set *set_of(const struct datagram *d)
{
	u64 word[WORDS];

	BUILD_BUG_ON(sizeof(*d) % sizeof(u64));
	memcpy(word, d, sizeof(word));
	return &table[vsext_hash_words(word, WORDS) % VSEXT_FRAG_SETS];
}

static bool is_of(const struct set *set, unsigned int way,
		  const struct datagram *d)
{
	return !memcmp(&set->datagram[way], d, sizeof(*d));
}

/* The slot of @d, or the one to write it to. */
static unsigned int way_of(const struct set *set, u32 seq,
			   const struct datagram *d)
{
	unsigned int way;

	for (way = 0; way < VSEXT_FRAG_WAYS; way++)
		if (is_of(set, way, d))
			return way;
	return seq / 2 % VSEXT_FRAG_WAYS;
}

static bool is_later(const struct vsext_key *key)
{
	return key->outer.frag & VSEXT_FRAG_LATER;
}

/* Is there another whom @key has to follow? */
static bool has_first(const struct set *set, unsigned int way,
		      const struct datagram *d, const struct vsext_key *key)
{
	if (!is_of(set, way, d) ||
	    (u32)jiffies - set->stamp[way] >= VSEXT_FRAG_LIFE)
		return false;
	/* Two at offset 0: the identification is used again already. */
	return is_later(key) || is_later(&set->key[way]);
}

static void write(struct set *set, unsigned int way, const struct datagram *d,
		  const struct vsext_key *key)
{
	set->stamp[way] = (u32)jiffies;
	set->datagram[way] = *d;
	set->key[way] = *key;
}

/* Returns false if the set has changed meanwhile. */
static bool try_follow(struct set *set, const struct datagram *d,
		       struct vsext_key *key)
{
	struct vsext_key first;
	unsigned int way;
	u32 seq;

	/* What is read of the set is at least as new as this. */
	seq = smp_load_acquire(&set->seq);
	if (seq & 1)
		return false;
	way = way_of(set, seq, d);
	if (!has_first(set, way, d, key)) {
		if (cmpxchg(&set->seq, seq, seq + 1) != seq)
			return false;
		write(set, way, d, key);
		/* Who sees the next number sees all of the slot. */
		smp_store_release(&set->seq, seq + 2);
		return true;
	}
	first = set->key[way];
	/* All was read before the number is looked at again. */
	smp_rmb();
	if (READ_ONCE(set->seq) != seq)
		return false;
	first.outer.frag = key->outer.frag;
	*key = first;
	return true;
}

void vsext_frag_follow(struct vsext_key *key, u32 id)
{
	struct datagram d = datagram_of(key, id);
	struct set *set = set_of(&d);
	unsigned int tries;

	for (tries = 0; tries < TRIES && !try_follow(set, &d, key); tries++)
		cpu_relax();
}
