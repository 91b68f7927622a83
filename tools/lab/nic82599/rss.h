/* SPDX-License-Identifier: GPL-2.0-only */
/* rss - which fields of a frame are hashed, and with what result */
#ifndef NIC82599_RSS_H
#define NIC82599_RSS_H

#include "frame.h"
#include "toeplitz.h"

/* MRQC */
#define RSS_ENABLED	0x00000001
#define RSS_MODE	0x0000000f
#define RSS_TCP4	0x00010000
#define RSS_IP4		0x00020000
#define RSS_TCP6_EX	0x00040000
#define RSS_IP6_EX	0x00080000
#define RSS_IP6		0x00100000
#define RSS_TCP6	0x00200000
#define RSS_UDP4	0x00400000
#define RSS_UDP6	0x00800000
#define RSS_UDP6_EX	0x01000000

/*
 * Returns the type as the descriptor has it, 0 if nothing was hashed; then
 * *hash is 0 as well. mrqc: what the driver wants hashed.
 */
unsigned int rss_hash(const struct frame *f, uint32_t mrqc, const uint8_t key[TOEPLITZ_KEY],
		      uint32_t *hash);

#endif /* NIC82599_RSS_H */
