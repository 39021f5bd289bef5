/* SPDX-License-Identifier: Apache-2.0 */
/* Ports with several queues: how they are asked for, and that every packet of a burst leaves by the queue of its flow, in order and counted. */
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>

#include "../src/lanes.h"
#include "../src/stamp.h"
#include "check.h"

#define STAMP_AT 42u
#define BURST 32u

/* A buffer with a stamped frame in it, without a pool. */
struct packet {
	struct rte_mbuf mbuf;
	uint8_t frame[128];
};

static struct packet packets[BURST];
static struct rte_mbuf *burst[BURST];

/* Flow k of packet k, and lengths that differ. */
static void
make_burst(void)
{
	unsigned int i;

	for (i = 0; i < BURST; i++) {
		memset(&packets[i], 0, sizeof(packets[i]));
		packets[i].mbuf.buf_addr = packets[i].frame;
		packets[i].mbuf.pkt_len = 60 + i;
		stamp_write(packets[i].frame + STAMP_AT, stamp_make_word(1, i), stamp_make_tsc_word(1, i * 7));
		burst[i] = &packets[i].mbuf;
	}
}

/* What a lane holds is what it should, in order. */
static void
test_deal(unsigned int queues, bool stamped)
{
	static struct lanes lanes;
	unsigned int queue, i, dealt = 0;

	make_burst();
	lanes_deal(&lanes, queues, burst, BURST, stamped ? STAMP_AT : 0);
	for (queue = 0; queue < queues; queue++) {
		const struct lane *lane = &lanes.lane[queue];
		uint64_t bytes = 0;
		unsigned int next = 0;

		for (i = 0; i < BURST; i++) {
			if ((stamped ? i * 7 % queues : 0) != queue)
				continue;
			check(lane->mbufs[next] == burst[i], "a packet is in the lane of its flow, in order", i, BURST);
			check_equal("bytes before it", bytes, lane->bytes_before[next]);
			bytes += 60 + i + NF_FCS_BYTES;
			next++;
		}
		check_equal("packets of a lane", next, lane->end - lane->first);
		check_equal("bytes of a lane", bytes, lane->bytes_before[next]);
		dealt += next;
	}
	check_equal("packets dealt", BURST, dealt);
}

/* What is said about a --port. */
static void
test_spec(const char *text, const char *wanted, unsigned int queues)
{
	struct nf_port_spec spec;
	const char *problem = spec_parse(&spec, text);

	if (wanted != NULL)
		check_problem(text, wanted, problem);
	else
		check_equal(text, queues, problem == NULL ? spec.queues : 0);
}

int
main(void)
{
	unsigned int queues;

	for (queues = 1; queues <= NF_MAX_QUEUES; queues++) {
		test_deal(queues, true);
		test_deal(queues, false);
	}
	test_spec("driver=virtio-user,path=/a", NULL, 1);
	test_spec("driver=virtio-user,path=/a,queues=8,packed_vq=1", NULL, 8);
	test_spec("driver=virtio-user,path=/a,queues=9", "a number is malformed or out of range", 0);
	test_spec("driver=virtio-user,path=/a,queues=0", "a number is malformed or out of range", 0);
	test_spec("driver=memif,socket=/a,queues=2", "only virtio-user has several queues", 0);
	test_spec("driver=null,queues=2", "only virtio-user has several queues", 0);
	return checks_end("queues");
}
