/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_PROCESSOR_H
#define UNIT_LINUX_PROCESSOR_H

#define cpu_relax()	__builtin_ia32_pause()

#endif
