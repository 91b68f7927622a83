/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family; <linux/vsext.h> is its specification. */
#ifndef _VSEXT_NETLINK_H
#define _VSEXT_NETLINK_H

int vsext_netlink_init(void);
void vsext_netlink_exit(void);

#endif /* _VSEXT_NETLINK_H */
