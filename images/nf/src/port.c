/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_errno.h>

#include "driver_log.h"
#include "netif.h"
#include "nf.h"

/* A memif's client tries once, and a server that is there but not yet ready turns it away: it is tried again until then. */
#define MEMIF_TRY_MS 50
#define MEMIF_WAIT_MS 15000

/* The name that eal.c gave a port's device. */
static void
device_name(char *name, size_t size, enum nf_driver driver, unsigned int index)
{
	static const char *const prefixes[] = {
		[NF_VIRTIO_USER] = "net_virtio_user", [NF_AF_PACKET] = "net_af_packet", [NF_AF_XDP] = "net_af_xdp",
		[NF_MEMIF] = "net_memif",	      [NF_NULL] = "net_null",		[NF_RING] = "net_ring",
	};

	snprintf(name, size, "%s%u", prefixes[driver], index);
}

/* Large buffers are few: less of them may lie in the cache. */
#define JUMBO_MBUF_CACHE 64u

/* Buffers for full rings, what the cache may hoard, and the bursts that are under way in a forwarder's other port. */
struct rte_mempool *
port_pool(const char *name, const struct nf_port_spec *spec)
{
	const bool jumbo = spec->mtu > RTE_ETHER_MTU;
	const unsigned int cache = jumbo ? JUMBO_MBUF_CACHE : NF_MBUF_CACHE;
	const unsigned int count = 2 * spec->queues * spec->queue_size + 2 * cache - 1;
	const unsigned int room = jumbo ? NF_JUMBO_BYTES + RTE_PKTMBUF_HEADROOM : RTE_MBUF_DEFAULT_BUF_SIZE;
	struct rte_mempool *pool = rte_pktmbuf_pool_create(name, count, cache, 0, (uint16_t)room, SOCKET_ID_ANY);

	if (pool == NULL)
		fprintf(stderr, "corebed-nf: no memory for %u buffers of %u bytes: %s (more --memory-mib?)\n", count, room, rte_strerror(rte_errno));
	return pool;
}

/* Whether the device is one that wants to be told how long frames may be; others take what fits their buffers. */
static bool
wants_mtu(const struct rte_eth_dev_info *info, const struct nf_port_spec *spec)
{
	return spec->mtu > RTE_ETHER_MTU && spec->driver == NF_VIRTIO_USER && spec->mtu <= info->max_mtu;
}

static bool
is_memif_client(const struct nf_port_spec *spec)
{
	return spec->driver == NF_MEMIF && !spec->server;
}

/* Whether the port has its peer. */
static bool
is_up(const struct nf_port *port)
{
	struct rte_eth_link link = {0};

	return rte_eth_link_get_nowait(port->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

/* Connects a memif's client, whatever its server is busy with. No worker runs yet: the device may be stopped and started. */
static int
memif_connect(const struct nf_port *port)
{
	unsigned int waited;

	for (waited = 0; waited < MEMIF_WAIT_MS; waited += MEMIF_TRY_MS) {
		unsigned int i;

		if (access(port->spec->path, F_OK) == 0 && rte_eth_dev_start(port->id) == 0) {
			for (i = 0; i < MEMIF_TRY_MS && !is_up(port); i++)
				rte_delay_us_sleep(1000);
			if (is_up(port))
				return 0;
			rte_eth_dev_stop(port->id);
		} else {
			rte_delay_us_sleep(MEMIF_TRY_MS * 1000);
		}
	}
	fprintf(stderr, "corebed-nf: nobody answers at the other end of memif %s after %d s\n", port->spec->path, MEMIF_WAIT_MS / 1000);
	return -ETIMEDOUT;
}

/* Configures one device with its queues and starts it. */
static int
port_start(struct nf_port *port, unsigned int index)
{
	struct rte_eth_conf conf = {.txmode = {.offloads = 0}};
	struct rte_eth_dev_info info;
	uint16_t rx_slots = (uint16_t)port->spec->queue_size;
	uint16_t tx_slots = rx_slots;
	uint16_t queue;
	struct rte_mempool *pool;
	char name[32];
	int rc;

	snprintf(name, sizeof(name), "rx%u", index);
	pool = port_pool(name, port->spec);
	if (pool == NULL)
		return -rte_errno;
	device_name(name, sizeof(name), port->spec->driver, index);
	rc = rte_eth_dev_get_port_by_name(name, &port->id);
	if (rc != 0)
		return rc;
	/* A vhost-user server takes a new peer only once it has learnt, by this interrupt, that the old one is gone. */
	rc = rte_eth_dev_info_get(port->id, &info);
	if (rc == 0)
		conf.intr_conf.lsc = (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0;
	if (rc == 0 && wants_mtu(&info, port->spec))
		conf.rxmode.mtu = port->spec->mtu;
	if (rc == 0)
		rc = rte_eth_dev_configure(port->id, port->queues, port->queues, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_slots, &tx_slots);
	for (queue = 0; rc == 0 && queue < port->queues; queue++) {
		rc = rte_eth_rx_queue_setup(port->id, queue, rx_slots, SOCKET_ID_ANY, NULL, pool);
		if (rc == 0)
			rc = rte_eth_tx_queue_setup(port->id, queue, tx_slots, SOCKET_ID_ANY, NULL);
	}
	if (rc == 0 && !is_memif_client(port->spec))
		rc = rte_eth_dev_start(port->id);
	port->queue_size = rx_slots;
	return rc;
}

/* Reads back what the device is: its address (unless the port has one of its own) and MTU, and the kernel's side of it. */
static void
port_identify(struct nf_port *port)
{
	const struct nf_port_spec *spec = port->spec;

	if (spec->has_mac)
		port->mac = spec->mac;
	else
		rte_eth_macaddr_get(port->id, &port->mac);
	if (rte_eth_dev_get_mtu(port->id, &port->mtu) != 0)
		port->mtu = RTE_ETHER_MTU;
	port->mtu = (uint16_t)RTE_MAX(spec->mtu, (unsigned int)port->mtu);
	/* The kernel refuses longer packets, whatever the ring has room for. */
	if (spec->iface[0] != '\0' && netif_mtu(spec->iface) != 0)
		port->mtu = (uint16_t)RTE_MIN((unsigned int)port->mtu, netif_mtu(spec->iface));
	if (spec->iface[0] != '\0')
		port->kernel = kernel_port_open(spec->iface);
}

int
ports_start(struct nf *nf)
{
	unsigned int i;

	for (i = 0; i < nf->args.port_count; i++) {
		struct nf_port *port = &nf->ports[i];
		int rc;

		port->spec = &nf->args.ports[i];
		port->queues = (uint16_t)port->spec->queues;
		driver_log_begin(nf);
		rc = port_start(port, i);
		driver_log_end();
		if (rc != 0) {
			fprintf(stderr, "corebed-nf: port %u (%s) did not start: %s%s\n", i, spec_driver_name(port->spec->driver),
				rte_strerror(-rc), rc == -ENOMEM ? " (more --memory-mib?)" : "");
			return rc;
		}
		port_identify(port);
		nf->may_nap = (i == 0 || nf->may_nap) && nf->app->receives && port->kernel != NULL;
		nf->port_count++;
	}
	/* After all that others may wait for. */
	for (i = 0; i < nf->port_count; i++)
		if (is_memif_client(nf->ports[i].spec) && memif_connect(&nf->ports[i]) != 0)
			return -ETIMEDOUT;
	return 0;
}

void
ports_stop(struct nf *nf)
{
	unsigned int i;

	for (i = 0; i < nf->port_count; i++) {
		kernel_port_close(nf->ports[i].kernel);
		rte_eth_dev_stop(nf->ports[i].id);
		rte_eth_dev_close(nf->ports[i].id);
	}
	nf->port_count = 0;
}
