/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generator: sends stamped frames, or those of a capture, out of port 0, as fast as the port takes them or at a rate.
 *
 * Its buffers come from a pool that nobody else uses, and drivers that copy (virtio-user, memif, af_packet, af_xdp) or only count (null) give them back
 * as they were. So what all frames of a trial have in common is written once per buffer and trial: a buffer whose `hash.usr` (which no transmit path
 * touches) holds the number of the current template carries it already, and a packet costs the stores of its stamp and of what differs by size and flow.
 * Do not send from this pool through a driver that hands buffers to a reader who writes into them. virtio-user's vector path for packed rings gives buffers back
 * with its own header in front of the frame: there that is undone first.
 */
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include "lanes.h"
#include "packet_write.h"
#include "pktgen.h"
#include "schedule.h"
#include "stamp.h"
#include "tsc.h"

/* A capture's frames that are shorter than Ethernet's least (60 bytes without the FCS) are filled up with zeroes. */
#define SHORTEST_FRAME 60u
/* A template's number that no trial has. */
#define NO_TEMPLATE 0u

static struct pktgen {
	/* The trial, as the worker sees it. */
	const struct pktgen_trial *trial;
	bool moved;               /* buffers come back with a header in front of the frame */
	bool simple;              /* one flow of UDP over IPv4, frames of one size, no tag */
	unsigned int frame_bytes; /* of every frame, with the FCS; 0: they differ */
	uint32_t template_number;
	uint16_t trial_number;
	bool running;
	unsigned int flow;  /* of the next packet, in turn */
	unsigned int frame; /* of the next packet, in the cycle of sizes */
	uint64_t sequence;
	const uint8_t *record; /* of the next packet, in the capture */
	struct schedule schedule;
	struct windows windows;
	/* Made, but not yet taken by the port. */
	unsigned int first;
	unsigned int pending;
	struct rte_mbuf *mbufs[NF_MAX_BURST];
	uint32_t bytes_before[NF_MAX_BURST + 1]; /* bytes of the frames before this one, with the FCS */
	struct lanes lanes; /* of a port with several queues, in place of these three */

	struct rte_mempool *pool;
	/* One is the worker's; the main lcore prepares the other. */
	unsigned int current;
	struct pktgen_trial trials[2];

	nf_counter offered NF_CACHE_ALIGNED;
	nf_counter sent;
	nf_counter sent_bytes;
	nf_counter started;
	nf_counter stopped;
} gen NF_CACHE_ALIGNED;

/* The frame in a buffer of our pool: always at the same place, so it need not be looked up. */
static inline uint8_t *
frame_of(struct rte_mbuf *mbuf)
{
	return (uint8_t *)mbuf + sizeof(*mbuf) + RTE_PKTMBUF_HEADROOM;
}

/* Makes a buffer carry the current template. */
static void __attribute__((noinline))
fill_template(struct rte_mbuf *mbuf)
{
	const struct packet_template *made = &gen.trial->made;
	uint8_t *frame = frame_of(mbuf);

	rte_pktmbuf_reset(mbuf);
	mbuf->data_len = made->sizes[0].length;
	mbuf->pkt_len = made->sizes[0].length;
	memset(frame, 0, made->frame_length);
	memcpy(frame, made->headers, made->headers_length);
	mbuf->hash.usr = gen.template_number;
}

/* The flow of the next packet. */
static inline uint32_t
next_flow(const struct flows *flows, uint64_t sequence, unsigned int *in_turn)
{
	uint32_t flow = *in_turn;

	if (flows->table != NULL)
		return flows_of(flows, sequence);
	*in_turn = flow + 1 == flows->spec.count ? 0 : flow + 1;
	return flow;
}

/* Makes `count` packets, in one of several versions that the compiler tells apart. */
static inline __attribute__((always_inline)) void
make_packets(unsigned int count, uint64_t now, const struct packet_shape shape)
{
	const struct packet_template *made = &gen.trial->made;
	const struct genome *genome = &gen.trial->genome;
	const struct flows *flows = gen.trial->flows;
	const struct packet_size *size = &made->sizes[0];
	const uint32_t template_number = gen.template_number;
	uint64_t word = stamp_make_word(gen.trial_number, gen.sequence);
	uint64_t tsc_word = stamp_make_tsc_word(now, 0);
	unsigned int in_turn = gen.flow;
	unsigned int in_cycle = gen.frame;
	uint32_t bytes = 0;
	uint32_t flow = 0;
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
		if (shape.many_flows)
			flow = next_flow(flows, word >> 16, &in_turn);
		if (shape.many_sizes) {
			size = &made->sizes[genome->order[in_cycle]];
			in_cycle = in_cycle + 1 == genome->cycle ? 0 : in_cycle + 1;
			mbuf->data_len = size->length;
			mbuf->pkt_len = size->length;
			gen.bytes_before[i] = bytes;
			bytes += size->length + NF_FCS_BYTES;
		}
		packet_write(frame, made, size, flow, word, tsc_word | flow, shape);
		word += 1u << 16;
	}
	gen.sequence += count;
	if (shape.many_flows)
		gen.flow = in_turn;
	if (shape.many_sizes) {
		gen.bytes_before[count] = bytes;
		gen.frame = in_cycle;
	}
}

/* What is known of a trial's packets only when it runs. */
static inline __attribute__((always_inline)) void
make_other(unsigned int count, uint64_t now, const bool checksummed)
{
	const struct packet_spec *headers = &gen.trial->headers;
	const bool many_sizes = gen.trial->genome.count > 1;
	const bool by_address = headers->vary == FLOWS_VARY_ADDRESS;

	make_packets(count, now, (struct packet_shape){false, many_sizes, headers->many_flows, by_address, checksummed});
}

/* Makes `count` packets of the capture's next frames. */
static void
copy_packets(unsigned int count)
{
	const struct pcap *pcap = gen.trial->pcap;
	const struct packet_spec *headers = &gen.trial->headers;
	uint32_t bytes = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct rte_mbuf *mbuf = gen.mbufs[i];
		uint8_t *frame = frame_of(mbuf);
		uint32_t length = pcap_length(gen.record);

		memcpy(frame, pcap_frame(gen.record), length);
		gen.record = pcap_next(pcap, gen.record);
		rte_prefetch0(gen.record);
		memcpy(frame, &headers->dst_mac, sizeof(headers->dst_mac));
		memcpy(frame + sizeof(headers->dst_mac), &headers->src_mac, sizeof(headers->src_mac));
		if (length < SHORTEST_FRAME) {
			memset(frame + length, 0, SHORTEST_FRAME - length);
			length = SHORTEST_FRAME;
		}
		rte_pktmbuf_reset(mbuf);
		mbuf->data_len = (uint16_t)length;
		mbuf->pkt_len = length;
		mbuf->hash.usr = NO_TEMPLATE;
		gen.bytes_before[i] = bytes;
		bytes += length + NF_FCS_BYTES;
	}
	gen.bytes_before[count] = bytes;
}

/* Makes packets of any trial: the shapes that must be fast are compiled each by itself, the others share a version with a checksum and one without. */
static void __attribute__((noinline))
make_any(unsigned int count, uint64_t now)
{
	const struct pktgen_trial *trial = gen.trial;
	const bool many_sizes = trial->genome.count > 1;
	const bool many_flows = trial->headers.many_flows;
	const bool by_address = trial->headers.vary == FLOWS_VARY_ADDRESS;

	if (trial->pcap != NULL)
		copy_packets(count);
	else if (!trial->made.plain && trial->made.checksummed)
		make_other(count, now, true);
	else if (!trial->made.plain)
		make_other(count, now, false);
	else if (!many_sizes && !by_address)
		make_packets(count, now, (struct packet_shape){.plain = true, .many_flows = true});
	else if (!many_sizes)
		make_packets(count, now, (struct packet_shape){.plain = true, .many_flows = true, .by_address = true});
	else if (!many_flows)
		make_packets(count, now, (struct packet_shape){.plain = true, .many_sizes = true});
	else if (!by_address)
		make_packets(count, now, (struct packet_shape){.plain = true, .many_sizes = true, .many_flows = true});
	else
		make_packets(count, now, (struct packet_shape){.plain = true, .many_sizes = true, .many_flows = true, .by_address = true});
}

/* Makes frames begin where they began, once the driver has given their buffers back. */
static void __attribute__((noinline))
move_back(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		gen.mbufs[i]->data_off = RTE_PKTMBUF_HEADROOM;
		gen.mbufs[i]->data_len = (uint16_t)gen.mbufs[i]->pkt_len;
	}
}

/* Makes the next burst; returns false when there is nothing to send. */
static bool
next_burst(uint64_t now)
{
	unsigned int count = schedule_due(&gen.schedule, now);

	if (count == 0 || rte_mempool_get_bulk(gen.pool, (void **)gen.mbufs, count) != 0)
		return false;
	if (unlikely(gen.moved))
		move_back(count);
	/* A direct call is what keeps the simplest traffic fastest. */
	if (gen.simple)
		make_packets(count, now, (struct packet_shape){.plain = true});
	else
		make_any(count, now);
	gen.schedule.scheduled += count;
	gen.first = 0;
	gen.pending = count;
	return true;
}

/* Bytes of `count` frames from `first` on, with the FCS. */
static inline uint64_t
bytes_of(unsigned int first, unsigned int count)
{
	if (gen.frame_bytes != 0)
		return (uint64_t)count * gen.frame_bytes;
	return gen.bytes_before[first + count] - gen.bytes_before[first];
}

/* Where the stamps of a trial are in its frames: 0 for a capture's, which have none. */
static unsigned int
stamp_offset(const struct pktgen_trial *trial)
{
	if (trial->pcap != NULL)
		return 0;
	return trial->made.plain ? STAMP_PLAIN_OFFSET : trial->made.stamp;
}

/* Offers what was made to the only queue of the port; returns how much it took, with its bytes. */
static inline unsigned int
send_burst(const struct nf_port *port, uint64_t *bytes)
{
	unsigned int sent = rte_eth_tx_burst(port->id, 0, &gen.mbufs[gen.first], (uint16_t)gen.pending);

	*bytes = bytes_of(gen.first, sent);
	gen.first += sent;
	return sent;
}

static struct nf_turn
pktgen_turn(struct nf *nf, uint64_t now)
{
	struct nf_port *port = &nf->ports[0];
	struct nf_turn turn = {0};
	uint64_t bytes;

	if (unlikely(!gen.running))
		return turn;
	windows_close(&gen.windows, now, counter_get(&gen.sent));
	if (gen.pending == 0) {
		if (!next_burst(now)) {
			if (unlikely(gen.schedule.scheduled == gen.schedule.end)) {
				gen.running = false;
				counter_set(&gen.stopped, now);
			}
			return turn;
		}
		if (unlikely(port->queues > 1))
			lanes_deal(&gen.lanes, port->queues, gen.mbufs, gen.pending, stamp_offset(gen.trial));
	}
	turn.packets = likely(port->queues == 1) ? send_burst(port, &bytes) : lanes_send(&gen.lanes, port, &bytes);
	gen.pending -= turn.packets;
	turn.stalled = gen.pending > 0;
	counter_add(&gen.sent, turn.packets);
	counter_add(&gen.sent_bytes, bytes);
	counter_add(&port->counters.tx_packets, turn.packets);
	counter_add(&port->counters.tx_bytes, bytes);
	/* At full speed only what was sent was ever asked for. */
	counter_set(&gen.offered, schedule_has_rate(&gen.schedule) ? gen.schedule.scheduled : counter_get(&gen.sent));
	return turn;
}

static void
pktgen_begin(struct nf *nf, uint64_t now)
{
	const struct pktgen_trial *trial;

	gen.current = 1 - gen.current;
	gen.trial = trial = &gen.trials[gen.current];
	gen.moved = strstr(nf->ports[0].tx_path, "vectorized") != NULL;
	gen.simple = trial->pcap == NULL && trial->made.plain && trial->genome.count == 1 && !trial->headers.many_flows;
	gen.frame_bytes = trial->pcap == NULL && trial->genome.count == 1 ? trial->genome.bytes[0] : 0;
	gen.trial_number = nf->trial;
	if (++gen.template_number == NO_TEMPLATE)
		gen.template_number++;
	gen.flow = 0;
	gen.frame = 0;
	gen.sequence = 0;
	gen.record = trial->pcap == NULL ? NULL : trial->pcap->first;
	schedule_begin(&gen.schedule, now, trial->rate_pps, (double)tsc_hz(), trial->burst, trial->packets, nf->args.yield);
	windows_begin(&gen.windows, now, tsc_hz());
	counter_set(&gen.offered, 0);
	counter_set(&gen.sent, 0);
	counter_set(&gen.sent_bytes, 0);
	counter_set(&gen.started, now);
	counter_set(&gen.stopped, 0);
	gen.running = true;
}

static void
pktgen_end(struct nf *nf, uint64_t now)
{
	if (gen.running) {
		windows_close(&gen.windows, now, counter_get(&gen.sent));
		if (schedule_has_rate(&gen.schedule)) {
			schedule_give_up(&gen.schedule, schedule_due_by(&gen.schedule, now));
			counter_set(&gen.offered, gen.schedule.scheduled);
		}
		counter_set(&gen.stopped, now);
	}
	if (gen.pending > 0) {
		if (nf->ports[0].queues > 1)
			lanes_drop(&gen.lanes, nf->ports[0].queues);
		else
			rte_pktmbuf_free_bulk(&gen.mbufs[gen.first], gen.pending);
		if (schedule_has_rate(&gen.schedule))
			counter_add(&nf->ports[0].counters.tx_unsent, gen.pending);
	}
	gen.pending = 0;
	gen.running = false;
}

static int
pktgen_init(struct nf *nf)
{
	gen.pool = port_pool("gen", &nf->args.ports[0]);
	return gen.pool == NULL ? -1 : 0;
}

static const char *
pktgen_prepare(struct nf *nf, struct json_value params)
{
	return pktgen_prepare_trial(&gen.trials[1 - gen.current], &gen.trials[gen.current], &nf->ports[0], params);
}

static void
pktgen_stats(struct nf *nf, struct text *out)
{
	(void)nf;
	json_number(out, "offered", counter_get(&gen.offered));
	json_number(out, "sent", counter_get(&gen.sent));
	json_number(out, "sentBytes", counter_get(&gen.sent_bytes));
	json_number(out, "startTsc", counter_get(&gen.started));
	json_number(out, "stopTsc", counter_get(&gen.stopped));
	json_open(out, "windows", '{');
	json_number(out, "count", counter_get(&gen.windows.count));
	json_number(out, "minSent", counter_get(&gen.windows.min_sent));
	json_number(out, "maxSent", counter_get(&gen.windows.max_sent));
	json_close(out, '}');
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
