// SPDX-License-Identifier: GPL-2.0-only
/* Init in order, exit in the mirror's. Nothing is attached after load. */
#include <linux/module.h>
#include <net/genetlink.h>

#include "control.h"
#include "dispatch.h"
#include "fence.h"
#include "flowtable.h"
#include "load.h"
#include "netlink.h"
#include "order.h"
#include "port.h"
#include "rx.h"

static int __init vsext_init(void)
{
	int err;

	err = vsext_rx_init();
	if (err)
		return err;
	vsext_order_init();
	err = vsext_table_init();
	if (err)
		goto exit_rx;
	err = vsext_load_init();
	if (err)
		goto exit_table;
	err = vsext_control_init();
	if (err)
		goto exit_load;
	err = vsext_dispatch_init();
	if (err)
		goto exit_control;
	err = vsext_fence_init();
	if (err)
		goto exit_dispatch;
	err = vsext_ports_init();
	if (err)
		goto exit_fence;
	err = vsext_netlink_init();
	if (err)
		goto exit_ports;
	return 0;

exit_ports:
	vsext_ports_exit();
exit_fence:
	vsext_fence_exit();
exit_dispatch:
	vsext_dispatch_exit();
exit_control:
	vsext_control_stop();
	vsext_control_exit();
exit_load:
	vsext_load_exit();
exit_table:
	vsext_table_exit();
exit_rx:
	vsext_rx_exit();
	return err;
}

static void __exit vsext_exit(void)
{
	vsext_netlink_exit();
	vsext_control_stop();
	vsext_ports_exit();
	vsext_fence_exit();
	vsext_dispatch_exit();
	vsext_control_exit();
	vsext_load_exit();
	vsext_table_exit();
	vsext_rx_exit();
}

module_init(vsext_init);
module_exit(vsext_exit);

MODULE_DESCRIPTION("Per-flow choice of the core that runs the receive softirq");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(VSEXT_GENL_NAME);
