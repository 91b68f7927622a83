// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flowspec.h"
#include "payload.h"

bool endpoint_parse(struct endpoint *ep, const char *text)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM,
	};
	char host[64], *colon, *name = host;
	struct addrinfo *found;

	if (snprintf(host, sizeof(host), "%s", text) >= (int)sizeof(host))
		return false;
	colon = strrchr(host, ':');
	if (!colon)
		return false;
	*colon = '\0';
	if (host[0] == '[' && *(colon - 1) == ']') {
		*(colon - 1) = '\0';
		name++;
	}
	if (getaddrinfo(name, colon + 1, &hints, &found))
		return false;
	memcpy(&ep->addr, found->ai_addr, found->ai_addrlen);
	ep->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool number(const char *text, double min, double max, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return !errno && end != text && !*end && *out >= min && *out <= max;
}

static bool integer(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 0);
	return !errno && end != text && !*end && *out <= max && *text != '-';
}

static bool mac(const char *text, uint8_t *out)
{
	int used = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &out[0], &out[1],
		      &out[2], &out[3], &out[4], &out[5], &used) == 6 && !text[used];
}

static bool inner(struct sockaddr_in *sin, const char *text)
{
	struct endpoint ep = { 0 };

	if (!endpoint_parse(&ep, text) || ep.addr.ss_family != AF_INET)
		return false;
	memcpy(sin, &ep.addr, sizeof(*sin));
	return true;
}

static bool set_integer(struct flowspec *s, const char *key, const char *value, bool *known)
{
	unsigned long n;

	if (!strcmp(key, "id")) {
		if (!integer(value, UINT32_MAX, &n))
			return false;
		s->id = n;
	} else if (!strcmp(key, "size")) {
		if (!integer(value, PAYLOAD_MAX, &n) || n < sizeof(struct payload))
			return false;
		s->size = n;
	} else if (!strcmp(key, "tos")) {
		if (!integer(value, 255, &n))
			return false;
		s->tos = n;
	} else if (!strcmp(key, "vni")) {
		if (!integer(value, 0xffffff, &n))
			return false;
		s->vni = n;
		s->vxlan = true;
	} else {
		*known = false;
	}
	return true;
}

static bool set_address(struct flowspec *s, const char *key, const char *value, bool *known)
{
	*known = true;
	if (!strcmp(key, "src"))
		return endpoint_parse(&s->src, value);
	if (!strcmp(key, "dst"))
		return endpoint_parse(&s->dst, value);
	if (!strcmp(key, "isrc"))
		return inner(&s->isrc, value);
	if (!strcmp(key, "idst"))
		return inner(&s->idst, value);
	if (!strcmp(key, "smac"))
		return mac(value, s->smac);
	if (!strcmp(key, "dmac"))
		return mac(value, s->dmac);
	*known = false;
	return true;
}

static const char *check(struct flowspec *s, double mbps)
{
	if (!s->dst.len)
		return "dst=ADDR:PORT is missing";
	if (!s->size)
		return "size=BYTES is missing";
	if (!mbps == !s->pps)
		return "give either mbps= or pps=";
	if (s->src.len && s->src.addr.ss_family != s->dst.addr.ss_family)
		return "src and dst are not of one address family";
	if (s->vxlan && (!s->isrc.sin_port || !s->idst.sin_port))
		return "vni= needs isrc=ADDR:PORT and idst=ADDR:PORT of the inner packet (IPv4)";
	if (mbps)
		s->pps = mbps * 1e6 / 8 / (double)s->size;
	return NULL;
}

const char *flowspec_parse(struct flowspec *spec, char *text)
{
	static char complaint[128];
	char *word, *save = NULL;
	double mbps = 0;

	memset(spec, 0, sizeof(*spec));
	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');
		bool known = true, good = false;

		if (value) {
			*value++ = '\0';
			if (!strcmp(word, "mbps"))
				good = number(value, 1e-6, 1e6, &mbps);
			else if (!strcmp(word, "pps"))
				good = number(value, 1e-3, 1e9, &spec->pps);
			else
				good = set_integer(spec, word, value, &known) &&
				       (known || set_address(spec, word, value, &known));
		}
		if (good && known)
			continue;
		snprintf(complaint, sizeof(complaint), "'%s%s%s' %s", word, value ? "=" : "",
			 value ? value : "", known && value ? "has no valid value" :
			 "is not a property of a flow");
		return complaint;
	}
	return check(spec, mbps);
}
