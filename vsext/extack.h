/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user is told of a request that is refused. */
#ifndef _VSEXT_EXTACK_H
#define _VSEXT_EXTACK_H

#include <linux/netlink.h>

/* A message that is constant, though not a literal as NL_SET_ERR_MSG() wants. */
static inline void vsext_extack_msg(struct netlink_ext_ack *extack,
				    const struct nlattr *attr, const char *msg)
{
	if (!extack)
		return;
	extack->_msg = msg;
	extack->bad_attr = attr;
}

#endif /* _VSEXT_EXTACK_H */
