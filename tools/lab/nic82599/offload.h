/* SPDX-License-Identifier: GPL-2.0-only */
/* offload - what the driver leaves to the sender: checksums, segments, tags */
#ifndef NIC82599_OFFLOAD_H
#define NIC82599_OFFLOAD_H

#include "frame.h"

#define OFFLOAD_MSS	16383u
#define OFFLOAD_HEADERS	(127u + 511u + 255u)
/* The largest frame that comes out. */
#define OFFLOAD_FRAME	(OFFLOAD_HEADERS + OFFLOAD_MSS + VLAN_TAG)

struct offload {
	unsigned int mac;	/* lengths of the headers */
	unsigned int ip;	/* of a tunnel: all up to the inner L4 */
	unsigned int l4;	/* only for segments */
	unsigned int mss;
	enum l4 protocol;
	bool version_4;
	bool ip_sum;		/* insert it */
	bool l4_sum;
	bool segment;
	bool tag;		/* insert tci */
	uint16_t tci;
};

typedef void (*emit)(void *to, uint8_t *frame, unsigned int length);

/*
 * Gives the frame or the frames that the wire shall see to out(), each in a
 * buffer with FRAME_MIN bytes of room at least. data has room for a tag and for
 * padding to FRAME_MIN. Returns how many, or -1: that cannot be done.
 */
int offload_send(const struct offload *o, uint8_t *data, unsigned int length, emit out, void *to);

#endif /* NIC82599_OFFLOAD_H */
