/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the generator's frames against headers and checksums that are worked out byte by byte. `make check` builds and runs it. */
#include <arpa/inet.h>

#include "../src/packet_write.h"
#include "check.h"

/* A number of 16 bits in network byte order. */
static unsigned int
load16(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

/* Adds bytes to a sum of 16-bit numbers in network byte order, as RFC 1071 explains it. */
static uint32_t
add_bytes(uint32_t sum, const uint8_t *at, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Checks one frame by walking through it. */
static void
check_frame(const uint8_t *frame, unsigned int length, const struct packet_spec *spec, uint32_t flow, uint64_t sequence)
{
	const unsigned int address_bytes = spec->ipv6 ? 16 : 4;
	const unsigned int src_shift = spec->many_flows && spec->vary == FLOWS_VARY_ADDRESS ? flow % 1024 : 0;
	const unsigned int dst_shift = spec->many_flows && spec->vary == FLOWS_VARY_ADDRESS ? flow / 1024 : 0;
	const unsigned int port_flow = spec->many_flows && spec->vary == FLOWS_VARY_PORT ? flow : 0;
	const uint8_t *at = frame + 12;
	const uint8_t *addresses, *transport, *stamp;
	unsigned int transport_length, transport_bytes;
	uint32_t sum;

	check_equal("destination MAC", 0, (uint64_t)memcmp(frame, &spec->dst_mac, 6));
	check_equal("source MAC", 0, (uint64_t)memcmp(frame + 6, &spec->src_mac, 6));
	if (spec->vlan != 0) {
		check_equal("tag", 0x8100, load16(at));
		check_equal("VLAN", spec->vlan, load16(at + 2));
		at += 4;
	}
	check_equal("type", spec->ipv6 ? 0x86dd : 0x0800, load16(at));
	at += 2;
	addresses = at + (spec->ipv6 ? 8 : 12);
	transport = addresses + 2 * address_bytes;
	transport_length = (unsigned int)(frame + length - transport);
	check_equal("version", spec->ipv6 ? 0x60 : 0x45, at[0]);
	check_equal("protocol", spec->tcp ? 6 : 17, at[spec->ipv6 ? 6 : 9]);
	check_equal("IP length", spec->ipv6 ? transport_length : transport_length + 20, load16(at + (spec->ipv6 ? 4 : 2)));
	if (!spec->ipv6)
		check_equal("IPv4 checksum", 0xffff, add_bytes(0, at, 20));
	check_equal("source address", (load16(spec->src_ip + address_bytes - 2) & 0xfc00) | ((load16(spec->src_ip + address_bytes - 2) + src_shift) & 0x3ff),
		    load16(addresses + address_bytes - 2));
	check_equal("destination address",
		    (load16(spec->dst_ip + address_bytes - 2) & 0xfc00) | ((load16(spec->dst_ip + address_bytes - 2) + dst_shift) & 0x3ff),
		    load16(addresses + 2 * address_bytes - 2));
	check_equal("rest of the source", 0, (uint64_t)memcmp(addresses, spec->src_ip, address_bytes - 2));
	check_equal("rest of the destination", 0, (uint64_t)memcmp(addresses + address_bytes, spec->dst_ip, address_bytes - 2));
	check_equal("source port", 1024 + port_flow % 60000, load16(transport));
	check_equal("destination port", 9 + port_flow / 60000, load16(transport + 2));
	transport_bytes = spec->tcp ? 20 : 8;
	if (spec->tcp)
		check_equal("TCP header", 5, transport[12] >> 4);
	else
		check_equal("UDP length", transport_length, load16(transport + 4));
	if (spec->tcp || spec->ipv6) {
		sum = add_bytes(0, addresses, 2 * address_bytes);
		sum = add_bytes(sum + (spec->tcp ? 6 : 17) + transport_length, transport, transport_length);
		check_equal("transport checksum", 0xffff, sum);
		check(load16(transport + (spec->tcp ? 16 : 6)) != 0, "a checksum is there", 1, 0);
	} else {
		check_equal("no UDP checksum", 0, load16(transport + 6));
	}
	stamp = transport + transport_bytes;
	check(stamp + STAMP_BYTES <= frame + length && stamp_present(stamp), "stamp", 1, 0);
	check_equal("sequence and trial", sequence << 16 | 77, stamp_word(stamp));
	check_equal("flow", flow, stamp_flow(stamp));
	check_equal("TSC", 0x89abcdef01, stamp_tsc(stamp));
	for (at = stamp + STAMP_BYTES; at < frame + length; at++)
		check_equal("padding", 0, *at);
}

/* Makes frames of one kind in a buffer that is used again and again, as the generator does. */
static void
check_frames(const struct packet_spec *spec, const struct genome *genome)
{
	static uint8_t frame[9100];
	static struct packet_template made;
	const uint32_t flow_count = spec->many_flows ? FLOWS_MAX : 1;
	unsigned int i;

	packet_make_template(&made, spec, genome);
	memset(frame, 0, sizeof(frame));
	memcpy(frame, made.headers, made.headers_length);
	for (i = 0; i < 600; i++) {
		const struct packet_size *size = &made.sizes[genome->order[i % genome->cycle]];
		const uint64_t sequence = i * 123456789ull;
		const uint32_t flow = (uint32_t)(i * 7919ull * 211 % flow_count);
		const struct packet_shape shape = {made.plain, genome->count > 1, spec->many_flows, spec->vary == FLOWS_VARY_ADDRESS, made.checksummed};

		packet_write(frame, &made, size, flow, stamp_make_word(77, sequence), stamp_make_tsc_word(0x123489abcdef01, flow), shape);
		check_frame(frame, size->length, spec, flow, sequence);
	}
}

static void
test_packets(void)
{
	static const unsigned int least[2][2][2] = {{{64, 76}, {84, 96}}, {{68, 80}, {88, 100}}};
	struct packet_spec spec = {.src_mac = {{2, 0, 0, 0, 0, 1}}, .dst_mac = {{2, 0, 0, 0, 0, 2}}};
	unsigned int kind;
	char text[200];

	for (kind = 0; kind < 64; kind++) {
		struct genome genome;
		unsigned int min;

		spec.vlan = kind & 1 ? 4094 : 0;
		spec.ipv6 = (kind & 2) != 0;
		spec.tcp = (kind & 4) != 0;
		spec.many_flows = (kind & 8) != 0;
		spec.vary = kind & 16 ? FLOWS_VARY_ADDRESS : FLOWS_VARY_PORT;
		inet_pton(spec.ipv6 ? AF_INET6 : AF_INET, spec.ipv6 ? "2001:2::ffff:ffff" : "198.18.255.255", spec.src_ip);
		inet_pton(spec.ipv6 ? AF_INET6 : AF_INET, spec.ipv6 ? "2001:2::9876" : "198.19.3.4", spec.dst_ip);
		min = packet_min_bytes(&spec);
		check_equal("smallest frame", least[spec.vlan != 0][spec.ipv6][spec.tcp], min);
		snprintf(text, sizeof(text), "{\"frames\":[{\"bytes\":%u,\"weight\":3}%s]}", min, kind & 32 ? ",{\"bytes\":1518},{\"bytes\":9018,\"weight\":2}" : "");
		genome = genome_of(text);
		check_frames(&spec, &genome);
	}
}

int
main(void)
{
	test_packets();
	return checks_end("packets");
}
