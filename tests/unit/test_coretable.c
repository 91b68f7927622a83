// SPDX-License-Identifier: GPL-2.0-only
/* The choice of a core. */
#include <string.h>

#include "coretable.h"
#include "unit.h"

#define CORES	8

static struct vsext_settings set;
static struct vsext_core cores[CORES];

/* All cores idle and online, nothing pinned. */
static int setup(void **state)
{
	unsigned int i;

	(void)state;
	vsext_settings_default(&set);
	memset(cores, 0, sizeof(cores));
	for (i = 0; i < CORES; i++)
		cores[i].online = true;
	return 0;
}

static void pin(unsigned int id, unsigned int core)
{
	set.vm[id].used = true;
	__set_bit(core, set.vm[id].cores);
	vsext_settings_index(&set);
}

static void percent(const u32 *load, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		cores[i].load = load[i] * 10;
}

static int choose(unsigned int n)
{
	return vsext_choose_core(&set, cores, n, false);
}

static int choose_prio(unsigned int n)
{
	return vsext_choose_core(&set, cores, n, true);
}

/* The figure of the paper: flow 2 has no core yet and is given core 2. */
static void worked_example(void **state)
{
	(void)state;
	percent((u32[]){ 10, 50, 20, 50 }, 4);
	pin(1, 0);
	pin(2, 1);
	assert_int_equal(set.threshold, 50);
	assert_int_equal(choose(4), 2);
}

static void threshold(void **state)
{
	(void)state;
	cores[0].load = 500;
	assert_int_equal(choose(1), 0);
	cores[0].reserved = 0;
	cores[0].load = 501;
	assert_int_equal(choose(1), VSEXT_CORE_NONE);

	set.threshold = 0;
	cores[0].load = 0;
	assert_int_equal(choose(1), 0);
	assert_int_equal(choose(1), VSEXT_CORE_NONE);

	set.threshold = 100;
	cores[0].reserved = 0;
	cores[0].load = 1000;
	assert_int_equal(choose(1), 0);
}

/* None is reserved on for a flow that got no core. */
static void nothing_free(void **state)
{
	(void)state;
	percent((u32[]){ 51, 60, 100, 99 }, 4);
	assert_int_equal(choose(4), VSEXT_CORE_NONE);
	assert_int_equal(choose(0), VSEXT_CORE_NONE);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(cores[i].reserved, 0);
}

static void priority(void **state)
{
	(void)state;
	percent((u32[]){ 90, 80, 70, 60 }, 4);
	assert_int_equal(choose(4), VSEXT_CORE_NONE);
	assert_int_equal(choose_prio(4), 3);
	pin(1, 3);
	assert_int_equal(choose_prio(4), 2);
	pin(2, 0);
	pin(2, 1);
	pin(2, 2);
	assert_int_equal(choose_prio(4), VSEXT_CORE_NONE);
}

static void least_loaded(void **state)
{
	(void)state;
	percent((u32[]){ 30, 20, 10, 10, 40 }, 5);
	assert_int_equal(choose(5), 2);
	assert_int_equal(choose(2), 1);
}

static void unusable(void **state)
{
	(void)state;
	percent((u32[]){ 1, 2, 3, 4, 5 }, 5);
	assert_true(vsext_core_usable(&set, cores, 0));
	cores[0].online = false;
	__set_bit(1, set.excluded);
	cores[2].isolated = true;
	pin(1, 3);
	for (unsigned int i = 0; i < 4; i++)
		assert_false(vsext_core_usable(&set, cores, i));
	assert_int_equal(choose(5), 4);
	assert_int_equal(choose_prio(4), VSEXT_CORE_NONE);

	cores[0].online = true;
	assert_int_equal(choose(5), 0);
}

static void pins_are_counted(void **state)
{
	(void)state;
	pin(1, 2);
	pin(7, 2);
	pin(127, CORES - 1);
	assert_int_equal(set.pinned[2], 2);
	assert_int_equal(set.pinned[CORES - 1], 1);
	assert_int_equal(set.pinned[0], 0);

	set.vm[1].used = false;
	vsext_settings_index(&set);
	assert_int_equal(set.pinned[2], 1);
	set.vm[7].used = false;
	vsext_settings_index(&set);
	assert_int_equal(set.pinned[2], 0);
	assert_true(vsext_core_usable(&set, cores, 2));
}

/* The load is not measured anew between two flows of a burst. */
static void burst_spreads(void **state)
{
	unsigned int flows[4] = {};

	(void)state;
	percent((u32[]){ 5, 5, 5, 90 }, 4);
	for (unsigned int i = 0; i < 6; i++) {
		int core = choose(4);

		assert_in_range(core, 0, 3);
		flows[core]++;
	}
	assert_int_equal(flows[0], 2);
	assert_int_equal(flows[1], 2);
	assert_int_equal(flows[2], 2);
	assert_int_equal(flows[3], 0);
}

/* So many flows at once that their reservation alone fills every core. */
static void burst_ends(void **state)
{
	unsigned int n = 0;

	(void)state;
	while (choose(2) != VSEXT_CORE_NONE)
		assert_in_range(++n, 1, 1000);
	assert_true(cores[0].reserved > 500);
	assert_true(cores[1].reserved > 500);
	assert_int_equal(cores[0].load, 0);
}

static void vm_core(void **state)
{
	(void)state;
	assert_int_equal(vsext_choose_vm_core(&set, cores, CORES, 1),
			 VSEXT_CORE_NONE);
	set.vm[1].used = true;
	assert_int_equal(vsext_choose_vm_core(&set, cores, CORES, 1),
			 VSEXT_CORE_NONE);

	percent((u32[]){ 0, 70, 99, 60 }, 4);
	pin(1, 1);
	pin(1, 2);
	pin(1, 3);
	assert_int_equal(vsext_choose_vm_core(&set, cores, CORES, 1), 3);
	cores[3].reserved = 101;
	assert_int_equal(vsext_choose_vm_core(&set, cores, CORES, 1), 1);
	cores[1].online = false;
	cores[3].online = false;
	assert_int_equal(vsext_choose_vm_core(&set, cores, CORES, 1), 2);
	assert_int_equal(vsext_choose_vm_core(&set, cores, 2, 1),
			 VSEXT_CORE_NONE);
	set.vm[1].used = false;
	assert_int_equal(vsext_choose_vm_core(&set, cores, CORES, 1),
			 VSEXT_CORE_NONE);
}

static void has_core(void **state)
{
	(void)state;
	pin(3, 5);
	assert_true(vsext_vm_has_core(&set, 3, 5));
	assert_false(vsext_vm_has_core(&set, 3, 4));
	assert_false(vsext_vm_has_core(&set, 4, 5));
	set.vm[3].used = false;
	assert_false(vsext_vm_has_core(&set, 3, 5));
}

static void defaults(void **state)
{
	(void)state;
	memset(&set, 0xff, sizeof(set));
	vsext_settings_default(&set);
	assert_int_equal(set.layout.fcf, VSEXT_FCF_DSCP6);
	assert_int_equal(set.layout.vxlan_ports, 1);
	assert_int_equal(set.layout.vxlan_port[0], htons(4789));
	assert_true(set.queue_limit > 0);
	assert_int_equal(set.limits.flows, 1 << 20);
	assert_int_equal(set.limits.masks, 64);
	for (unsigned int i = 0; i < VSEXT_MAX_CORES; i++) {
		assert_false(test_bit(i, set.excluded));
		assert_int_equal(set.pinned[i], 0);
	}
	for (unsigned int i = 0; i < VSEXT_MAX_VMS; i++)
		assert_false(set.vm[i].used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(worked_example, setup),
		cmocka_unit_test_setup(threshold, setup),
		cmocka_unit_test_setup(nothing_free, setup),
		cmocka_unit_test_setup(priority, setup),
		cmocka_unit_test_setup(least_loaded, setup),
		cmocka_unit_test_setup(unusable, setup),
		cmocka_unit_test_setup(pins_are_counted, setup),
		cmocka_unit_test_setup(burst_spreads, setup),
		cmocka_unit_test_setup(burst_ends, setup),
		cmocka_unit_test_setup(vm_core, setup),
		cmocka_unit_test_setup(has_core, setup),
		cmocka_unit_test_setup(defaults, setup),
	};

	return cmocka_run_group_tests_name("coretable", tests, NULL, NULL);
}
