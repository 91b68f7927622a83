/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_ETHERDEVICE_H
#define UNIT_LINUX_ETHERDEVICE_H

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

static inline void ether_addr_copy(u8 *dst, const u8 *src)
{
	memcpy(dst, src, ETH_ALEN);
}

#endif
