/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>

#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "nf.h"
#include "packet.h"
#include "stamp.h"

#define HOP_LIMIT 64
#define SMALLEST_FRAME_BYTES 64u

/* Bytes of the headers up to the stamp. */
static unsigned int
headers_bytes(const struct packet_spec *spec)
{
	return (unsigned int)(sizeof(struct rte_ether_hdr) + (spec->vlan != 0 ? sizeof(struct rte_vlan_hdr) : 0) +
			      (spec->ipv6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr)) +
			      (spec->tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr)));
}

unsigned int
packet_min_bytes(const struct packet_spec *spec)
{
	return RTE_MAX(SMALLEST_FRAME_BYTES, headers_bytes(spec) + STAMP_BYTES + NF_FCS_BYTES);
}

/* The sum of the 16-bit words of some bytes; their number is even. */
static uint32_t
sum_of(const uint8_t *bytes, unsigned int count)
{
	uint32_t sum = 0;
	unsigned int i;

	for (i = 0; i < count; i += 2) {
		uint16_t word;

		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	return sum;
}

/* Writes the IP header for the smallest frame; returns its length. */
static unsigned int
put_ip(struct packet_template *made, uint8_t *at, const struct packet_spec *spec, const struct packet_size *size)
{
	const uint8_t protocol = spec->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	struct rte_ipv4_hdr v4 = {.version_ihl = RTE_IPV4_VHL_DEF, .time_to_live = HOP_LIMIT, .next_proto_id = protocol, .total_length = size->ip_length};
	struct rte_ipv6_hdr v6 = {.vtc_flow = htonl(6u << 28), .hop_limits = HOP_LIMIT, .proto = protocol, .payload_len = size->ip_length};
	const unsigned int address_bytes = spec->ipv6 ? 16 : 4;
	const unsigned int length = spec->ipv6 ? sizeof(v6) : sizeof(v4);
	uint8_t *src = at + length - 2 * address_bytes;

	memcpy(at, spec->ipv6 ? (const void *)&v6 : (const void *)&v4, length);
	memcpy(src, spec->src_ip, address_bytes);
	memcpy(src + address_bytes, spec->dst_ip, address_bytes);
	made->src_address = (uint16_t)(src + address_bytes - 4 - made->headers);
	made->dst_address = (uint16_t)(made->src_address + address_bytes);
	made->ip_length = (uint16_t)(at - made->headers + (spec->ipv6 ? 4 : 2));
	made->ip_checksum = spec->ipv6 ? 0 : (uint16_t)(at - made->headers + 10);
	memcpy(&made->src_low, made->headers + made->src_address, 4);
	memcpy(&made->dst_low, made->headers + made->dst_address, 4);
	made->src_low = ntohl(made->src_low);
	made->dst_low = ntohl(made->dst_low);
	return length;
}

/* Writes the transport header of flow 0 and the stamp's magic. A TCP segment acknowledges something, as all but the first of a connection do. */
static void
put_transport(struct packet_template *made, uint8_t *at, const struct packet_spec *spec, const struct packet_size *size)
{
	struct rte_udp_hdr udp = {.dgram_len = size->transport_length};
	struct rte_tcp_hdr tcp = {.data_off = 5 << 4, .tcp_flags = RTE_TCP_ACK_FLAG, .rx_win = 0xffff};
	const uint32_t ports = packet_ports(0);
	const unsigned int length = spec->tcp ? sizeof(tcp) : sizeof(udp);

	memcpy(at, spec->tcp ? (const void *)&tcp : (const void *)&udp, length);
	memcpy(at, &ports, sizeof(ports));
	stamp_mark(at + length);
	made->transport = (uint16_t)(at - made->headers);
	made->checksum = (uint16_t)(made->transport + (spec->tcp ? 16 : 6));
	made->stamp = (uint16_t)(made->transport + length);
	made->headers_length = (uint16_t)(made->stamp + 2);
}

/* Writes all headers, with lengths for the smallest frame. */
static void
put_headers(struct packet_template *made, const struct packet_spec *spec, const struct packet_size *size)
{
	struct rte_ether_hdr ether = {.dst_addr = spec->dst_mac, .src_addr = spec->src_mac};
	struct rte_vlan_hdr tag = {.vlan_tci = htons(spec->vlan)};
	uint16_t type = htons(spec->ipv6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	uint8_t *at = made->headers;

	ether.ether_type = spec->vlan != 0 ? htons(RTE_ETHER_TYPE_VLAN) : type;
	memcpy(at, &ether, sizeof(ether));
	at += sizeof(ether);
	if (spec->vlan != 0) {
		tag.eth_proto = type;
		memcpy(at, &tag, sizeof(tag));
		at += sizeof(tag);
	}
	at += put_ip(made, at, spec, size);
	put_transport(made, at, spec, size);
}

/* Works out a size's sums: over headers in which nothing that differs by size, or by flow, is left. */
static void
sum_size(const struct packet_template *made, const struct packet_spec *spec, const uint8_t *bare, struct packet_size *size)
{
	const unsigned int address_bytes = spec->ipv6 ? 16 : 4;
	const unsigned int addresses = made->dst_address + 4 - 2 * address_bytes;
	const unsigned int ip = spec->ipv6 ? 0 : addresses - 12u;

	size->ip_sum = spec->ipv6 ? 0 : sum_of(bare + ip, sizeof(struct rte_ipv4_hdr)) + size->ip_length;
	size->transport_sum = sum_of(bare + addresses, 2 * address_bytes) + htons(spec->tcp ? IPPROTO_TCP : IPPROTO_UDP) + size->transport_length +
			      sum_of(bare + made->transport, made->headers_length - made->transport) + (spec->tcp ? 0 : size->transport_length);
}

void
packet_make_template(struct packet_template *made, const struct packet_spec *spec, const struct genome *genome)
{
	const unsigned int before_ip = sizeof(struct rte_ether_hdr) + (spec->vlan != 0 ? sizeof(struct rte_vlan_hdr) : 0);
	const unsigned int ip_bytes = spec->ipv6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	uint8_t bare[PACKET_HEADERS_MAX];
	uint16_t ip_checksum;
	unsigned int i;

	memset(made, 0, sizeof(*made));
	made->ipv6 = spec->ipv6;
	made->tcp = spec->tcp;
	made->plain = !spec->ipv6 && !spec->tcp && spec->vlan == 0;
	made->checksummed = spec->ipv6 || spec->tcp;
	made->frame_length = (uint16_t)(genome->bytes[genome->count - 1] - NF_FCS_BYTES);
	for (i = 0; i < genome->count; i++) {
		struct packet_size *size = &made->sizes[i];

		size->length = (uint16_t)(genome->bytes[i] - NF_FCS_BYTES);
		size->transport_length = htons((uint16_t)(size->length - before_ip - ip_bytes));
		size->ip_length = htons((uint16_t)(size->length - before_ip - (spec->ipv6 ? ip_bytes : 0)));
	}
	put_headers(made, spec, &made->sizes[0]);
	memcpy(bare, made->headers, sizeof(bare));
	memset(bare + made->ip_length, 0, 2);
	if (!spec->tcp)
		memset(bare + made->transport + 4, 0, 2);
	if (spec->many_flows && spec->vary == FLOWS_VARY_PORT)
		memset(bare + made->transport, 0, 4);
	if (spec->many_flows && spec->vary == FLOWS_VARY_ADDRESS) {
		memset(bare + made->src_address, 0, 4);
		memset(bare + made->dst_address, 0, 4);
	}
	for (i = 0; i < genome->count; i++)
		sum_size(made, spec, bare, &made->sizes[i]);
	if (spec->ipv6)
		return;
	/* The header as it stands, of the smallest frame of flow 0. */
	ip_checksum = packet_checksum(sum_of(made->headers + before_ip, ip_bytes));
	memcpy(made->headers + made->ip_checksum, &ip_checksum, sizeof(ip_checksum));
}
