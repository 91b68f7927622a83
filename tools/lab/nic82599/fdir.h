/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fdir - Flow Director: filters that name the RX queue of a flow
 *
 * Perfect filters compare fields under one common mask (ethtool -N); signature
 * filters compare two hashes only, and the driver adds one for every TCP flow
 * that it sends (ATR). Registers are those from 0xEE00.
 */
#ifndef NIC82599_FDIR_H
#define NIC82599_FDIR_H

#include "frame.h"

#define FDIR_FIRST	0xee00u
#define FDIR_LAST	0xee7cu
#define FDIR_BUCKETS	8192
#define FDIR_MAX	32766

struct fdir_filter {
	int next;		/* in its bucket, -1: none */
	uint16_t hash;
	uint16_t id;		/* software's index, or the signature */
	uint8_t queue;
	uint8_t pool;
	uint8_t type;		/* L4 type, and bit 2 for IPv6 */
	uint32_t source;	/* addresses, as they lie in the packet */
	uint32_t destination;
	uint32_t ports;
	uint32_t vlan;		/* flexible bytes and tag */
};

struct fdir {
	uint32_t reg[(FDIR_LAST - FDIR_FIRST) / 4 + 1];
	int bucket[FDIR_BUCKETS];
	int unused;		/* first of the list */
	unsigned int count;
	struct fdir_filter filter[FDIR_MAX];
};

void fdir_reset(struct fdir *d);

/* Counters are cleared by reading. */
uint32_t fdir_read(struct fdir *d, uint32_t offset);

/* Returns true when the table has become so full that the driver wants to know. */
bool fdir_write(struct fdir *d, uint32_t offset, uint32_t value);

/* The filter that this frame matches, or NULL; counted either way. */
const struct fdir_filter *fdir_match(struct fdir *d, const struct frame *f);

/* The hash that hardware and driver agree upon, before it is cut to its bits. */
uint32_t fdir_hash(uint32_t key, uint32_t flow_vlan, uint32_t fields);

#endif /* NIC82599_FDIR_H */
