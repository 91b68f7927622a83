/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second parser of packets, for comparison: written from the headers' layouts
 * alone, byte by byte, without regard to speed.
 */
#ifndef FUZZ_SLOW_H
#define FUZZ_SLOW_H

#include "flow.h"

/*
 * The key of the frame of @len bytes at @byte; @tci: of a tag that the NIC took
 * off, or 0. As vsext_flow_parse(), returns the identification of a fragment.
 */
u32 slow_parse(const u8 *byte, unsigned int len, u16 tci, bool gso,
	       unsigned int need, const struct vsext_layout *layout,
	       struct vsext_key *key);

#endif /* FUZZ_SLOW_H */
