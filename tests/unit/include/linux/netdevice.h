/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_NETDEVICE_H
#define UNIT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>

#include <string.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>

struct napi_struct;

#endif
