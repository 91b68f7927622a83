/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_LINUX_NETLINK_H
#define FUZZ_LINUX_NETLINK_H

#include_next <linux/netlink.h>

/* Beside the message's headers. */
struct netlink_ext_ack {
	const char *_msg;
	const struct nlattr *bad_attr;
};

#define NL_SET_ERR_MSG_ATTR(extack, attr, msg) \
	((extack)->_msg = (msg), (extack)->bad_attr = (attr))

#endif
