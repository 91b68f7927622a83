// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "card.h"

/* How the memory is used: rings first, then buffers, then packets to be sent. */
#define RX_RING(q)	(0x10000u * (q))
#define TX_RING(q)	(0x80000u + 0x10000u * (q))
#define RX_BUFFER(q, i)	(0x100000u + 0x80000u * (q) + 0x2000u * (i))
#define TX_DATA		0x300000u

uint16_t plain_sum(uint32_t seed, const uint8_t *data, unsigned int length)
{
	uint64_t sum = seed;
	unsigned int i;

	for (i = 0; i < length; i++)
		sum += i % 2 ? data[i] : data[i] << 8;
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

static unsigned int put_ip4(uint8_t *ip, const struct flow *flow, unsigned int payload)
{
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(20 + payload));
	ip[8] = 64;
	ip[9] = (uint8_t)flow->protocol;
	inet_pton(AF_INET, flow->source, ip + 12);
	inet_pton(AF_INET, flow->destination, ip + 16);
	put_be16(ip + 10, (uint16_t)~plain_sum(0, ip, 20));
	return 20;
}

static unsigned int put_ip6(uint8_t *ip, const struct flow *flow, unsigned int payload)
{
	ip[0] = 0x60;
	put_be16(ip + 4, (uint16_t)payload);
	ip[6] = (uint8_t)flow->protocol;
	ip[7] = 64;
	inet_pton(AF_INET6, flow->source, ip + 8);
	inet_pton(AF_INET6, flow->destination, ip + 24);
	return 40;
}

static void put_l4(uint8_t *l4, const struct flow *flow, unsigned int size, uint32_t pseudo)
{
	unsigned int at = flow->protocol == 6 ? 16 : 6;

	put_be16(l4, flow->source_port);
	put_be16(l4 + 2, flow->destination_port);
	if (flow->protocol == 6)
		l4[12] = 0x50;
	else
		put_be16(l4 + 4, (uint16_t)size);
	put_be16(l4 + at, (uint16_t)~plain_sum(pseudo, l4, size));
}

unsigned int make_frame(uint8_t *data, const struct flow *flow, unsigned int payload)
{
	bool six = strchr(flow->source, ':');
	unsigned int header = flow->protocol == 6 ? 20 : flow->protocol == 17 ? 8 : 0;
	unsigned int at = 12, size = header + payload, i;
	uint8_t *ip;

	memset(data, 0, 94 + payload);
	memcpy(data, CARD_MAC, 6);
	memcpy(data + 6, "\x02\x76\x73\x78\x00\x01", 6);
	if (flow->tci) {
		put_be16(data + at, 0x8100);
		put_be16(data + at + 2, flow->tci);
		at += 4;
	}
	put_be16(data + at, six ? 0x86dd : 0x0800);
	ip = data + at + 2;
	at += 2 + (six ? put_ip6(ip, flow, size) : put_ip4(ip, flow, size));
	for (i = 0; i < payload; i++)
		data[at + header + i] = (uint8_t)(i * 7 + payload);
	if (header)
		put_l4(data + at, flow, size,
		       (uint32_t)flow->protocol + size +
		       plain_sum(0, ip + (six ? 8 : 12), six ? 32 : 8));
	return at + size;
}

/* ---------------------------------------------------------------- the card */

static int make_wire(struct card *c, struct port **port)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX }, us = { .sun_family = AF_UNIX };
	char where[80];

	snprintf(c->path, sizeof(c->path), "build/tests-sanitize/wire.%d", getpid());
	unlink(c->path);
	snprintf(where, sizeof(where), "unix:%s", c->path);
	*port = port_open(where);
	memcpy(at.sun_path, c->path, sizeof(c->path));
	c->wire = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	/* An address of our own, which the kernel chooses, to be answered at. */
	if (!*port || bind(c->wire, (struct sockaddr *)&us, sizeof(sa_family_t)) ||
	    connect(c->wire, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	return 0;
}

int card_up(void **state)
{
	struct card *c = calloc(1, sizeof(*c));
	struct port *port = NULL;
	int fd = memfd_create("guest", 0);
	struct nic *n;

	if (!c || fd < 0 || ftruncate(fd, CARD_SIZE) || make_wire(c, &port))
		return -1;
	c->memory = mmap(NULL, CARD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	n = nic_new((const uint8_t *)CARD_MAC, port);
	if (c->memory == MAP_FAILED || !n ||
	    memory_map(&n->memory, CARD_MEMORY, CARD_SIZE, fd, 0, true))
		return -1;
	close(fd);
	c->nic = n;
	pci_write(&n->pci, 4, "\x06\x00", 2);
	nic_write(n, HLREG0, HLREG0_JUMBOEN);
	nic_write(n, MAXFRS, 9728u << 16);
	nic_write(n, RXCTRL, RXCTRL_RXEN);
	nic_write(n, DMATXCTL, DMATXCTL_TE);
	nic_write(n, FCTRL, FCTRL_BAM);
	*state = c;
	return 0;
}

int card_down(void **state)
{
	struct card *c = *state;
	struct port *port = c->nic->port;

	nic_free(c->nic);
	port_close(port);
	close(c->wire);
	munmap(c->memory, CARD_SIZE);
	free(c);
	return 0;
}

uint8_t *card_rx_descriptor(struct card *c, unsigned int queue, unsigned int i)
{
	return c->memory + RX_RING(queue) + 16 * i;
}

uint8_t *card_rx_buffer(struct card *c, unsigned int queue, unsigned int i)
{
	return c->memory + RX_BUFFER(queue, i);
}

void card_rx_queue(struct card *c, unsigned int queue, unsigned int count, unsigned int kb)
{
	struct nic *n = c->nic;
	unsigned int i;

	for (i = 0; i < count; i++)
		put_le64(card_rx_descriptor(c, queue, i), CARD_MEMORY + RX_BUFFER(queue, i));
	nic_write(n, RDBAL(queue), (uint32_t)(CARD_MEMORY + RX_RING(queue)));
	nic_write(n, RDBAH(queue), (uint32_t)(CARD_MEMORY >> 32));
	nic_write(n, RDLEN(queue), 16 * count);
	nic_write(n, SRRCTL(queue), kb | SRRCTL_DROP_EN);
	nic_write(n, RXDCTL(queue), RXDCTL_ENABLE);
	nic_write(n, RDT(queue), count - 1);
}

uint8_t *card_tx_descriptor(struct card *c, unsigned int queue, unsigned int i)
{
	return c->memory + TX_RING(queue) + 16 * i;
}

uint8_t *card_tx_data(struct card *c, uint64_t *address)
{
	*address = CARD_MEMORY + TX_DATA;
	return c->memory + TX_DATA;
}

void card_tx_queue(struct card *c, unsigned int queue, unsigned int count)
{
	struct nic *n = c->nic;

	nic_write(n, TDBAL(queue), (uint32_t)(CARD_MEMORY + TX_RING(queue)));
	nic_write(n, TDBAH(queue), (uint32_t)(CARD_MEMORY >> 32));
	nic_write(n, TDLEN(queue), 16 * count);
	nic_write(n, TXDCTL(queue), TXDCTL_ENABLE);
}

ssize_t card_sent(struct card *c, uint8_t *data, size_t room)
{
	return recv(c->wire, data, room, 0);
}
