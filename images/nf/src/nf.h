/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NF_H
#define NF_H

/*
 * What the files of corebed-nf share: one process is one NF, with one worker lcore for the data path and one main lcore for control.
 */
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "counters.h"
#include "json.h"
#include "text.h"

#define NF_VERSION "0.1.0"
/* Spelled out, because the place where DPDK wants its own macro has changed between releases. */
#define NF_CACHE_ALIGNED __attribute__((aligned(64)))
#define NF_MAX_PORTS 32 /* as many as DPDK has in Debian's build */
#define NF_MAX_BURST 64
#define NF_MAX_QUEUES 8 /* of a port, in each direction: as many as virtio-user takes */
#define NF_BURST 32
#define NF_PATH_SIZE 108 /* sun_path */
#define NF_IFNAME_SIZE 16
#define NF_MBUF_CACHE 512
#define NF_MAIN_LCORE 0
#define NF_WORKER_LCORE 1
/* Sizes of frames are given with the FCS that no buffer here holds. */
#define NF_FCS_BYTES 4
/* Jumbo frames: 9018 bytes with header and FCS. Ports take them only where the command line says so, for their buffers are large. */
#define NF_MAX_MTU 9000
/* What a buffer, or a slot of a shared ring, holds of them: a frame with two tags, and what drivers put before it. */
#define NF_JUMBO_BYTES 9216

enum nf_driver { NF_VIRTIO_USER, NF_AF_PACKET, NF_AF_XDP, NF_MEMIF, NF_NULL, NF_RING, NF_DEVICE };

/* A port as the command line gives it. */
struct nf_port_spec {
	enum nf_driver driver;
	char path[NF_PATH_SIZE];      /* socket of virtio-user or memif */
	char iface[NF_IFNAME_SIZE];   /* kernel interface, by its name or ... */
	char ip[16];                  /* ... by its IPv4 address */
	char device[32];              /* a network card by its PCI address, or a virtual device by its name */
	bool has_mac;
	struct rte_ether_addr mac;
	unsigned int queue_size;      /* slots of a queue */
	unsigned int queues;          /* in each direction */
	bool server;
	unsigned int id;              /* memif interface id */
	unsigned int mtu;             /* largest packet that the port must take, without Ethernet's header; 0: the usual 1500 */
	char options[160];            /* more devargs, as the driver spells them */
};

/* What the command line says. */
struct nf_args {
	const char *app;
	const char *also; /* a second application in the same process, or NULL */
	unsigned int cpu;
	unsigned int main_cpu;
	unsigned int memory_mib;
	bool yield;
	bool no_huge;
	char control[NF_PATH_SIZE];
	unsigned int port_count;
	struct nf_port_spec ports[NF_MAX_PORTS];
};

/* What the worker counts at one port; each in a cache line of its own kind, written by the worker only. */
struct nf_port_counters {
	nf_counter rx_packets;
	nf_counter rx_bytes;
	nf_counter tx_packets;
	nf_counter tx_bytes;
	nf_counter tx_unsent;
} NF_CACHE_ALIGNED;

/* A port that is up. */
struct nf_port {
	uint16_t id;
	uint16_t queues; /* in each direction */
	uint16_t rx_turn; /* the queue that a forwarder looks at next */
	const struct nf_port_spec *spec;
	struct rte_ether_addr mac;
	uint16_t mtu;
	uint16_t queue_size;
	char rx_path[40]; /* the driver's way through its rings, in its own words; empty if it has told none */
	char tx_path[40];
	struct kernel_port *kernel; /* NULL for ports that the kernel has no part in */
	struct nf_port_counters counters;
};

struct nf_worker_counters {
	nf_counter iterations;
	nf_counter empty_polls;
	nf_counter yields;
	nf_counter busy_tsc;
	nf_counter idle_tsc;
} NF_CACHE_ALIGNED;

struct nf;

/* What one turn of the worker's loop did. */
struct nf_turn {
	unsigned int packets; /* received or sent: 0 makes the turn an empty poll */
	bool stalled;         /* a port took less than it was offered */
};

/*
 * An application: one file, one of these. `init` and `prepare` run on the main lcore, `begin`, `turn` and `end` on the worker. `prepare` checks the
 * parameters of `start` and keeps them in the app; it returns NULL, or what is wrong with them. It must not touch what the worker uses.
 */
struct nf_app {
	const char *name;
	bool receives; /* finds nothing because nothing has come, rather than because it is not time yet */
	int (*init)(struct nf *nf);
	const char *(*prepare)(struct nf *nf, struct json_value params);
	void (*begin)(struct nf *nf, uint64_t now);
	struct nf_turn (*turn)(struct nf *nf, uint64_t now);
	void (*end)(struct nf *nf, uint64_t now);
	void (*stats)(struct nf *nf, struct text *out); /* the members of the `app` object */
	/* What it tells of one port alone, in the `app` object of that port; NULL without such. */
	void (*port_stats)(struct nf *nf, unsigned int index, struct text *out);
	unsigned int port_stats_from; /* the first port that it tells of by itself */
};

extern const struct nf_app app_pktgen;
extern const struct nf_app app_stats;
extern const struct nf_app app_l2fwd;
extern const struct nf_app app_impair;
extern const struct nf_app app_ping;

/*
 * What the main lcore asks of the worker: a trial of every application; of those that receive, while those that send wait; of those that have waited; the end
 * of the trial; the end.
 */
enum nf_command { NF_IDLE, NF_RUN, NF_HOLD, NF_SEND, NF_EXIT };

struct nf {
	struct nf_args args;
	const struct nf_app *app;
	const struct nf_app *also; /* NULL: there is no second one */
	unsigned int port_count;
	struct nf_port ports[NF_MAX_PORTS];
	struct nf_worker_counters worker;

	/* The mailbox: main stores a serial number after the command, the worker answers with the number once it has obeyed. */
	_Atomic uint32_t command NF_CACHE_ALIGNED;
	_Atomic uint32_t command_serial;
	_Atomic uint32_t worker_serial NF_CACHE_ALIGNED;
	_Atomic int worker_tid;

	uint16_t trial;
	bool running;
	bool held;      /* what sends waits for `send` */
	bool also_runs; /* whether the second application has a part in this trial */
	bool may_nap; /* see worker.c */
};

/* args.c: reads the command line into `args`; ends the process with a message when it is wrong. */
void args_parse(struct nf_args *args, int argc, char **argv);

/* spec.c: reads one --port; returns NULL, or what is wrong with it. */
const char *spec_parse(struct nf_port_spec *spec, const char *text);
/* spec.c: whether the port is a network card, which EAL looks for on the PCI bus. */
bool spec_is_pci(const struct nf_port_spec *spec);
/* spec.c: the driver's name, as in a --port. */
const char *spec_driver_name(enum nf_driver driver);

/* eal.c: removes stale sockets and starts the EAL with its devices. Blocks while a virtio-user server waits for its client. */
int eal_start(struct nf_args *args);

/* port.c: sets up and starts every port. */
int ports_start(struct nf *nf);
/* port.c: buffers enough for a port of this kind, for the longest frames that it takes; NULL, with a message printed, when there is no memory. */
struct rte_mempool *port_pool(const char *name, const struct nf_port_spec *spec);
/* port.c: stops and closes every port. */
void ports_stop(struct nf *nf);

/* worker.c: the worker's loop, to be launched on its lcore. */
int worker_main(void *nf);
/* worker.c: asks the worker to do something and waits until it has; false when it does not answer within a second. */
bool worker_command(struct nf *nf, enum nf_command command);

/* control.c: serves the control socket until a signal comes. */
int control_serve(struct nf *nf);

/* rpc.c: answers one request. */
void rpc_answer(struct nf *nf, struct json_value request, struct text *out);

/* signals.c: from here on SIGTERM and SIGINT unlink the sockets and end the process at once. */
void signals_install(const struct nf_args *args);
/* signals.c: from here on they make the returned descriptor readable instead. */
int signals_to_fd(void);
/* signals.c: bounds the time that the clean exit may take. */
void signals_exit_within(unsigned int milliseconds);

#endif
