/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_NETIF_H
#define NF_NETIF_H

/* Kernel network interfaces: finding them, and what the kernel counts at them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel_counters {
	uint64_t rx_packets;
	uint64_t rx_dropped;
	uint64_t rx_errors;
	uint64_t tx_packets;
	uint64_t tx_dropped;
	uint64_t tx_errors;
	uint64_t ring_dropped;
};

struct kernel_port;

/* Waits for an interface with this IPv4 address and gives its name (Docker attaches networks in an order of its own, so names say nothing). */
bool netif_find(const char *ip, char *name, size_t size, unsigned int wait_ms);
/* Waits for an interface of this name. */
bool netif_wait(const char *name, unsigned int wait_ms);

/* The MTU of an interface; 0 when it cannot be read. */
unsigned int netif_mtu(const char *name);

/* Opens the counters of an interface and finds this process's packet sockets on it. NULL when there is no such interface. */
struct kernel_port *kernel_port_open(const char *name);
/* Reads the counters. For one thread only: the kernel's ring-drop count starts again at every reading, so the total is kept here. */
void kernel_port_read(struct kernel_port *port, struct kernel_counters *counters);
/* Closes what was opened. */
void kernel_port_close(struct kernel_port *port);

#endif
