/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_JSON_H
#define NF_JSON_H

/*
 * Reading JSON without building a tree: a value is the stretch of text that it occupies, and looking something up walks that text. Requests are small
 * and rare, so this is simple rather than fast. Everything is bounded by the given length; nothing needs a terminating zero.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_value {
	const char *at;
	size_t length;
};

/* The length of the value that starts the text (white space before it included): 0 when more bytes are needed, -1 when this is not JSON. */
long json_extent(const char *text, size_t length);

/* Trims white space and checks: false when the text is not one value. */
bool json_parse(const char *text, size_t length, struct json_value *value);

/* A member of an object, by name; false when the value is no object or has none. */
bool json_member(struct json_value object, const char *key, struct json_value *value);
/* An element of an array; false when the value is no array or is shorter. */
bool json_element(struct json_value array, unsigned int index, struct json_value *value);

/* A whole number from 0 to `max`. */
bool json_to_number(struct json_value value, uint64_t max, uint64_t *number);
/* A number of at least 0 that may have a fraction. */
bool json_to_real(struct json_value value, double *number);
/* true or false. */
bool json_to_bool(struct json_value value, bool *truth);
/* A string without escapes that fits `size` with its terminating zero. */
bool json_to_string(struct json_value value, char *string, size_t size);
/* Whether the value starts with this character: '{', '[', '"'. */
bool json_is(struct json_value value, char first);

#endif
