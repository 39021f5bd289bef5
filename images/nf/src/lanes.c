/* SPDX-License-Identifier: Apache-2.0 */
#include "lanes.h"

#include <rte_ethdev.h>

#include "stamp.h"

void
lanes_deal(struct lanes *lanes, unsigned int queues, struct rte_mbuf **mbufs, unsigned int count, unsigned int stamp)
{
	unsigned int i;

	for (i = 0; i < queues; i++) {
		lanes->lane[i].first = 0;
		lanes->lane[i].end = 0;
		lanes->lane[i].bytes_before[0] = 0;
	}
	for (i = 0; i < count; i++) {
		const uint32_t flow = stamp == 0 ? 0 : stamp_flow(rte_pktmbuf_mtod_offset(mbufs[i], const uint8_t *, stamp));
		struct lane *lane = &lanes->lane[flow % queues];

		lane->mbufs[lane->end] = mbufs[i];
		lane->bytes_before[lane->end + 1] = lane->bytes_before[lane->end] + mbufs[i]->pkt_len + NF_FCS_BYTES;
		lane->end++;
	}
}

unsigned int
lanes_send(struct lanes *lanes, const struct nf_port *port, uint64_t *bytes)
{
	unsigned int sent = 0;
	unsigned int i;

	*bytes = 0;
	for (i = 0; i < port->queues; i++) {
		struct lane *lane = &lanes->lane[i];
		unsigned int taken;

		if (lane->first == lane->end)
			continue;
		taken = rte_eth_tx_burst(port->id, (uint16_t)i, &lane->mbufs[lane->first], (uint16_t)(lane->end - lane->first));
		*bytes += lane->bytes_before[lane->first + taken] - lane->bytes_before[lane->first];
		lane->first += taken;
		sent += taken;
	}
	return sent;
}

void
lanes_drop(struct lanes *lanes, unsigned int queues)
{
	unsigned int i;

	for (i = 0; i < queues; i++) {
		struct lane *lane = &lanes->lane[i];

		rte_pktmbuf_free_bulk(&lane->mbufs[lane->first], lane->end - lane->first);
		lane->first = lane->end;
	}
}
