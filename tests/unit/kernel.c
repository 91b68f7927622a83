// SPDX-License-Identifier: GPL-2.0-only
/* The part of the kernel that the files under test call. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "unit.h"

unsigned int unit_cpu;

/* --- numbers --- */

static u64 random_state = 88172645463325252ull;

void unit_seed(u32 seed)
{
	random_state = 88172645463325252ull ^ seed * 0x9e3779b97f4a7c15ull;
}

u32 unit_random(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 16) % n;
}

void get_random_bytes(void *buf, size_t len)
{
	u8 *byte = buf;

	while (len--)
		*byte++ = unit_random(256);
}

/* --- cores --- */

void (*unit_others)(void);

static void let_others(void)
{
	if (unit_others)
		unit_others();
}

unsigned long *unit_jiffies(void)
{
	static unsigned long now = 1000;

	let_others();
	return &now;
}

void spin_lock(spinlock_t *lock)
{
	let_others();
	while (lock->held) {
		if (!unit_others)
			abort();
		unit_others();
	}
	lock->held = true;
}

void spin_unlock(spinlock_t *lock)
{
	if (!lock->held)
		abort();
	lock->held = false;
	let_others();
}

/* The linker's names for the variables of core 0. */
extern char __start_unit_percpu[] __attribute__((weak));

void *unit_per_cpu(void *variable, size_t size, unsigned int cpu)
{
	static char others[UNIT_CPUS - 1][UNIT_STRIDE] __aligned(UNIT_STRIDE);
	size_t offset = (char *)variable - __start_unit_percpu;

	if (!cpu)
		return variable;
	if (cpu >= UNIT_CPUS || offset + size > UNIT_STRIDE)
		abort();
	return others[cpu - 1] + offset;
}

/* --- memory --- */

static unsigned int live, fail_in;
static bool has_failed;

unsigned int unit_live(void)
{
	return live;
}

void unit_fail_nth(unsigned int nth)
{
	fail_in = nth;
	has_failed = false;
}

bool unit_has_failed(void)
{
	return has_failed;
}

int unit_gfp;

void *kzalloc(size_t size, gfp_t gfp)
{
	void *memory;

	unit_gfp = gfp;
	if (fail_in && !--fail_in) {
		has_failed = true;
		return NULL;
	}
	memory = calloc(1, size);
	if (!memory)
		abort();
	live++;
	return memory;
}

void kfree(const void *memory)
{
	if (memory)
		live--;
	free((void *)memory);
}

struct kmem_cache {
	size_t size;
};

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*make)(void *))
{
	struct kmem_cache *cache = kzalloc(sizeof(*cache), 0);

	(void)name;
	(void)align;
	(void)flags;
	(void)make;
	if (cache)
		cache->size = size;
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	kfree(cache);
}

void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kzalloc(cache->size, gfp);
}

void kmem_cache_free(struct kmem_cache *cache, void *memory)
{
	(void)cache;
	kfree(memory);
}

/* --- the one that changes things --- */

struct mutex vsext_mutex;

void mutex_lock(struct mutex *lock)
{
	if (lock->held)
		abort();
	lock->held = true;
}

void mutex_unlock(struct mutex *lock)
{
	if (!lock->held)
		abort();
	lock->held = false;
}

/* --- RCU --- */

static struct rcu_head *callbacks;
unsigned int unit_graces;
unsigned int unit_pauses;
static pthread_t thread;
static sem_t stopped, go_on;
static unsigned int steps_left;
static bool reading, finished;
static __thread bool is_reader;

struct reader {
	void (*run)(void *arg);
	void *arg;
};

static void defer(struct rcu_head *head, void (*func)(struct rcu_head *head),
		  void *memory)
{
	head->func = func;
	head->memory = memory;
	head->next = callbacks;
	callbacks = head;
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	defer(head, func, NULL);
}

void unit_kfree_rcu(struct rcu_head *head, void *memory)
{
	defer(head, NULL, memory);
}

static void finish_reader(void)
{
	if (!reading)
		return;
	sem_post(&go_on);
	pthread_join(thread, NULL);
	reading = false;
}

/* What waits for readers holds no mutex. */
void unit_grace(void)
{
	bool held = vsext_mutex.held;

	finish_reader();
	unit_graces++;
	vsext_mutex.held = false;
	while (callbacks) {
		struct rcu_head *head = callbacks;

		callbacks = head->next;
		if (head->func)
			head->func(head);
		else
			kfree(head->memory);
	}
	vsext_mutex.held = held;
}

void synchronize_rcu(void)
{
	unit_grace();
}

unsigned long get_state_synchronize_rcu(void)
{
	return unit_graces;
}

void cond_synchronize_rcu(unsigned long state)
{
	if (unit_graces == state)
		synchronize_rcu();
}

void rcu_barrier(void)
{
	unit_grace();
}

unsigned int unit_reads;

void unit_read_step(void)
{
	unit_reads++;
	if (!is_reader || steps_left--)
		return;
	sem_post(&stopped);
	sem_wait(&go_on);
}

void (*unit_between_writes)(void);

void unit_write_step(void)
{
	void (*run)(void) = unit_between_writes;

	if (!run || is_reader)
		return;
	unit_between_writes = NULL;
	run();
	unit_between_writes = run;
}

static void *read_in_thread(void *arg)
{
	struct reader *reader = arg;

	is_reader = true;
	reader->run(reader->arg);
	finished = true;
	sem_post(&stopped);
	return NULL;
}

bool unit_race(void (*run)(void *arg), void *arg, unsigned int step,
	       void (*writer)(void *arg))
{
	struct reader reader = { run, arg };
	bool reached;

	sem_init(&stopped, 0, 0);
	sem_init(&go_on, 0, 0);
	steps_left = step;
	reading = true;
	finished = false;
	if (pthread_create(&thread, NULL, read_in_thread, &reader))
		abort();
	sem_wait(&stopped);
	reached = !finished;
	if (reached)
		writer(arg);
	finish_reader();
	return reached;
}

/* --- packets --- */

unsigned int unit_copies;

int skb_copy_bits(const struct sk_buff *skb, int off, void *to, int len)
{
	int end = skb_headlen(skb), start, n, i;
	u8 *at = to;

	unit_copies++;
	if (off > (int)skb->len - len)
		return -1;
	if (off < end) {
		n = len < end - off ? len : end - off;
		memcpy(at, skb->data + off, n);
		off += n;
		at += n;
		len -= n;
	}
	for (i = 0; len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		start = end;
		end += frag->size;
		if (off >= end)
			continue;
		if (!frag->page)
			return -1;
		n = len < end - off ? len : end - off;
		memcpy(at, (u8 *)frag->page->memory + frag->offset + off - start, n);
		off += n;
		at += n;
		len -= n;
	}
	return len ? -1 : 0;
}

void *__skb_header_pointer(const struct sk_buff *skb, int off, int len,
			   void *data, int hlen, void *buffer)
{
	if (hlen - off >= len)
		return (u8 *)data + off;
	if (!skb || skb_copy_bits(skb, off, buffer, len) < 0)
		return NULL;
	return buffer;
}
