/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What crosses a virtio-serial port, in either direction: frames of a type, a
 * length in host byte order and a payload. Both ends run on one machine.
 *
 * A session: the client sends HELLO with a token and skips everything until
 * the server returns the token, so that nothing of a client that was killed
 * is taken for its own. Then START; OUT and ERR come back, EXIT ends it.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FRAME_MAX	(128 * 1024)
#define TOKEN_LEN	16

enum frame_type {
	FRAME_HELLO = 1,	/* token; echoed by the server */
	FRAME_START,		/* struct start, then strings: cwd, env..., "", argv... */
	FRAME_INPUT,		/* bytes for the terminal */
	FRAME_SIGNAL,		/* uint32_t: for the command's process group */
	FRAME_SIZE,		/* struct start: the terminal's new size */
	FRAME_OUT,		/* bytes of standard output */
	FRAME_ERR,		/* bytes of standard error */
	FRAME_EXIT,		/* uint32_t: as a shell would report it in $? */
};

#define START_MERGE	1	/* standard error goes where standard output goes */
#define START_TTY	2	/* the command gets a terminal */

struct start {
	uint32_t flags;
	uint16_t rows;
	uint16_t cols;
};

struct frame {
	uint32_t type;
	uint32_t len;
	char data[FRAME_MAX];
};

/* Collects a frame from a byte stream; zero it before first use. */
struct reader {
	struct frame frame;
	size_t have;
};

#define FRAME_HEADER	offsetof(struct frame, data)

/* Writes a whole frame; false if the other side is gone. */
bool frame_send(int fd, enum frame_type type, const void *data, size_t len);

/*
 * Reads once; never past the end of a frame. Returns 1 when r->frame is
 * complete (valid until the next call), 0 when it is not yet, -1 when the other
 * side is gone or does not speak this protocol (errno: 0 or EPROTO).
 */
int frame_read(int fd, struct reader *r);

/* Writes all of it; false on error. */
bool write_all(int fd, const void *data, size_t len);

#endif
