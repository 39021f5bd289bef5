/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "addresses.h"

/* Reads an IPv4 address, if it is there; false if what is there is none. */
static bool
read_ip(struct json_value entry, const char *key, bool *found, rte_be32_t *ip)
{
	struct json_value value;
	char string[INET_ADDRSTRLEN];

	*found = json_member(entry, key, &value);
	return !*found || (json_to_string(value, string, sizeof(string)) && inet_pton(AF_INET, string, ip) == 1);
}

/* Reads `rewrite`, what leaves by which port with which addresses. */
static const char *
read_rewrites(struct addresses *next, unsigned int ports, struct json_value params, bool *given)
{
	struct json_value list, entry, value;
	unsigned int i;

	*given = false;
	if (json_member(params, "rewrite", &list)) {
		if (!json_is(list, '['))
			return "rewrite is an array";
		for (i = 0; json_element(list, i, &entry); i++) {
			bool with_src, with_dst;
			uint64_t port;
			char mac[20];

			if (!json_member(entry, "port", &value) || !json_to_number(value, ports - 1, &port))
				return "rewrite names a port that is not there";
			if (!json_member(entry, "dstMac", &value) || !json_to_string(value, mac, sizeof(mac)) ||
			    rte_ether_unformat_addr(mac, &next[port].dst) != 0)
				return "rewrite wants a dstMac";
			if (!read_ip(entry, "srcIp", &with_src, &next[port].src_ip) ||
			    !read_ip(entry, "dstIp", &with_dst, &next[port].dst_ip) || with_src != with_dst)
				return "rewrite wants both srcIp and dstIp, as IPv4 addresses, or neither";
			next[port].rewrite_ip = with_src;
			next[port].rewrite = true;
			*given = true;
		}
	}
	return NULL;
}

const char *
addresses_read(struct addresses *next, unsigned int ports, struct json_value params)
{
	struct json_value value;
	const char *problem;
	char mode[12] = "";
	bool given;

	memset(next, 0, ports * sizeof(*next));
	problem = read_rewrites(next, ports, params, &given);
	if (problem != NULL)
		return problem;
	if (json_member(params, "mode", &value)) {
		if (!json_to_string(value, mode, sizeof(mode)) || (strcmp(mode, "rewrite") != 0 && strcmp(mode, "macswap") != 0))
			return "mode is rewrite or macswap";
		if ((strcmp(mode, "rewrite") == 0) != given)
			return "addresses in rewrite go with mode rewrite, which needs them";
	}
	return NULL;
}
