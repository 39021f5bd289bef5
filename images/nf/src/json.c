/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define JSON_DEPTH 16

/* Where reading has got to. `short_of` says that the text ended too early, rather than being wrong. */
struct cursor {
	const char *at;
	const char *end;
	bool short_of;
};

static bool skip_value(struct cursor *cursor, unsigned int depth);

/* Skips white space. */
static void
skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) != NULL && *cursor->at != '\0')
		cursor->at++;
}

/* Skips this character, after white space. */
static bool
skip_char(struct cursor *cursor, char c)
{
	skip_space(cursor);
	if (cursor->at == cursor->end) {
		cursor->short_of = true;
		return false;
	}
	if (*cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* Skips a string. */
static bool
skip_string(struct cursor *cursor)
{
	if (!skip_char(cursor, '"'))
		return false;
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"')
			return true;
		if ((unsigned char)c < 0x20)
			return false;
		if (c == '\\' && cursor->at < cursor->end)
			cursor->at++;
	}
	cursor->short_of = true;
	return false;
}

/* Skips a number, true, false or null. Their spelling is checked where they are used; a lone word at the very end may yet go on. */
static bool
skip_word(struct cursor *cursor)
{
	const char *start = cursor->at;

	while (cursor->at < cursor->end && (isalnum((unsigned char)*cursor->at) || strchr("+-.", *cursor->at) != NULL) &&
	       *cursor->at != '\0')
		cursor->at++;
	return cursor->at > start;
}

/* Skips an object or array. */
static bool
skip_nested(struct cursor *cursor, bool object, unsigned int depth)
{
	char close = object ? '}' : ']';

	cursor->at++;
	skip_space(cursor);
	if (skip_char(cursor, close))
		return true;
	do {
		if (object && (!skip_string(cursor) || !skip_char(cursor, ':')))
			return false;
		if (!skip_value(cursor, depth + 1))
			return false;
	} while (skip_char(cursor, ','));
	return skip_char(cursor, close);
}

/* Skips any value. */
static bool
skip_value(struct cursor *cursor, unsigned int depth)
{
	skip_space(cursor);
	if (cursor->at == cursor->end) {
		cursor->short_of = true;
		return false;
	}
	if (depth > JSON_DEPTH)
		return false;
	switch (*cursor->at) {
	case '{':
		return skip_nested(cursor, true, depth);
	case '[':
		return skip_nested(cursor, false, depth);
	case '"':
		return skip_string(cursor);
	default:
		return skip_word(cursor);
	}
}

long
json_extent(const char *text, size_t length)
{
	struct cursor cursor = {.at = text, .end = text + length};

	if (skip_value(&cursor, 0))
		return cursor.at - text;
	return cursor.short_of ? 0 : -1;
}

bool
json_parse(const char *text, size_t length, struct json_value *value)
{
	struct cursor cursor = {.at = text, .end = text + length};

	skip_space(&cursor);
	value->at = cursor.at;
	if (!skip_value(&cursor, 0))
		return false;
	value->length = (size_t)(cursor.at - value->at);
	skip_space(&cursor);
	return cursor.at == cursor.end;
}

bool
json_member(struct json_value object, const char *key, struct json_value *value)
{
	struct cursor cursor = {.at = object.at, .end = object.at + object.length};
	size_t key_length = strlen(key);

	if (!skip_char(&cursor, '{'))
		return false;
	do {
		const char *name;
		size_t name_length;

		skip_space(&cursor);
		name = cursor.at + 1;
		if (!skip_string(&cursor))
			return false;
		name_length = (size_t)(cursor.at - name) - 1;
		if (!skip_char(&cursor, ':'))
			return false;
		skip_space(&cursor);
		value->at = cursor.at;
		if (!skip_value(&cursor, 0))
			return false;
		value->length = (size_t)(cursor.at - value->at);
		if (name_length == key_length && memcmp(name, key, key_length) == 0)
			return true;
	} while (skip_char(&cursor, ','));
	return false;
}

bool
json_element(struct json_value array, unsigned int index, struct json_value *value)
{
	struct cursor cursor = {.at = array.at, .end = array.at + array.length};
	unsigned int i = 0;

	if (!skip_char(&cursor, '['))
		return false;
	do {
		skip_space(&cursor);
		if (cursor.at == cursor.end || *cursor.at == ']')
			return false;
		value->at = cursor.at;
		if (!skip_value(&cursor, 0))
			return false;
		value->length = (size_t)(cursor.at - value->at);
		if (i++ == index)
			return true;
	} while (skip_char(&cursor, ','));
	return false;
}

bool
json_to_number(struct json_value value, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;
	size_t i;

	if (value.length == 0 || value.length > 19)
		return false;
	for (i = 0; i < value.length; i++) {
		if (!isdigit((unsigned char)value.at[i]))
			return false;
		sum = sum * 10 + (uint64_t)(value.at[i] - '0');
	}
	*number = sum;
	return sum <= max;
}

bool
json_to_real(struct json_value value, double *number)
{
	char digits[32];
	char *end;

	if (value.length == 0 || value.length >= sizeof(digits) || !isdigit((unsigned char)value.at[0]))
		return false;
	memcpy(digits, value.at, value.length);
	digits[value.length] = '\0';
	*number = strtod(digits, &end);
	return *end == '\0' && isfinite(*number);
}

bool
json_to_bool(struct json_value value, bool *truth)
{
	*truth = value.length == 4 && memcmp(value.at, "true", 4) == 0;
	return *truth || (value.length == 5 && memcmp(value.at, "false", 5) == 0);
}

bool
json_to_string(struct json_value value, char *string, size_t size)
{
	if (!json_is(value, '"') || value.length - 2 >= size || memchr(value.at, '\\', value.length) != NULL)
		return false;
	memcpy(string, value.at + 1, value.length - 2);
	string[value.length - 2] = '\0';
	return true;
}

bool
json_is(struct json_value value, char first)
{
	return value.length > 0 && value.at[0] == first;
}
