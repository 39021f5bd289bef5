/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nf.h"

static const char *const driver_names[] = {
	[NF_VIRTIO_USER] = "virtio-user", [NF_AF_PACKET] = "af_packet", [NF_AF_XDP] = "af_xdp",
	[NF_MEMIF] = "memif",		  [NF_NULL] = "null",		[NF_RING] = "ring",
};

#define DRIVER_COUNT (sizeof(driver_names) / sizeof(driver_names[0]))

const char *
spec_driver_name(enum nf_driver driver)
{
	return driver_names[driver];
}

/* Copies a value that must fit and not be empty. */
static const char *
copy(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);

	if (length == 0 || length >= size)
		return "a value is empty or too long";
	memcpy(to, from, length + 1);
	return NULL;
}

/* A whole number from `min` to `max`. */
static const char *
number(unsigned int *to, const char *from, unsigned int min, unsigned int max)
{
	char *end;
	unsigned long value = strtoul(from, &end, 10);

	if (*from < '0' || *from > '9' || *end != '\0' || value < min || value > max)
		return "a number is malformed or out of range";
	*to = (unsigned int)value;
	return NULL;
}

/* Sets the driver by its name. */
static const char *
set_driver(struct nf_port_spec *spec, const char *name)
{
	unsigned int i;

	for (i = 0; i < DRIVER_COUNT; i++) {
		if (strcmp(name, driver_names[i]) == 0) {
			spec->driver = (enum nf_driver)i;
			return NULL;
		}
	}
	return "unknown driver";
}

/* Adds a devarg that is handed on to the driver as it is. */
static const char *
add_option(struct nf_port_spec *spec, const char *key, const char *value)
{
	size_t used = strlen(spec->options);
	int length = snprintf(spec->options + used, sizeof(spec->options) - used, ",%s=%s", key, value);

	return length > 0 && (size_t)length < sizeof(spec->options) - used ? NULL : "too many driver options";
}

/* Whether the driver knows a devarg that is ours to pass on, for tuning and for experiments. */
static bool
is_driver_option(const char *key)
{
	static const char *const known[] = {
		"mrg_rxbuf", "in_order", "packed_vq", "vectorized", "blocksz",	 "framesz",	"framecnt", "qdisc_bypass",
		"bsize",     "copy",	 "size",      "force_copy", "busy_budget", "start_queue", "no-rx", "zero-copy",
	};
	unsigned int i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(key, known[i]) == 0)
			return true;
	return false;
}

/* Takes one key=value. */
static const char *
set(struct nf_port_spec *spec, const char *key, const char *value)
{
	struct in_addr address;
	unsigned int flag = 0;

	if (strcmp(key, "driver") == 0)
		return set_driver(spec, value);
	if (strcmp(key, "path") == 0 || strcmp(key, "socket") == 0)
		return copy(spec->path, sizeof(spec->path), value);
	if (strcmp(key, "iface") == 0)
		return copy(spec->iface, sizeof(spec->iface), value);
	if (strcmp(key, "ip") == 0)
		return inet_pton(AF_INET, value, &address) == 1 ? copy(spec->ip, sizeof(spec->ip), value) : "ip is no IPv4 address";
	if (strcmp(key, "mac") == 0) {
		spec->has_mac = true;
		return rte_ether_unformat_addr(value, &spec->mac) == 0 ? NULL : "mac is no MAC address";
	}
	if (strcmp(key, "queue_size") == 0)
		return number(&spec->queue_size, value, 64, 32768);
	if (strcmp(key, "queues") == 0)
		return number(&spec->queues, value, 1, NF_MAX_QUEUES);
	if (strcmp(key, "mtu") == 0)
		return number(&spec->mtu, value, 1500, NF_MAX_MTU);
	if (strcmp(key, "id") == 0)
		return number(&spec->id, value, 0, UINT32_MAX);
	if (strcmp(key, "server") == 0) {
		const char *problem = number(&flag, value, 0, 1);

		spec->server = flag == 1;
		return problem;
	}
	if (strcmp(key, "role") == 0) {
		spec->server = strcmp(value, "server") == 0;
		return spec->server || strcmp(value, "client") == 0 ? NULL : "role is server or client";
	}
	return is_driver_option(key) ? add_option(spec, key, value) : "unknown key";
}

/* Checks that the driver has what it needs, and nothing that it cannot use. */
static const char *
check(const struct nf_port_spec *spec)
{
	bool on_kernel = spec->driver == NF_AF_PACKET || spec->driver == NF_AF_XDP;
	bool on_socket = spec->driver == NF_VIRTIO_USER || spec->driver == NF_MEMIF;

	if (on_socket != (spec->path[0] != '\0'))
		return "path= (or socket=) goes with virtio-user and memif, which need it";
	if (on_kernel != ((spec->iface[0] != '\0') != (spec->ip[0] != '\0')))
		return "either iface= or ip= goes with af_packet and af_xdp, which need one of them";
	if ((spec->queue_size & (spec->queue_size - 1)) != 0)
		return "queue_size is a power of two";
	if (spec->queues > 1 && spec->driver != NF_VIRTIO_USER)
		return "only virtio-user has several queues";
	return NULL;
}

const char *
spec_parse(struct nf_port_spec *spec, const char *text)
{
	char line[512];
	char *rest = line;
	char *part;
	const char *problem = copy(line, sizeof(line), text);

	memset(spec, 0, sizeof(*spec));
	spec->queue_size = 1024;
	spec->queues = 1;
	spec->server = true;
	if (problem != NULL)
		return problem;
	if (strncmp(line, "driver=", 7) != 0)
		return "it starts with driver=";
	while ((part = strsep(&rest, ",")) != NULL) {
		char *equals = strchr(part, '=');

		if (equals == NULL)
			return "it is key=value, separated by commas";
		*equals = '\0';
		problem = set(spec, part, equals + 1);
		if (problem != NULL)
			return problem;
	}
	return check(spec);
}
