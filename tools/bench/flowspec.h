/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flowspec - one flow of udpsend as given on its command line
 */
#ifndef BENCH_FLOWSPEC_H
#define BENCH_FLOWSPEC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint {
	struct sockaddr_storage addr;
	socklen_t len;		/* 0: not given */
};

struct flowspec {
	uint32_t id;
	struct endpoint src;
	struct endpoint dst;
	size_t size;		/* bytes of UDP payload (inner, with a VNI) */
	double pps;
	int tos;
	bool vxlan;
	uint32_t vni;
	struct sockaddr_in isrc;
	struct sockaddr_in idst;
	uint8_t smac[6];
	uint8_t dmac[6];
};

/*
 * Parses "id=1,dst=ADDR:PORT,size=1400,mbps=200,...". Returns NULL, or what is
 * wrong with @text in one sentence (static storage); @text is modified.
 */
const char *flowspec_parse(struct flowspec *spec, char *text);

/* ADDR:PORT or [ADDR]:PORT, numeric. */
bool endpoint_parse(struct endpoint *ep, const char *text);

#endif /* BENCH_FLOWSPEC_H */
