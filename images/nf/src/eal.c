/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "netif.h"
#include "nf.h"

/* Two for each port at most, and what all NFs have. */
#define MAX_ARGUMENTS (2 * NF_MAX_PORTS + 20)
#define ARGUMENT_SIZE 512
#define INTERFACE_WAIT_MS 5000
/* Drivers of network cards lie apart: to load them takes longer than all the rest of an NF's start, and most have no card. */
#define NIC_DRIVERS "/usr/lib/corebed/nic-drivers"

struct eal_arguments {
	char *list[MAX_ARGUMENTS + 1];
	int count;
	char text[MAX_ARGUMENTS][ARGUMENT_SIZE];
};

/* Adds one argument. */
static void __attribute__((format(printf, 2, 3)))
add(struct eal_arguments *arguments, const char *format, ...)
{
	va_list values;
	char *text = arguments->text[arguments->count];

	va_start(values, format);
	vsnprintf(text, ARGUMENT_SIZE, format, values);
	va_end(values);
	arguments->list[arguments->count++] = text;
}

/* Finds the kernel interface of a port. */
static int
find_interface(struct nf_port_spec *spec)
{
	bool found = spec->iface[0] != '\0' ? netif_wait(spec->iface, INTERFACE_WAIT_MS)
					    : netif_find(spec->ip, spec->iface, sizeof(spec->iface), INTERFACE_WAIT_MS);

	if (found)
		return 0;
	fprintf(stderr, "corebed-nf: no interface %s%s after %d ms\n", spec->ip[0] != '\0' ? "with address " : "named ",
		spec->ip[0] != '\0' ? spec->ip : spec->iface, INTERFACE_WAIT_MS);
	return -ENODEV;
}

/* Adds the --vdev of a port. Drivers' defaults are kept out of the way of options given on the command line: those come last and win by being the only ones. */
static int
add_device(struct eal_arguments *arguments, unsigned int index, struct nf_port_spec *spec)
{
	/* The driver takes slots to be one after another, so a block of whole pages must hold a whole number of them: four in nine pages. */
	static const char jumbo_ring[] = ",framesz=" RTE_STR(NF_JUMBO_BYTES) ",blocksz=36864,framecnt=1024";
	const bool jumbo = spec->mtu > RTE_ETHER_MTU;
	char mac[RTE_ETHER_ADDR_FMT_SIZE + 8] = "";

	if (spec->has_mac) {
		memcpy(mac, ",mac=", 6);
		rte_ether_format_addr(mac + 5, RTE_ETHER_ADDR_FMT_SIZE, &spec->mac);
	}
	switch (spec->driver) {
	case NF_VIRTIO_USER:
		if (spec->server)
			unlink(spec->path);
		add(arguments, "--vdev=net_virtio_user%u,path=%s%s,queue_size=%u,queues=%u%s%s%s", index, spec->path, mac, spec->queue_size,
		    spec->queues, spec->server ? ",server=1" : "", strstr(spec->options, "mrg_rxbuf") != NULL ? "" : ",mrg_rxbuf=0", spec->options);
		return 0;
	case NF_AF_PACKET:
		if (find_interface(spec) != 0)
			return -ENODEV;
		add(arguments, "--vdev=net_af_packet%u,iface=%s%s%s%s%s%s", index, spec->iface, jumbo ? jumbo_ring : "",
		    jumbo || strstr(spec->options, "framecnt") != NULL ? "" : ",framecnt=4096",
		    jumbo || strstr(spec->options, "blocksz") != NULL ? "" : ",blocksz=65536",
		    strstr(spec->options, "qdisc_bypass") != NULL ? "" : ",qdisc_bypass=1", spec->options);
		return 0;
	case NF_AF_XDP:
		if (find_interface(spec) != 0)
			return -ENODEV;
		add(arguments, "--vdev=net_af_xdp%u,iface=%s%s", index, spec->iface, spec->options);
		return 0;
	case NF_MEMIF:
		if (spec->server)
			unlink(spec->path);
		/* The socket is a file, not an abstract name: containers share a directory, not a network namespace. */
		add(arguments, "--vdev=net_memif%u,socket=%s,socket-abstract=no,role=%s,id=%u,rsize=%d%s%s%s", index, spec->path,
		    spec->server ? "server" : "client", spec->id, __builtin_ctz(spec->queue_size), mac,
		    jumbo ? ",bsize=" RTE_STR(NF_JUMBO_BYTES) : "", spec->options);
		return 0;
	case NF_DEVICE:
		if (spec_is_pci(spec)) {
			add(arguments, "-a");
			add(arguments, "%s%s", spec->device, spec->options);
			return 0;
		}
		if (find_interface(spec) != 0)
			return -ENODEV;
		add(arguments, "--vdev=%s,iface=%s%s", spec->device, spec->iface, spec->options);
		return 0;
	case NF_RING:
		add(arguments, "--vdev=net_ring%u", index);
		return 0;
	case NF_NULL:
	default:
		add(arguments, "--vdev=net_null%u%s", index, spec->options);
		return 0;
	}
}

static bool
any_pci(const struct nf_args *args)
{
	unsigned int i;

	for (i = 0; i < args->port_count; i++)
		if (spec_is_pci(&args->ports[i]))
			return true;
	return false;
}

/* Whether a port is to use packed rings with vectors: the driver does so with AVX-512 only, which DPDK leaves alone unless told otherwise. */
static bool
wants_avx512(const struct nf_args *args)
{
	unsigned int i;

	for (i = 0; i < args->port_count; i++)
		if (strstr(args->ports[i].options, "packed_vq=1") != NULL && strstr(args->ports[i].options, "vectorized=1") != NULL)
			return true;
	return false;
}

int
eal_start(struct nf_args *args)
{
	static struct eal_arguments arguments;
	unsigned int i;

	add(&arguments, "corebed-nf");
	add(&arguments, "--lcores=%d@%u,%d@%u", NF_MAIN_LCORE, args->main_cpu, NF_WORKER_LCORE, args->cpu);
	add(&arguments, "--main-lcore=%d", NF_MAIN_LCORE);
	add(&arguments, "-m");
	add(&arguments, "%u", args->memory_mib);
	if (args->no_huge) {
		add(&arguments, "--no-huge");
		add(&arguments, "--no-shconf");
	} else {
		/* Anonymous huge pages, one descriptor for each list: vhost-user hands descriptors over, eight at most. */
		add(&arguments, "--in-memory");
		add(&arguments, "--single-file-segments");
	}
	/* A list of allowed devices keeps EAL off all others; without one it would take whatever card it can. */
	if (any_pci(args))
		add(&arguments, "-d%s", NIC_DRIVERS);
	else
		add(&arguments, "--no-pci");
	/* Its figures are served by the control socket; this saves a thread. */
	add(&arguments, "--no-telemetry");
	add(&arguments, "--log-level=lib.eal:4");
	if (wants_avx512(args))
		add(&arguments, "--force-max-simd-bitwidth=512");
	/* Memifs first: theirs are the sockets that others come to, and virtio-user waits for its switch, which may wait for those others. */
	for (i = 0; i < 2 * args->port_count; i++) {
		struct nf_port_spec *spec = &args->ports[i % args->port_count];

		if ((spec->driver == NF_MEMIF) != (i < args->port_count))
			continue;
		if (add_device(&arguments, i % args->port_count, spec) != 0)
			return -ENODEV;
	}
	if (rte_eal_init(arguments.count, arguments.list) < 0) {
		fprintf(stderr, "corebed-nf: the DPDK environment did not start: %s\n", rte_strerror(rte_errno));
		return -rte_errno;
	}
	return 0;
}
