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

#endif
