/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands of a file, and their way to the kernel as one transaction. */
#ifndef CTL_BATCH_H
#define CTL_BATCH_H

#include "ctl.h"

struct batch {
	size_t n, room;
	struct command *command;
};

/*
 * All return an enum exit_code. A batch is {} at first.
 *
 * batch_read() - reads a file; @verb: its lines have no object and verb, they are
 * the words of this one; NULL: they have.
 */
int batch_read(struct ctl *ctl, const char *path, const struct verb *verb, struct batch *batch);
void batch_free(struct batch *batch);

/* Opens a transaction, @flush: from nothing; closing the session takes it back. */
int batch_begin(struct ctl *ctl, bool flush);
int batch_commit(struct ctl *ctl);

#endif
