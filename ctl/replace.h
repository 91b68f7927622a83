/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_REPLACE_H
#define CTL_REPLACE_H

#include "ctl.h"

/*
 * Makes the rules of a file those in force, as one transaction; rules that stay as
 * they are count on. @replace: the verb that its lines are words of. Returns an enum
 * exit_code.
 */
int replace_all(struct ctl *ctl, const char *path, const struct verb *replace);

#endif
