// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes a NIC driver's name. With FAILS=1 its loading fails, otherwise it loads and
 * drives nothing: two ways in which a swapped driver does not bring the link back.
 */
#include <linux/module.h>

static int __init broken_init(void)
{
	return FAILS ? -EIO : 0;
}

static void __exit broken_exit(void)
{
}

module_init(broken_init);
module_exit(broken_exit);

MODULE_DESCRIPTION("A driver that does not bring its link back");
MODULE_LICENSE("GPL");
