/* SPDX-License-Identifier: GPL-2.0-only */
/* A generic netlink session with the kernel's family "vsext". */
#ifndef CTL_NL_H
#define CTL_NL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/vsext.h>

#define QUEUE_BYTES	32768	/* a socket of libnl's takes twice as much at once */
#define QUEUE_MESSAGES	(QUEUE_BYTES / (NLMSG_HDRLEN + GENL_HDRLEN))

struct session {
	struct nl_sock *sock;	/* NULL: not open */
	int family;
	/* What is to be sent next, and what it is about. */
	char queue[QUEUE_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
	const void *about[QUEUE_MESSAGES];
	size_t bytes;
	unsigned int n;
	struct nlmsghdr *last;
	uint32_t first_seq;
	unsigned int sent;	/* of these, those that an answer may be to */
	int result;		/* 0 or a negative errno */
	const void *refused;	/* what the message was about */
	bool done;
	bool interrupted;	/* what was dumped changed meanwhile */
	uint32_t bad_offset;	/* of the attribute refused in the request, 0 unknown */
	char why[512];		/* one sentence for a result that is not 0 */
	int (*reply)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg);
	void *arg;
};

/*
 * All return 0 or a negative errno with @session->why set. A session stays
 * usable after a refusal; closing it takes back an open transaction.
 */
int session_open(struct session *session);
void session_close(struct session *session);

/* A message for one command; the family is filled in when it is sent. */
struct nl_msg *session_message(enum vsext_cmd cmd);
/* Makes it one for another command, without attributes. */
int session_restart(struct nl_msg *msg, enum vsext_cmd cmd);

/*
 * Commands that change something are queued and sent many at a time. Either of
 * these may tell that the kernel refused an earlier one; @session->refused is
 * what that one is @about.
 */
int session_queue(struct session *session, const struct nlmsghdr *msg, const void *about);
/* Waits for the verdict on all of them. */
int session_flush(struct session *session);
/* The same behind another command; @reply is called for each reply. */
int session_get(struct session *session, struct nl_msg *msg, bool dump,
		int (*reply)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg), void *arg);

/*
 * Calls @event for each event of a multicast group, @lost where some are missing. Ends
 * with an error only. Nothing else can be done with the session.
 */
int session_listen(struct session *session, const char *group,
		   int (*event)(struct nlattr *top[VSEXT_A_MAX + 1], void *arg),
		   void (*lost)(void *arg), void *arg);

/* Attributes of a nest by type; NULL ones are absent. Returns false if malformed. */
bool nest_parse(struct nlattr *nest, struct nlattr **table, int max);
/* Numbers of an attribute of any width in host order; 0 if absent. */
uint64_t attr_number(const struct nlattr *attr);

#endif
