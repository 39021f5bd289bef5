/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generator: sends stamped UDP frames out of port 0, as fast as the port takes them or at a rate.
 *
 * Its buffers come from a pool that nobody else uses, and drivers that copy (virtio-user, memif, af_packet, af_xdp) or only count (null) give them back
 * as they were. So headers, lengths and magic are written once per buffer and trial: a buffer whose `hash.usr` (which no transmit path touches) holds
 * the number of the current template carries it already, and a packet costs the stores of its stamp. Do not send from this pool through a driver
 * that hands buffers to a reader who writes into them.
 */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_prefetch.h>
#include <rte_udp.h>

#include <arpa/inet.h>

#include "nf.h"
#include "stamp.h"
#include "tsc.h"

#define MAX_FLOWS 65536u
#define FIRST_UDP_PORT 1024
#define DISCARD_UDP_PORT 9
#define UDP_SRC_OFFSET (sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr))
/* At a rate: the longest burst is what comes due in this time, so low rates are not clumped. */
#define BURST_US 10
/* At a rate: what the port could not take in this time is given up, and counted as offered but not sent. */
#define BEHIND_MS 1
#define BEHIND_SHARED_MS 10

/* What `start` asks for. */
struct pktgen_params {
	unsigned int frame_bytes; /* without the FCS */
	unsigned int flows;
	unsigned int burst;
	double rate_pps; /* 0: as fast as the port takes them */
	struct rte_ether_addr dst_mac;
	rte_be32_t src_ip;
	rte_be32_t dst_ip;
};

static struct pktgen {
	/* The trial, as the worker sees it. */
	struct pktgen_params params;
	uint32_t template_number;
	uint16_t trial;
	unsigned int flow;
	uint64_t sequence;
	uint64_t start_tsc;
	double packets_per_tick;
	uint64_t scheduled; /* packets that the schedule has asked for so far and that were dealt with */
	uint64_t quantum;   /* do not send less than this many, at a rate */
	uint64_t behind_max;
	bool running;
	/* Made, but not yet taken by the port. */
	unsigned int first;
	unsigned int pending;
	struct rte_mbuf *mbufs[NF_MAX_BURST];

	struct rte_mempool *pool;
	struct pktgen_params next; /* written by main before `begin` */
	uint8_t headers[STAMP_OFFSET];

	nf_counter offered NF_CACHE_ALIGNED;
	nf_counter sent;
	nf_counter started;
	nf_counter stopped;
} gen NF_CACHE_ALIGNED;

/* The frame in a buffer of our pool: always at the same place, so it need not be looked up. */
static inline uint8_t *
frame_of(struct rte_mbuf *mbuf)
{
	return (uint8_t *)mbuf + sizeof(*mbuf) + RTE_PKTMBUF_HEADROOM;
}

/* Makes the headers that all frames of the trial share. */
static void
make_headers(const struct nf_port *port)
{
	const struct pktgen_params *params = &gen.params;
	struct rte_ether_hdr ether = {.dst_addr = params->dst_mac, .src_addr = port->mac, .ether_type = htons(RTE_ETHER_TYPE_IPV4)};
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = htons((uint16_t)(params->frame_bytes - sizeof(ether))),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_UDP,
		.src_addr = params->src_ip,
		.dst_addr = params->dst_ip,
	};
	struct rte_udp_hdr udp = {
		.src_port = htons(FIRST_UDP_PORT),
		.dst_port = htons(DISCARD_UDP_PORT),
		.dgram_len = htons((uint16_t)(params->frame_bytes - sizeof(ether) - sizeof(ip))),
	};

	ip.hdr_checksum = rte_ipv4_cksum(&ip);
	memcpy(gen.headers, &ether, sizeof(ether));
	memcpy(gen.headers + sizeof(ether), &ip, sizeof(ip));
	memcpy(gen.headers + UDP_SRC_OFFSET, &udp, sizeof(udp));
}

/* Makes a buffer carry the current template. */
static void __attribute__((noinline))
fill_template(struct rte_mbuf *mbuf)
{
	uint8_t *frame = frame_of(mbuf);
	uint16_t length = (uint16_t)gen.params.frame_bytes;

	rte_pktmbuf_reset(mbuf);
	mbuf->data_len = length;
	mbuf->pkt_len = length;
	memset(frame, 0, length);
	memcpy(frame, gen.headers, sizeof(gen.headers));
	stamp_mark(frame);
	mbuf->hash.usr = gen.template_number;
}

/* Makes `count` packets, in one of two versions that the compiler tells apart: with one flow there is no port number to write. */
static inline __attribute__((always_inline)) void
make_packets(unsigned int count, uint64_t now, const bool many_flows)
{
	const uint32_t template_number = gen.template_number;
	const uint16_t trial = gen.trial;
	uint64_t sequence = gen.sequence;
	unsigned int flow = gen.flow;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct rte_mbuf *mbuf = gen.mbufs[i];
		uint8_t *frame = frame_of(mbuf);

		if (i + 4 < count) {
			rte_prefetch0(gen.mbufs[i + 4]);
			rte_prefetch0(frame_of(gen.mbufs[i + 4]));
		}
		if (unlikely(mbuf->hash.usr != template_number))
			fill_template(mbuf);
		stamp_write(frame, trial, sequence++, now);
		if (many_flows) {
			rte_be16_t port = htons((uint16_t)(FIRST_UDP_PORT + flow));

			memcpy(frame + UDP_SRC_OFFSET, &port, sizeof(port));
			flow = flow + 1 == gen.params.flows ? 0 : flow + 1;
		}
	}
	gen.sequence = sequence;
	gen.flow = flow;
}

/* How many packets are due now, at a rate: 0 while they are not worth a burst. What is hopelessly late is given up. */
static unsigned int
packets_due(uint64_t now)
{
	uint64_t due = (uint64_t)((double)(now - gen.start_tsc) * gen.packets_per_tick);
	uint64_t behind = due - gen.scheduled;

	if (due <= gen.scheduled || behind < gen.quantum)
		return 0;
	if (behind > gen.behind_max) {
		gen.scheduled += behind - gen.behind_max;
		behind = gen.behind_max;
	}
	return behind < gen.params.burst ? (unsigned int)behind : gen.params.burst;
}

/* Makes the next burst; returns false when there is nothing to send. */
static bool
next_burst(uint64_t now)
{
	unsigned int count = gen.params.rate_pps > 0 ? packets_due(now) : gen.params.burst;

	if (count == 0 || rte_mempool_get_bulk(gen.pool, (void **)gen.mbufs, count) != 0)
		return false;
	if (gen.params.flows == 1)
		make_packets(count, now, false);
	else
		make_packets(count, now, true);
	gen.scheduled += count;
	gen.first = 0;
	gen.pending = count;
	return true;
}

static struct nf_turn
pktgen_turn(struct nf *nf, uint64_t now)
{
	struct nf_port *port = &nf->ports[0];
	struct nf_turn turn = {0};

	if (unlikely(!gen.running))
		return turn;
	if (gen.pending == 0 && !next_burst(now))
		return turn;
	turn.packets = rte_eth_tx_burst(port->id, 0, &gen.mbufs[gen.first], (uint16_t)gen.pending);
	gen.first += turn.packets;
	gen.pending -= turn.packets;
	turn.stalled = gen.pending > 0;
	counter_add(&gen.sent, turn.packets);
	counter_add(&port->counters.tx_packets, turn.packets);
	counter_add(&port->counters.tx_bytes, (uint64_t)turn.packets * (gen.params.frame_bytes + NF_FCS_BYTES));
	/* At full speed only what was sent was ever asked for. */
	counter_set(&gen.offered, gen.params.rate_pps > 0 ? gen.scheduled : counter_get(&gen.sent));
	return turn;
}

static void
pktgen_begin(struct nf *nf, uint64_t now)
{
	double hz = (double)tsc_hz();
	double due_in_burst_time;

	gen.params = gen.next;
	gen.trial = nf->trial;
	gen.template_number++;
	gen.flow = 0;
	gen.sequence = 0;
	gen.scheduled = 0;
	gen.start_tsc = now;
	gen.packets_per_tick = gen.params.rate_pps / hz;
	due_in_burst_time = gen.params.rate_pps * BURST_US / 1e6;
	gen.quantum = due_in_burst_time < 1 ? 1 : due_in_burst_time > gen.params.burst ? gen.params.burst : (uint64_t)due_in_burst_time;
	gen.behind_max = (uint64_t)(gen.params.rate_pps * (nf->args.yield ? BEHIND_SHARED_MS : BEHIND_MS) / 1e3) + 2 * NF_MAX_BURST;
	make_headers(&nf->ports[0]);
	counter_set(&gen.offered, 0);
	counter_set(&gen.sent, 0);
	counter_set(&gen.started, now);
	counter_set(&gen.stopped, 0);
	gen.running = true;
}

static void
pktgen_end(struct nf *nf, uint64_t now)
{
	if (gen.pending > 0) {
		rte_pktmbuf_free_bulk(&gen.mbufs[gen.first], gen.pending);
		if (gen.params.rate_pps > 0)
			counter_add(&nf->ports[0].counters.tx_unsent, gen.pending);
	}
	gen.pending = 0;
	gen.running = false;
	counter_set(&gen.stopped, now);
}

static int
pktgen_init(struct nf *nf)
{
	unsigned int count = 2 * nf->ports[0].queue_size + 2 * NF_MBUF_CACHE - 1;

	gen.pool = rte_pktmbuf_pool_create("gen", count, NF_MBUF_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (gen.pool != NULL)
		return 0;
	fprintf(stderr, "corebed-nf: no memory for %u packets: %s (more --memory-mib?)\n", count, rte_strerror(rte_errno));
	return -1;
}

/* A whole number among the parameters; one that is left out keeps its default. */
static bool
take_number(struct json_value params, const char *key, unsigned int min, unsigned int max, unsigned int *number)
{
	struct json_value value;
	uint64_t wide;

	if (!json_member(params, key, &value))
		return true;
	if (!json_to_number(value, max, &wide) || wide < min)
		return false;
	*number = (unsigned int)wide;
	return true;
}

/* An IPv4 address among the parameters. */
static bool
take_ip(struct json_value params, const char *key, rte_be32_t *ip)
{
	struct json_value value;
	char string[16];

	return !json_member(params, key, &value) || (json_to_string(value, string, sizeof(string)) && inet_pton(AF_INET, string, ip) == 1);
}

static const char *
pktgen_prepare(struct nf *nf, struct json_value json)
{
	struct pktgen_params params = {.frame_bytes = 64, .flows = 1, .burst = NF_BURST, .src_ip = htonl(0xc6120001), .dst_ip = htonl(0xc6120002)};
	struct json_value value;
	char mac[20];

	if (!take_number(json, "frameBytes", 64, nf->ports[0].mtu + 18u, &params.frame_bytes))
		return "frameBytes is from 64 to the port's MTU plus 18";
	if (!take_number(json, "flows", 1, MAX_FLOWS, &params.flows))
		return "flows is from 1 to 65536";
	if (!take_number(json, "burst", 1, NF_MAX_BURST, &params.burst))
		return "burst is from 1 to 64";
	if (json_member(json, "ratePps", &value) && !json_to_real(value, &params.rate_pps))
		return "ratePps is a number of packets per second, or 0";
	if (!json_member(json, "dstMac", &value) || !json_to_string(value, mac, sizeof(mac)) || rte_ether_unformat_addr(mac, &params.dst_mac) != 0)
		return "dstMac is a MAC address, and needed";
	if (!take_ip(json, "srcIp", &params.src_ip) || !take_ip(json, "dstIp", &params.dst_ip))
		return "srcIp and dstIp are IPv4 addresses";
	params.frame_bytes -= NF_FCS_BYTES;
	gen.next = params;
	return NULL;
}

static void
pktgen_stats(struct nf *nf, struct text *out)
{
	(void)nf;
	json_number(out, "offered", counter_get(&gen.offered));
	json_number(out, "sent", counter_get(&gen.sent));
	json_number(out, "startTsc", counter_get(&gen.started));
	json_number(out, "stopTsc", counter_get(&gen.stopped));
}

const struct nf_app app_pktgen = {
	.name = "pktgen",
	.init = pktgen_init,
	.prepare = pktgen_prepare,
	.begin = pktgen_begin,
	.turn = pktgen_turn,
	.end = pktgen_end,
	.stats = pktgen_stats,
};
