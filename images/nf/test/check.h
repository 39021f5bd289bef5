/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_TEST_CHECK_H
#define NF_TEST_CHECK_H

/* What the generator's tests share: counting what is wrong, and reading parameters. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../src/genome.h"
#include "../src/json.h"

static unsigned int failures;
static uint64_t seed __attribute__((unused)) = 88172645463325252u;

/* Says what is wrong. */
static inline void
check(bool good, const char *what, uint64_t wanted, uint64_t got)
{
	if (good)
		return;
	failures++;
	if (failures < 20)
		fprintf(stderr, "FAIL: %s: wanted %llu, got %llu\n", what, (unsigned long long)wanted, (unsigned long long)got);
}

static inline void
check_equal(const char *what, uint64_t wanted, uint64_t got)
{
	check(wanted == got, what, wanted, got);
}

/* A number below `end`, the same ones in every run (xorshift). */
static inline uint64_t
below(uint64_t end)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % end;
}

/* Checks that something is wrong, and that the text says what. */
static inline void
check_problem(const char *what, const char *part, const char *problem)
{
	if (problem != NULL && strstr(problem, part) != NULL)
		return;
	failures++;
	fprintf(stderr, "FAIL: %s: wanted '%s', got '%s'\n", what, part, problem == NULL ? "(nothing)" : problem);
}

static inline struct json_value
json(const char *text)
{
	struct json_value value = {0};

	if (!json_parse(text, strlen(text), &value))
		check(false, text, 1, 0);
	return value;
}

static inline struct genome
genome_of(const char *text)
{
	struct genome genome;
	const char *problem = genome_read(json(text), &genome);

	if (problem != NULL)
		fprintf(stderr, "%s: %s\n", text, problem);
	check(problem == NULL, "a genome that can be read", 1, 0);
	return genome;
}

/* Ends the program: says that all is well, or fails. */
static inline int
checks_end(const char *name)
{
	if (failures != 0)
		fprintf(stderr, "%s: %u checks failed\n", name, failures);
	else
		printf("%s: all well\n", name);
	return failures != 0;
}

#endif
