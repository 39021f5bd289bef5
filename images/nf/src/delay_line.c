/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdlib.h>

#include "delay_line.h"

bool
delay_line_init(struct delay_line *line, unsigned int capacity)
{
	line->entries = calloc(capacity, sizeof(*line->entries));
	line->capacity = line->entries == NULL ? 0 : capacity;
	line->count = 0;
	line->order = 0;
	return line->entries != NULL;
}

static bool
is_before(const struct delay_entry *one, const struct delay_entry *other)
{
	return one->due != other->due ? one->due < other->due : one->order < other->order;
}

bool
delay_line_add(struct delay_line *line, uint64_t due, void *thing)
{
	const struct delay_entry added = {.due = due, .order = line->order, .thing = thing};
	unsigned int at = line->count;

	if (line->count == line->capacity)
		return false;
	line->order++;
	line->count++;
	/* Up, past whatever comes later. */
	while (at > 0 && is_before(&added, &line->entries[(at - 1) / 2])) {
		line->entries[at] = line->entries[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	line->entries[at] = added;
	return true;
}

void *
delay_line_take(struct delay_line *line, uint64_t now)
{
	struct delay_entry last;
	unsigned int at = 0;
	void *thing;

	if (line->count == 0 || line->entries[0].due > now)
		return NULL;
	thing = line->entries[0].thing;
	last = line->entries[--line->count];
	/* The last goes down from the top, past whatever comes earlier. */
	for (;;) {
		unsigned int child = 2 * at + 1;

		if (child >= line->count)
			break;
		if (child + 1 < line->count && is_before(&line->entries[child + 1], &line->entries[child]))
			child++;
		if (!is_before(&line->entries[child], &last))
			break;
		line->entries[at] = line->entries[child];
		at = child;
	}
	line->entries[at] = last;
	return thing;
}
