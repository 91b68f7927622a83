/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the kernels that the rings are built for differ. */
#ifndef RING_COMPAT_H
#define RING_COMPAT_H

#include <linux/version.h>

#define SINCE(major, minor)	(LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

#define HAS_HRTIMER_SETUP	SINCE(6, 15)

/* mlx5: who knows the doorbell page, how parameters are built, who names the vectors. */
#define HAS_UAR_IN_CORE_CQ	(!SINCE(6, 12))
#define HAS_Q_COUNTER_PARAM	(!SINCE(6, 12))
#define HAS_VECTOR2EQN		(!SINCE(6, 12))

/*
 * Who knows how to stamp time, the device's lock instead of RTNL, what a queue can be
 * told, a second control queue in each channel, memory of queues from pools. Settled
 * are 6.12 and 7.2 alone.
 */
#define HAS_CHANNEL_TSTAMP	(!SINCE(7, 2))
#define HAS_OPS_LOCK		SINCE(7, 2)
#define HAS_QUEUE_CONFIG	SINCE(7, 2)
#define HAS_ASYNC_ICOSQ		(!SINCE(7, 2))
#define HAS_BUF_POOLS		SINCE(7, 2)

#endif
