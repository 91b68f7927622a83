/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules, and the packets that look for them. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "table.h"

/* How often a flow sends. */
enum traffic { ZIPF, UNIFORM };

/* The more a mask looks at, the higher its priority. */
void make_rules(struct rules *rules, unsigned int n, unsigned int masks);
/* A flow for every number; it matches the rule of this number and no other one. */
void flow_of(unsigned int number, struct packet *packet);
/* The number of the flow that sends next. */
unsigned int next_flow(enum traffic traffic, unsigned int n);

#endif /* BENCH_TRAFFIC_H */
