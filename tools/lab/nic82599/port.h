/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port - the other end of the cable
 *
 *   tap:NAME	a tap device of this network namespace
 *   unix:PATH	a datagram socket that we make; frames go to who last sent one
 *
 * Frames are as on the wire, without the FCS.
 */
#ifndef NIC82599_PORT_H
#define NIC82599_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct port;

/* NULL: the reason has been printed. */
struct port *port_open(const char *where);
void port_close(struct port *p);

/* To wait for frames with poll(). */
int port_fd(const struct port *p);

/* The length of a frame, 0 if none is there, or a negative error number. */
ssize_t port_receive(struct port *p, void *frame, size_t room);

/* false: it did not get there. */
bool port_send(struct port *p, const void *frame, size_t length);

#endif /* NIC82599_PORT_H */
