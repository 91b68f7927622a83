/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a test drives the kernel that tests/unit/include stands for.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/kernel.h>
#include <linux/types.h>

/* A number in 0 .. n-1, the same sequence in every run, and behind each unit_seed(). */
u32 unit_random(u32 n);
void unit_seed(u32 seed);

/* Called where another core may get in between: at locks and where the clock is read. */
extern void (*unit_others)(void);

/* How many pieces of memory are in use. */
unsigned int unit_live(void);
/* The flags of the last allocation. */
extern int unit_gfp;
/* Of the allocations to come, fail the @nth; 0: none. */
void unit_fail_nth(unsigned int nth);
/* Has it failed? */
bool unit_has_failed(void);

/* How often a header had to be copied out of its packet. */
extern unsigned int unit_copies;

/* A grace period: what waits for readers is freed. */
void unit_grace(void);
/* How many there were. */
extern unsigned int unit_graces;

/* How often others were let run. */
extern unsigned int unit_pauses;

/* How often a reader looked at what RCU protects. */
extern unsigned int unit_reads;

/* Runs between any two stores by which the writer publishes something. */
extern void (*unit_between_writes)(void);

/**
 * unit_race() - does @writer's work while @reader stands at one of its steps
 * @step: 0 is the first access of @reader to what RCU protects
 *
 * Where @writer waits for a grace period, @reader runs to its end meanwhile.
 * Returns false if @reader has no such step: then it has run alone. Only
 * @writer may assert.
 */
bool unit_race(void (*reader)(void *arg), void *arg, unsigned int step,
	       void (*writer)(void *arg));

#endif /* UNIT_H */
