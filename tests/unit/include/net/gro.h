/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_NET_GRO_H
#define UNIT_NET_GRO_H

#include <linux/netdevice.h>

void napi_gro_flush(struct napi_struct *napi, bool flush_old);

#endif
