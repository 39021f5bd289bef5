/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "drop_rules.h"
#include "headers.h"
#include "stamp.h"

enum { FIELD_FLOW = 1u << 0, FIELD_SRC_PORT = 1u << 1, FIELD_DST_PORT = 1u << 2, FIELD_PROTOCOL = 1u << 3 };

/* Whether a frame has all that the rule names. */
static bool
fits(const struct drop_rule *rule, const struct headers *headers, const uint8_t *frame, uint32_t length)
{
	const uint8_t *stamp = frame + headers->payload;
	bool stamped = headers->payload != 0 && headers->payload + STAMP_BYTES <= length && stamp_present(stamp);

	if ((rule->fields & FIELD_PROTOCOL) != 0 && (headers->network == 0 || headers->protocol != rule->protocol))
		return false;
	if ((rule->fields & (FIELD_SRC_PORT | FIELD_DST_PORT)) != 0 && headers->transport == 0)
		return false;
	if ((rule->fields & FIELD_SRC_PORT) != 0 && headers_load16(frame + headers->transport) != rule->src_port)
		return false;
	if ((rule->fields & FIELD_DST_PORT) != 0 && headers_load16(frame + headers->transport + 2) != rule->dst_port)
		return false;
	return (rule->fields & FIELD_FLOW) == 0 || (stamped && stamp_flow(stamp) < rule->flow_below);
}

/* Whether some rule drops a frame. */
static bool
is_dropped(struct drop_rules *rules, const struct rte_mbuf *mbuf)
{
	const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	struct headers headers = headers_read(frame, mbuf->data_len);
	unsigned int i;

	for (i = 0; i < rules->count; i++) {
		struct drop_rule *rule = &rules->list[i];

		if (!fits(rule, &headers, frame, mbuf->data_len) || ++rule->seen < rule->every)
			continue;
		rule->seen = 0;
		return true;
	}
	return false;
}

unsigned int
drop_rules_apply(struct drop_rules *rules, struct rte_mbuf **mbufs, unsigned int count)
{
	unsigned int left = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (is_dropped(rules, mbufs[i]))
			rte_pktmbuf_free(mbufs[i]);
		else
			mbufs[left++] = mbufs[i];
	}
	return left;
}

/* Reads an IP protocol: by name or number. */
static bool
read_protocol(struct json_value value, uint8_t *protocol)
{
	char name[8];
	uint64_t number;

	if (json_to_number(value, UINT8_MAX, &number)) {
		*protocol = (uint8_t)number;
		return true;
	}
	if (!json_to_string(value, name, sizeof(name)))
		return false;
	*protocol = strcmp(name, "udp") == 0 ? IPPROTO_UDP : strcmp(name, "tcp") == 0 ? IPPROTO_TCP : strcmp(name, "icmp") == 0 ? IPPROTO_ICMP : 0;
	return *protocol != 0;
}

/* Reads a whole number that may be left out; false when it is there and wrong. */
static bool
read_field(struct json_value object, const char *key, uint64_t max, unsigned int field, unsigned int *fields, uint32_t *number)
{
	struct json_value value;
	uint64_t wide;

	if (!json_member(object, key, &value))
		return true;
	*fields |= field;
	if (!json_to_number(value, max, &wide))
		return false;
	*number = (uint32_t)wide;
	return true;
}

/* Reads one rule. */
static const char *
read_rule(struct drop_rule *rule, struct json_value object)
{
	struct json_value value;
	bool limited;

	rule->every = 1;
	limited = json_member(object, "every", &value);
	if (limited && (!json_to_number(value, UINT32_MAX, &rule->every) || rule->every == 0))
		return "every of a drop rule is a number from 1 on";
	if (!read_field(object, "flowBelow", 1u << 24, FIELD_FLOW, &rule->fields, &rule->flow_below))
		return "flowBelow of a drop rule is the number of a flow";
	if (!read_field(object, "srcPort", UINT16_MAX, FIELD_SRC_PORT, &rule->fields, &rule->src_port) ||
	    !read_field(object, "dstPort", UINT16_MAX, FIELD_DST_PORT, &rule->fields, &rule->dst_port))
		return "srcPort and dstPort of a drop rule are from 0 to 65535";
	if (json_member(object, "protocol", &value)) {
		if (!read_protocol(value, &rule->protocol))
			return "protocol of a drop rule is udp, tcp, icmp or a number from 0 to 255";
		rule->fields |= FIELD_PROTOCOL;
	}
	return limited || rule->fields != 0 ? NULL : "a drop rule wants every, flowBelow, srcPort, dstPort or protocol";
}

const char *
drop_rules_read(struct drop_rules *rules, struct json_value params)
{
	struct json_value list, object;
	const char *problem = NULL;

	memset(rules, 0, sizeof(*rules));
	if (!json_member(params, "drop", &list))
		return NULL;
	if (!json_is(list, '['))
		return "drop is an array";
	while (problem == NULL && json_element(list, rules->count, &object)) {
		if (!json_is(object, '{'))
			return "a drop rule is an object";
		if (rules->count == DROP_RULES_MAX)
			return "drop has at most 16 rules";
		problem = read_rule(&rules->list[rules->count++], object);
	}
	return problem;
}
