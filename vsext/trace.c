// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints' one definition. */
#include <linux/vsext.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
