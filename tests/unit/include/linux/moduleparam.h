/* SPDX-License-Identifier: GPL-2.0-only */
/* A test sets a parameter by unit_param_NAME. */
#ifndef UNIT_LINUX_MODULEPARAM_H
#define UNIT_LINUX_MODULEPARAM_H

#define module_param(name, type, mode)	type *const unit_param_##name = &(name)
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text), "")

#endif
