/* SPDX-License-Identifier: GPL-2.0-only */
/* Sampling of the cores' loads. */
#ifndef _VSEXT_LOAD_H
#define _VSEXT_LOAD_H

#include "coretable.h"

/* nr_cpu_ids of them. */
extern struct vsext_core *vsext_cores;

int vsext_load_init(void);	/* -ENOMEM, -E2BIG: more cores than we can hold */
void vsext_load_exit(void);

#endif /* _VSEXT_LOAD_H */
