// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <ucontext.h>

#include "cores.h"
#include "unit.h"

#define STACK	(64 << 10)
/* One in so many steps a core begins to stand still, or ends it. */
#define STALL	3000

static struct {
	ucontext_t context;
	char stack[STACK];
} core[UNIT_CPUS + 1];

static ucontext_t scheduler;
static int running = -1, stalled = -1;
static void (*run)(unsigned int n);

static void begin(void)
{
	run(running);
	abort();
}

static void prepare(ucontext_t *context, char *stack)
{
	if (getcontext(context))
		abort();
	context->uc_stack.ss_sp = stack;
	context->uc_stack.ss_size = STACK;
	makecontext(context, begin, 0);
}

void cores_start(void (*run_core)(unsigned int n))
{
	unsigned int i;

	run = run_core;
	stalled = -1;
	for (i = 0; i < ARRAY_SIZE(core); i++)
		prepare(&core[i].context, core[i].stack);
}

void cores_step(void)
{
	int next = unit_random(ARRAY_SIZE(core));

	if (!unit_random(STALL))
		stalled = stalled < 0 ? next : -1;
	if (next == stalled)
		return;
	running = next;
	unit_cpu = next < UNIT_CPUS ? (unsigned int)next : unit_random(UNIT_CPUS);
	swapcontext(&scheduler, &core[next].context);
	running = -1;
}

void cores_yield(void)
{
	if (running >= 0)
		swapcontext(&core[running].context, &scheduler);
}
