/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netif.h"

#define POLL_MS 10
#define MAX_FD 256
#define MAX_SOCKETS 16
#define FILE_COUNT 6

struct kernel_port {
	int files[FILE_COUNT]; /* in the order of struct kernel_counters */
	int sockets[MAX_SOCKETS];
	unsigned int socket_count;
	uint64_t ring_dropped;
};

/* Sleeps for a step of waiting. */
static void
pause_step(void)
{
	const struct timespec step = {.tv_nsec = POLL_MS * 1000000L};

	nanosleep(&step, NULL);
}

/* Finds the interface that has this address now. */
static bool
find_now(in_addr_t ip, char *name, size_t size)
{
	struct ifaddrs *all, *one;
	bool found = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (one = all; one != NULL && !found; one = one->ifa_next) {
		if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET)
			continue;
		found = ((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr.s_addr == ip && strlen(one->ifa_name) < size;
		if (found)
			memcpy(name, one->ifa_name, strlen(one->ifa_name) + 1);
	}
	freeifaddrs(all);
	return found;
}

bool
netif_find(const char *ip, char *name, size_t size, unsigned int wait_ms)
{
	struct in_addr address;
	unsigned int waited;

	if (inet_pton(AF_INET, ip, &address) != 1)
		return false;
	for (waited = 0;; waited += POLL_MS) {
		if (find_now(address.s_addr, name, size))
			return true;
		if (waited >= wait_ms)
			return false;
		pause_step();
	}
}

bool
netif_wait(const char *name, unsigned int wait_ms)
{
	unsigned int waited;

	for (waited = 0; if_nametoindex(name) == 0; waited += POLL_MS) {
		if (waited >= wait_ms)
			return false;
		pause_step();
	}
	return true;
}

unsigned int
netif_mtu(const char *name)
{
	struct ifreq request;
	int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool read_it;

	memset(&request, 0, sizeof(request));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	read_it = handle >= 0 && ioctl(handle, SIOCGIFMTU, &request) == 0;
	if (handle >= 0)
		close(handle);
	return read_it ? (unsigned int)request.ifr_mtu : 0;
}

/* Finds the packet sockets that the driver has opened on the interface. The driver does not tell, so look through the descriptors. */
static void
find_sockets(struct kernel_port *port, unsigned int ifindex)
{
	int fd;

	for (fd = 3; fd < MAX_FD && port->socket_count < MAX_SOCKETS; fd++) {
		struct sockaddr_ll address;
		socklen_t length = sizeof(address);
		int domain;
		socklen_t domain_length = sizeof(domain);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_length) != 0 || domain != AF_PACKET)
			continue;
		if (getsockname(fd, (struct sockaddr *)&address, &length) == 0 && (unsigned int)address.sll_ifindex == ifindex)
			port->sockets[port->socket_count++] = fd;
	}
}

struct kernel_port *
kernel_port_open(const char *name)
{
	static const char *const names[FILE_COUNT] = {"rx_packets", "rx_dropped", "rx_errors", "tx_packets", "tx_dropped", "tx_errors"};
	struct kernel_port *port = calloc(1, sizeof(*port));
	unsigned int ifindex = if_nametoindex(name);
	char path[128];
	unsigned int i;

	if (port == NULL || ifindex == 0) {
		free(port);
		return NULL;
	}
	for (i = 0; i < FILE_COUNT; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", name, names[i]);
		port->files[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	find_sockets(port, ifindex);
	return port;
}

/* Reads the number in a sysfs file; 0 when it cannot be read. */
static uint64_t
read_number(int file)
{
	char digits[32];
	ssize_t length = file < 0 ? -1 : pread(file, digits, sizeof(digits) - 1, 0);

	if (length <= 0)
		return 0;
	digits[length] = '\0';
	return strtoull(digits, NULL, 10);
}

void
kernel_port_read(struct kernel_port *port, struct kernel_counters *counters)
{
	uint64_t *const fields[FILE_COUNT] = {
		&counters->rx_packets, &counters->rx_dropped, &counters->rx_errors,
		&counters->tx_packets, &counters->tx_dropped, &counters->tx_errors,
	};
	unsigned int i;

	for (i = 0; i < FILE_COUNT; i++)
		*fields[i] = read_number(port->files[i]);
	for (i = 0; i < port->socket_count; i++) {
		struct tpacket_stats stats;
		socklen_t length = sizeof(stats);

		if (getsockopt(port->sockets[i], SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
			port->ring_dropped += stats.tp_drops;
	}
	counters->ring_dropped = port->ring_dropped;
}

void
kernel_port_close(struct kernel_port *port)
{
	unsigned int i;

	if (port == NULL)
		return;
	for (i = 0; i < FILE_COUNT; i++)
		if (port->files[i] >= 0)
			close(port->files[i]);
	free(port);
}
