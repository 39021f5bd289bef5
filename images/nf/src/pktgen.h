/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_PKTGEN_H
#define NF_PKTGEN_H

/* The generator's trial: what `start` asked for, made ready for the worker. app_pktgen.c sends it. */
#include "flows.h"
#include "genome.h"
#include "nf.h"
#include "packet.h"
#include "pcap.h"

struct pktgen_trial {
	double rate_pps;  /* 0: as fast as the port takes them */
	unsigned int burst;
	uint64_t packets; /* 0: until it is stopped */
	struct packet_spec headers;
	struct genome genome;
	struct packet_template made;
	struct flows *flows; /* may be another trial's as well */
	struct pcap *pcap;   /* the same; NULL without a capture */
};

/*
 * Reads the parameters of `start` into `trial`, whose flows and capture are kept if they will do; so are those of `other`, which the worker may be busy
 * with. Returns NULL, or what is wrong: a text that stays good until the next call.
 */
const char *pktgen_prepare_trial(struct pktgen_trial *trial, const struct pktgen_trial *other, const struct nf_port *port, struct json_value params);

#endif
