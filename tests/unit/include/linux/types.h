/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's names for types, in user space. */
#ifndef UNIT_LINUX_TYPES_H
#define UNIT_LINUX_TYPES_H

#include_next <linux/types.h>

#include <arpa/inet.h>
#include <asm/byteorder.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef unsigned long long u64;

/* The kernel's are constants where their operand is one. */
#undef htons
#undef ntohs
#define htons(x)	((__be16)__constant_htons(x))
#define ntohs(x)	((u16)__constant_ntohs(x))

#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		UINT64_MAX

#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __percpu
#define __read_mostly
#define __rcu
#define __force

#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#endif
