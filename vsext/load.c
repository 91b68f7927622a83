// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load as mpstat(1) computes it: what is not idle or iowait, over all there
 * is. Time by the clock would not do: a throttled or stolen core loses ticks,
 * and busy/wall then shows far less than it cannot do.
 *
 * The sampler runs on an unbound worker and reads the other cores' counters, so
 * it wakes no idle core.
 */
#include <linux/cpu.h>
#include <linux/kernel_stat.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <linux/workqueue.h>

#include "compat/compat.h"
#include "control.h"
#include "load.h"
#include "order.h"

#define PERIOD		(HZ / 10)
/* Of the sums, 1/8 goes every period: they reach back about 0.8 s. */
#define FORGET		8

struct sample {
	u64 busy;	/* ns since boot */
	u64 idle;
	u64 busy_sum;	/* decaying */
	u64 all_sum;
};

struct vsext_core *vsext_cores;
static struct sample *samples;
static int hotplug_state;

/* While a core sleeps without ticks, its kcpustat stands still. */
static u64 idle_ns(unsigned int cpu)
{
	struct kernel_cpustat stat;
	u64 idle = get_cpu_idle_time_us(cpu, NULL);
	u64 iowait = get_cpu_iowait_time_us(cpu, NULL);

	if (idle != -1ULL && iowait != -1ULL)
		return (idle + iowait) * NSEC_PER_USEC;
	kcpustat_cpu_fetch(&stat, cpu);
	return stat.cpustat[CPUTIME_IDLE] + stat.cpustat[CPUTIME_IOWAIT];
}

/* USER already contains GUEST. */
static u64 busy_ns(unsigned int cpu)
{
	struct kernel_cpustat stat;
	const u64 *t = stat.cpustat;

	/* Knows of tasks that run without ticks (nohz_full). */
	kcpustat_cpu_fetch(&stat, cpu);
	return t[CPUTIME_USER] + t[CPUTIME_NICE] + t[CPUTIME_SYSTEM] +
	       t[CPUTIME_SOFTIRQ] + t[CPUTIME_IRQ] + t[CPUTIME_STEAL];
}

static void sample(unsigned int cpu)
{
	struct vsext_core *core = &vsext_cores[cpu];
	struct sample *s = &samples[cpu];
	u64 busy = busy_ns(cpu), idle = idle_ns(cpu);
	/* Both are only almost monotonic. */
	u64 d_busy = max_t(s64, busy - s->busy, 0);
	u64 d_idle = max_t(s64, idle - s->idle, 0);

	s->busy = busy;
	s->idle = idle;
	s->busy_sum += d_busy - s->busy_sum / FORGET;
	s->all_sum += d_busy + d_idle - s->all_sum / FORGET;
	if (s->all_sum)
		WRITE_ONCE(core->load,
			   min_t(u64, div64_u64(s->busy_sum * 1000, s->all_sum),
				 1000));
	WRITE_ONCE(core->reserved, core->reserved - DIV_ROUND_UP(core->reserved,
								 FORGET));
	WRITE_ONCE(core->isolated, vsext_cpu_isolated(cpu));
}

static void run(struct work_struct *work);
static DECLARE_DELAYED_WORK(sampler, run);

static void run(struct work_struct *work)
{
	unsigned int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		sample(cpu);
	cpus_read_unlock();
	vsext_order_tick();
	queue_delayed_work(vsext_unbound_wq, &sampler, PERIOD);
}

static void start(unsigned int cpu)
{
	samples[cpu].busy = busy_ns(cpu);
	samples[cpu].idle = idle_ns(cpu);
	samples[cpu].busy_sum = 0;
	samples[cpu].all_sum = 0;
}

static int online(unsigned int cpu)
{
	start(cpu);
	WRITE_ONCE(vsext_cores[cpu].load, 0);
	WRITE_ONCE(vsext_cores[cpu].isolated, vsext_cpu_isolated(cpu));
	WRITE_ONCE(vsext_cores[cpu].online, true);
	return 0;
}

static int offline(unsigned int cpu)
{
	/* Rules find out by themselves: a choice is checked when it is used. */
	WRITE_ONCE(vsext_cores[cpu].online, false);
	return 0;
}

int vsext_load_init(void)
{
	int err = -ENOMEM;

	if (nr_cpu_ids > VSEXT_MAX_CORES) {
		pr_err("%u possible cores, but no more than %u are supported\n",
		       nr_cpu_ids, VSEXT_MAX_CORES);
		return -E2BIG;
	}
	vsext_cores = kcalloc(nr_cpu_ids, sizeof(*vsext_cores), GFP_KERNEL);
	samples = kcalloc(nr_cpu_ids, sizeof(*samples), GFP_KERNEL);
	if (!vsext_cores || !samples)
		goto free;
	err = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "net/vsext:online", online,
				offline);
	if (err < 0)
		goto free;
	hotplug_state = err;
	queue_delayed_work(vsext_unbound_wq, &sampler, PERIOD);
	return 0;

free:
	kfree(samples);
	kfree(vsext_cores);
	return err;
}

void vsext_load_exit(void)
{
	cancel_delayed_work_sync(&sampler);
	cpuhp_remove_state(hotplug_state);
	kfree(samples);
	kfree(vsext_cores);
}
