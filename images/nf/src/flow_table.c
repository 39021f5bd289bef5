/* SPDX-License-Identifier: Apache-2.0 */
#include "flow_table.h"

/* How many flows are told of by themselves. */
#define TOP_FLOWS 10u

/* A flow in a list of the most of something. */
struct entry {
	uint32_t flow;
	uint64_t lost;
	uint64_t rank; /* what it is in the list for */
	struct flow_figures figures;
};

/* The flows with the most of something, in that order; among equals those with the lower number. */
struct top {
	unsigned int count;
	struct entry list[TOP_FLOWS];
};

/* What all flows add up to. */
struct totals {
	uint64_t seen;
	uint64_t expected;
	uint64_t with_loss;
	uint64_t lost;
	uint64_t reordered;
	uint64_t duplicates;
	struct top top;   /* by packets */
	struct top worst; /* by packets lost */
};

/* Puts a flow where it belongs, if it does. */
static void
top_add(struct top *top, const struct entry *entry, uint64_t rank)
{
	unsigned int at = top->count;

	if (rank == 0 || (at == TOP_FLOWS && rank <= top->list[at - 1].rank))
		return;
	at = at < TOP_FLOWS ? top->count++ : at - 1;
	for (; at > 0 && top->list[at - 1].rank < rank; at--)
		top->list[at] = top->list[at - 1];
	top->list[at] = *entry;
	top->list[at].rank = rank;
}

/* Adds one flow, of which `sent` packets were sent. */
static void
totals_add(struct totals *totals, uint32_t number, uint64_t sent, const struct flow_figures *figures)
{
	uint64_t distinct = figures->packets - figures->duplicates;
	struct entry entry = {.flow = number, .lost = sent > distinct ? sent - distinct : 0, .figures = *figures};

	totals->seen += figures->packets != 0;
	totals->expected += sent != 0;
	totals->with_loss += entry.lost != 0;
	totals->lost += entry.lost;
	totals->reordered += figures->reordered;
	totals->duplicates += figures->duplicates;
	top_add(&totals->top, &entry, figures->packets);
	top_add(&totals->worst, &entry, entry.lost);
}

/* Writes a list of flows. */
static void
put_top(struct text *out, const char *key, const struct top *top)
{
	unsigned int i;

	json_open(out, key, '[');
	for (i = 0; i < top->count; i++) {
		const struct entry *entry = &top->list[i];

		json_open(out, NULL, '{');
		json_number(out, "flow", entry->flow);
		json_number(out, "packets", entry->figures.packets);
		json_number(out, "bytes", entry->figures.bytes);
		json_number(out, "lost", entry->lost);
		json_number(out, "reordered", entry->figures.reordered);
		json_number(out, "duplicates", entry->figures.duplicates);
		json_close(out, '}');
	}
	json_close(out, ']');
}

/* Reads what the worker counts of a flow. */
static struct flow_figures
read_flow(const struct flow *flow)
{
	return (struct flow_figures){
		.packets = counter_get(&flow->packets),
		.bytes = counter_get(&flow->bytes),
		.reordered = atomic_load_explicit(&flow->reordered, memory_order_relaxed),
		.duplicates = atomic_load_explicit(&flow->duplicates, memory_order_relaxed),
	};
}

void
flow_table_put(const struct flow_table *table, uint64_t next, const struct flow_figures *all, struct text *out)
{
	const struct flows *flows = &table->flows[table->pages.used];
	uint64_t *sent = table->sent.at;
	struct totals totals = {0};
	uint32_t i;

	if (!table->wanted[table->pages.used])
		return;
	if (table->list == NULL)
		totals_add(&totals, 0, next, all);
	else
		flows_sent_each(flows, next, sent);
	for (i = 0; i < table->count; i++) {
		struct flow_figures figures = read_flow(&table->list[i]);

		totals_add(&totals, i, sent[i], &figures);
	}
	json_open(out, "flows", '{');
	json_number(out, "seen", totals.seen);
	json_number(out, "expected", totals.expected);
	json_number(out, "withLoss", totals.with_loss);
	json_number(out, "lost", totals.lost);
	json_number(out, "reordered", totals.reordered);
	json_number(out, "duplicates", totals.duplicates);
	put_top(out, "top", &totals.top);
	put_top(out, "worst", &totals.worst);
	json_close(out, '}');
}

const char *
flow_table_prepare(struct flow_table *table, struct json_value params)
{
	unsigned int next = table->pages.used ^ 1;
	struct flows_spec spec;
	struct json_value value;
	const char *problem = flows_read(params, &spec);
	uint32_t count = spec.count > 1 ? spec.count : 0;

	table->wanted[next] = false;
	if (problem == NULL)
		problem = flows_init(&table->flows[next], &spec);
	if (problem != NULL)
		return problem;
	if ((pages_prepare(&table->pages, count * sizeof(struct flow)) == NULL || !pages_get(&table->sent, count * sizeof(uint64_t))) && count != 0)
		return "there is no memory for the figures of so many flows";
	table->wanted[next] = json_member(params, "flows", &value);
	return NULL;
}

void
flow_table_begin(struct flow_table *table)
{
	table->list = pages_begin(&table->pages);
	table->count = table->list != NULL ? table->flows[table->pages.used].spec.count : 0;
}
