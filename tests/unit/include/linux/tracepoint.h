/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints that a test may define, as unit_trace_NAME(). */
#ifndef UNIT_LINUX_TRACEPOINT_H
#define UNIT_LINUX_TRACEPOINT_H

#define TRACE_DEFINE_ENUM(name)		_Static_assert((name) >= 0, "")
#define TP_PROTO(...)			__VA_ARGS__
#define TP_ARGS(...)			__VA_ARGS__
#define TRACE_EVENT(name, proto, args, ...) \
	void unit_trace_##name(proto) __attribute__((weak)); \
	static inline void trace_##name(proto) \
	{ \
		if (unit_trace_##name) \
			unit_trace_##name(args); \
	} \
	_Static_assert(1, "")
#define DECLARE_EVENT_CLASS(name, ...)	_Static_assert(1, "")
#define DEFINE_EVENT(class, name, proto, args)	TRACE_EVENT(name, PARAMS(proto), PARAMS(args))
#define PARAMS(...)			__VA_ARGS__

#endif
