/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the receiver does with a burst. One reading of the clock serves all of it.
 *
 * The usual burst is of one trial, in order, and its frames are alike: that is one condition, for which every packet adds its differences from what was
 * expected to one word, without a branch. Then the burst is counted as a whole. Any other burst is looked at packet by packet, with sums in registers:
 * a counter in memory that every packet adds to would make each wait for the last.
 *
 * With many flows the figures of each packet's flow are asked for while the rest of the burst is looked at, and counted after that.
 */
#include <stddef.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include "receiver.h"
#include "stamp.h"

/* The least length that has a stamp where it is expected. */
#define PLAIN_LENGTH (STAMP_PLAIN_OFFSET + STAMP_BYTES)

/* A packet whose flow is yet to be counted. */
struct taken {
	uint64_t sequence;
	uint32_t flow;
	uint32_t bytes;
	enum sequence_kind kind;
};

/* What the packets of a burst add up to. */
struct sums {
	uint64_t packets; /* of this trial */
	uint64_t bytes;   /* of those */
	uint64_t odd;     /* frames that are not UDP over IPv4 with a stamp */
	uint64_t foreign;
	uint64_t foreign_bytes;
	uint64_t stale;
	uint64_t next;
};

/* Latencies of a burst. Packets in a row that were stamped together are equally late, and make a run. */
struct latencies {
	uint64_t sum;
	uint64_t min;
	uint64_t max;
	uint64_t run_tsc;
	unsigned int run_packets;
};

/* The frame in a buffer. */
static inline const uint8_t *
frame_of(const struct rte_mbuf *mbuf)
{
	return rte_pktmbuf_mtod(mbuf, const uint8_t *);
}

/* Ends a run of packets. */
static inline void
end_run(struct receiver *receiver, struct latencies *latencies, uint64_t now)
{
	uint64_t age = stamp_age(now + receiver->tsc_ahead, latencies->run_tsc);
	/* The clocks of two CPUs may be a few ticks apart: what seems to have come before it was sent took no time. */
	uint64_t latency = likely(age <= STAMP_TSC_MASK / 2) ? age : 0;

	if (latencies->run_packets == 0)
		return;
	counter_add(&receiver->latency.buckets[histogram_index(latency)], latencies->run_packets);
	latencies->sum += latency * latencies->run_packets;
	latencies->min = RTE_MIN(latencies->min, latency);
	latencies->max = RTE_MAX(latencies->max, latency);
	latencies->run_packets = 0;
}

/* Takes in when a packet was stamped. */
static inline void
take_tsc(struct receiver *receiver, struct latencies *latencies, uint64_t tsc, uint64_t now)
{
	if (tsc != latencies->run_tsc) {
		end_run(receiver, latencies, now);
		latencies->run_tsc = tsc;
	}
	latencies->run_packets++;
}

/* Counts how long after the last packet this burst came: its first packet waited that long, the others came with it. */
static inline void
count_inter_arrival(struct receiver *receiver, uint64_t packets, uint64_t now)
{
	struct histogram *histogram = &receiver->inter_arrival;
	uint64_t last = counter_get(&receiver->last_tsc);

	if (likely(last != 0))
		histogram_add(histogram, now - last, 1);
	if (packets > 1)
		histogram_add(histogram, 0, packets - 1);
}

/* Counts the packets of this trial in a burst, of which there are some. */
static inline void
count_packets(struct receiver *receiver, uint64_t packets, uint64_t bytes, const struct latencies *latencies, uint64_t now)
{
	count_inter_arrival(receiver, packets, now);
	if (unlikely(counter_get(&receiver->first_tsc) == 0))
		counter_set(&receiver->first_tsc, now);
	counter_set(&receiver->last_tsc, now);
	counter_add(&receiver->received, packets);
	counter_add(&receiver->received_bytes, bytes);
	counter_set(&receiver->next, receiver->sequence.next);
	histogram_add_sums(&receiver->latency, packets, latencies->sum, latencies->min, latencies->max);
}

/* Counts the protocols of a frame that is not the usual one, and finds its stamp; NULL if it has none. */
static const uint8_t * __attribute__((noinline))
look_closer(struct receiver *receiver, const uint8_t *frame, uint32_t length)
{
	struct headers headers = headers_read(frame, length);
	unsigned int i;

	for (i = 0; i < HEADERS_KINDS; i++)
		if ((headers.kinds >> i & 1) != 0)
			counter_add(&receiver->kinds[i], 1);
	if (headers.payload == 0 || headers.payload + STAMP_BYTES > length || !stamp_present(frame + headers.payload))
		return NULL;
	return frame + headers.payload;
}

/* The stamp of a frame; NULL if it has none. */
static inline const uint8_t *
find_stamp(struct receiver *receiver, struct sums *sums, const struct rte_mbuf *mbuf)
{
	const uint8_t *frame = frame_of(mbuf);
	const uint8_t *stamp = frame + STAMP_PLAIN_OFFSET;

	if (likely(mbuf->data_len >= PLAIN_LENGTH && headers_plain_udp(frame) && stamp_present(stamp)))
		return stamp;
	sums->odd++;
	return look_closer(receiver, frame, mbuf->data_len);
}

/* Follows the sequence; the expected number lives in the sums meanwhile. */
static inline enum sequence_kind
take_sequence(struct receiver *receiver, struct sums *sums, uint64_t number)
{
	enum sequence_kind kind;

	if (likely(number == sums->next)) {
		sums->next++;
		return SEQUENCE_AHEAD;
	}
	receiver->sequence.next = sums->next;
	kind = sequence_surprise(&receiver->sequence, number);
	sums->next = receiver->sequence.next;
	return kind;
}

/* Takes a burst packet by packet, whatever is in it. */
static void __attribute__((noinline))
take_one_by_one(struct receiver *receiver, struct rte_mbuf **mbufs, unsigned int count, uint64_t now)
{
	const bool many_flows = flow_table_many(&receiver->flows);
	struct sums sums = {.next = receiver->sequence.next};
	struct latencies latencies = {.min = UINT64_MAX};
	struct taken taken[NF_BURST];
	unsigned int i;

	for (i = 0; i < count; i++) {
		const uint8_t *stamp = find_stamp(receiver, &sums, mbufs[i]);
		uint32_t bytes = mbufs[i]->pkt_len + NF_FCS_BYTES;
		uint64_t word;

		if (stamp == NULL) {
			sums.foreign++;
			sums.foreign_bytes += bytes;
			continue;
		}
		word = stamp_word(stamp);
		if (unlikely((uint16_t)word != receiver->trial)) {
			sums.stale++;
			continue;
		}
		taken[sums.packets] = (struct taken){.sequence = word >> 16, .flow = stamp_flow(stamp), .bytes = bytes};
		taken[sums.packets].kind = take_sequence(receiver, &sums, word >> 16);
		if (many_flows)
			flow_table_prefetch(&receiver->flows, taken[sums.packets].flow);
		take_tsc(receiver, &latencies, stamp_tsc(stamp), now);
		sums.packets++;
		sums.bytes += bytes;
	}
	end_run(receiver, &latencies, now);
	counter_add(&receiver->plain, count - sums.odd);
	counter_add(&receiver->foreign, sums.foreign);
	counter_add(&receiver->foreign_bytes, sums.foreign_bytes);
	counter_add(&receiver->stale, sums.stale);
	receiver->sequence.next = sums.next;
	if (sums.packets > 0)
		count_packets(receiver, sums.packets, sums.bytes, &latencies, now);
	for (i = 0; many_flows && i < sums.packets; i++)
		flow_table_count(&receiver->flows, taken[i].flow, taken[i].sequence, taken[i].bytes, taken[i].kind);
}

/*
 * How a burst differs from the usual one: 0 if its frames are all as the first one but for their addresses, source ports and stamps, and the stamps are of this
 * trial and carry the next numbers. `tscs` gets the differences between the stamps' second words. What is compared is the mbuf's two lengths; ether type
 * to protocol (12 to 23); destination port to magic (36 to 43); trial and number (44 to 51).
 */
static inline uint64_t
differences(const struct receiver *receiver, struct rte_mbuf **mbufs, unsigned int count, uint64_t *tscs)
{
	const uint8_t *first = frame_of(mbufs[0]);
	const uint64_t lengths = stamp_load((const uint8_t *)&mbufs[0]->pkt_len);
	const uint64_t type = stamp_load(first + 12);
	const uint64_t protocol = stamp_load(first + 16);
	const uint64_t magic = stamp_load(first + 36);
	const uint64_t tsc = stamp_load(first + 52);
	uint64_t expected = stamp_make_word(receiver->trial, receiver->sequence.next);
	uint64_t sum = 0;
	unsigned int i;

	*tscs = 0;
	for (i = 0; i < count; i++) {
		const uint8_t *frame = frame_of(mbufs[i]);

		sum |= stamp_load((const uint8_t *)&mbufs[i]->pkt_len) ^ lengths;
		sum |= stamp_load(frame + 12) ^ type;
		sum |= stamp_load(frame + 16) ^ protocol;
		sum |= stamp_load(frame + 36) ^ magic;
		sum |= stamp_load(frame + 44) ^ expected;
		*tscs |= stamp_load(frame + 52) ^ tsc;
		expected += 1u << 16;
	}
	return sum;
}

/* Counts a usual burst. */
static inline void
take_together(struct receiver *receiver, struct rte_mbuf **mbufs, unsigned int count, uint64_t tscs, uint64_t now)
{
	const uint64_t first = receiver->sequence.next;
	const uint32_t bytes = mbufs[0]->pkt_len + NF_FCS_BYTES;
	struct latencies latencies = {.min = UINT64_MAX, .run_tsc = stamp_tsc(frame_of(mbufs[0]) + STAMP_PLAIN_OFFSET), .run_packets = count};
	unsigned int i;

	if (flow_table_many(&receiver->flows))
		for (i = 0; i < count; i++)
			flow_table_prefetch(&receiver->flows, stamp_flow(frame_of(mbufs[i]) + STAMP_PLAIN_OFFSET));
	if (tscs >> STAMP_FLOW_BITS != 0) {
		latencies.run_packets = 0;
		for (i = 0; i < count; i++)
			take_tsc(receiver, &latencies, stamp_tsc(frame_of(mbufs[i]) + STAMP_PLAIN_OFFSET), now);
	}
	end_run(receiver, &latencies, now);
	receiver->sequence.next = first + count;
	counter_add(&receiver->plain, count);
	count_packets(receiver, count, (uint64_t)count * bytes, &latencies, now);
	if (flow_table_many(&receiver->flows))
		for (i = 0; i < count; i++)
			flow_table_count(&receiver->flows, stamp_flow(frame_of(mbufs[i]) + STAMP_PLAIN_OFFSET), first + i, bytes, SEQUENCE_AHEAD);
}

/* Counts the sizes of a burst's frames, one by one. */
static uint64_t
count_sizes(struct receiver *receiver, struct rte_mbuf **mbufs, unsigned int count)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		uint32_t size = mbufs[i]->pkt_len + NF_FCS_BYTES;

		counter_add(&receiver->sizes[RTE_MIN(size, RECEIVER_MAX_SIZE)], 1);
		bytes += size;
	}
	return bytes;
}

uint64_t
receiver_take(struct receiver *receiver, struct rte_mbuf **mbufs, unsigned int count, uint64_t now)
{
	const uint32_t size = mbufs[0]->pkt_len + NF_FCS_BYTES;
	uint64_t tscs;

	if (likely(mbufs[0]->data_len >= PLAIN_LENGTH && headers_plain_udp(frame_of(mbufs[0])) &&
		   stamp_present(frame_of(mbufs[0]) + STAMP_PLAIN_OFFSET) && differences(receiver, mbufs, count, &tscs) == 0)) {
		counter_add(&receiver->sizes[RTE_MIN(size, RECEIVER_MAX_SIZE)], count);
		take_together(receiver, mbufs, count, tscs, now);
		return (uint64_t)count * size;
	}
	take_one_by_one(receiver, mbufs, count, now);
	return count_sizes(receiver, mbufs, count);
}

void
receiver_clear(struct receiver *receiver, uint16_t trial)
{
	unsigned int i;

	receiver->trial = trial;
	counter_set(&receiver->received, 0);
	counter_set(&receiver->received_bytes, 0);
	counter_set(&receiver->foreign, 0);
	counter_set(&receiver->foreign_bytes, 0);
	counter_set(&receiver->stale, 0);
	counter_set(&receiver->next, 0);
	counter_set(&receiver->first_tsc, 0);
	counter_set(&receiver->last_tsc, 0);
	counter_set(&receiver->plain, 0);
	for (i = 0; i < HEADERS_KINDS; i++)
		counter_set(&receiver->kinds[i], 0);
	for (i = 0; i <= RECEIVER_MAX_SIZE; i++)
		counter_set(&receiver->sizes[i], 0);
	sequence_clear(&receiver->sequence);
	histogram_clear(&receiver->latency);
	histogram_clear(&receiver->inter_arrival);
}
