/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of the control socket; docs/nf-control.md describes them. */
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "netif.h"
#include "nf.h"
#include "tsc.h"

/* A method: writes its result, or returns what is wrong. */
typedef const char *(*method_fn)(struct nf *nf, struct json_value params, struct text *result);

/* Describes one thread. */
static void
put_thread(struct text *out, const char *name, unsigned int lcore, unsigned int cpu, int tid)
{
	json_open(out, NULL, '{');
	json_string(out, "name", name);
	json_number(out, "lcore", lcore);
	json_number(out, "cpu", cpu);
	json_number(out, "tid", (uint64_t)tid);
	json_close(out, '}');
}

/* Describes one port. */
static void
put_port(struct text *out, const struct nf_port *port, unsigned int index)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	char *c;

	rte_ether_format_addr(mac, sizeof(mac), &port->mac);
	for (c = mac; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	json_open(out, NULL, '{');
	json_number(out, "index", index);
	json_string(out, "driver", spec_driver_name(port->spec->driver));
	json_string(out, "mac", mac);
	if (port->spec->iface[0] != '\0')
		json_string(out, "iface", port->spec->iface);
	json_number(out, "queueSize", port->queue_size);
	json_number(out, "queues", port->queues);
	if (port->rx_path[0] != '\0')
		json_string(out, "rxPath", port->rx_path);
	if (port->tx_path[0] != '\0')
		json_string(out, "txPath", port->tx_path);
	json_number(out, "mtu", port->mtu);
	json_close(out, '}');
}

static const char *
method_info(struct nf *nf, struct json_value params, struct text *result)
{
	unsigned int i;

	(void)params;
	json_open(result, NULL, '{');
	json_string(result, "app", nf->app->name);
	if (nf->also != NULL)
		json_string(result, "also", nf->also->name);
	json_string(result, "version", NF_VERSION);
	json_string(result, "dpdk", rte_version());
	json_number(result, "pid", (uint64_t)getpid());
	json_number(result, "tscHz", tsc_hz());
	json_bool(result, "yield", nf->args.yield);
	json_open(result, "threads", '[');
	put_thread(result, "main", NF_MAIN_LCORE, nf->args.main_cpu, (int)gettid());
	put_thread(result, "worker", NF_WORKER_LCORE, nf->args.cpu, atomic_load(&nf->worker_tid));
	json_close(result, ']');
	json_open(result, "ports", '[');
	for (i = 0; i < nf->port_count; i++)
		put_port(result, &nf->ports[i], i);
	json_close(result, ']');
	json_close(result, '}');
	return NULL;
}

/* Gives the second application its parameters; returns NULL, or what is wrong. Without any, it has a part in the trial if it only receives. */
static const char *
prepare_also(struct nf *nf, struct json_value params, bool *runs)
{
	struct json_value reverse;
	bool given = json_member(params, "reverse", &reverse);

	*runs = false;
	if (nf->also == NULL)
		return given ? "reverse is for an NF with a second application (--also)" : NULL;
	if (!given)
		reverse = (struct json_value){.at = "{}", .length = 2};
	if (!json_is(reverse, '{'))
		return "reverse is an object";
	*runs = given || nf->also->receives;
	return *runs ? nf->also->prepare(nf, reverse) : NULL;
}

static const char *
method_start(struct nf *nf, struct json_value params, struct text *result)
{
	struct json_value value;
	const char *problem;
	bool also_runs, hold = false;
	uint64_t trial;

	if (!json_member(params, "trial", &value) || !json_to_number(value, UINT16_MAX, &trial))
		return "start wants a trial from 0 to 65535";
	if (json_member(params, "hold", &value) && !json_to_bool(value, &hold))
		return "hold is true or false";
	problem = nf->app->prepare(nf, params);
	if (problem == NULL)
		problem = prepare_also(nf, params, &also_runs);
	if (problem != NULL)
		return problem;
	nf->trial = (uint16_t)trial;
	nf->also_runs = also_runs;
	if (!worker_command(nf, hold ? NF_HOLD : NF_RUN))
		return "the worker does not answer";
	nf->running = true;
	nf->held = hold;
	json_open(result, NULL, '{');
	json_close(result, '}');
	return NULL;
}

static const char *
method_send(struct nf *nf, struct json_value params, struct text *result)
{
	(void)params;
	if (!nf->held)
		return "send goes on with a start that said hold";
	if (!worker_command(nf, NF_SEND))
		return "the worker does not answer";
	nf->held = false;
	json_open(result, NULL, '{');
	json_close(result, '}');
	return NULL;
}

static const char *
method_stop(struct nf *nf, struct json_value params, struct text *result)
{
	(void)params;
	if (!worker_command(nf, NF_IDLE))
		return "the worker does not answer";
	nf->running = false;
	nf->held = false;
	json_open(result, NULL, '{');
	json_close(result, '}');
	return NULL;
}

/* What the kernel counts at a port. */
static void
put_kernel(struct text *out, struct kernel_port *port)
{
	struct kernel_counters counters;

	kernel_port_read(port, &counters);
	json_open(out, "kernel", '{');
	json_number(out, "rxPackets", counters.rx_packets);
	json_number(out, "rxDropped", counters.rx_dropped);
	json_number(out, "rxErrors", counters.rx_errors);
	json_number(out, "txPackets", counters.tx_packets);
	json_number(out, "txDropped", counters.tx_dropped);
	json_number(out, "txErrors", counters.tx_errors);
	json_number(out, "ringDropped", counters.ring_dropped);
	json_close(out, '}');
}

/* What the worker counts at a port, and what the device does. */
static void
put_port_stats(struct nf *nf, struct text *out, unsigned int index)
{
	struct nf_port *port = &nf->ports[index];
	const struct nf_port_counters *counters = &port->counters;
	struct rte_eth_stats device = {0};
	struct rte_eth_link link = {0};

	rte_eth_stats_get(port->id, &device);
	rte_eth_link_get_nowait(port->id, &link);
	json_open(out, NULL, '{');
	json_number(out, "index", index);
	json_bool(out, "linkUp", link.link_status == RTE_ETH_LINK_UP);
	json_number(out, "rxPackets", counter_get(&counters->rx_packets));
	json_number(out, "rxBytes", counter_get(&counters->rx_bytes));
	json_number(out, "txPackets", counter_get(&counters->tx_packets));
	json_number(out, "txBytes", counter_get(&counters->tx_bytes));
	json_number(out, "txUnsent", counter_get(&counters->tx_unsent));
	json_number(out, "rxNoMbuf", device.rx_nombuf);
	if (spec_is_pci(port->spec))
		json_number(out, "rxMissed", device.imissed);
	if (port->kernel != NULL)
		put_kernel(out, port->kernel);
	if (nf->app->port_stats != NULL && index >= nf->app->port_stats_from) {
		json_open(out, "app", '{');
		nf->app->port_stats(nf, index, out);
		json_close(out, '}');
	}
	json_close(out, '}');
}

static const char *
method_stats(struct nf *nf, struct json_value params, struct text *result)
{
	unsigned int i;

	(void)params;
	json_open(result, NULL, '{');
	json_number(result, "tsc", rte_rdtsc());
	json_number(result, "tscHz", tsc_hz());
	json_bool(result, "running", nf->running);
	json_number(result, "trial", nf->trial);
	json_open(result, "ports", '[');
	for (i = 0; i < nf->port_count; i++)
		put_port_stats(nf, result, i);
	json_close(result, ']');
	json_open(result, "worker", '{');
	json_number(result, "iterations", counter_get(&nf->worker.iterations));
	json_number(result, "emptyPolls", counter_get(&nf->worker.empty_polls));
	json_number(result, "yields", counter_get(&nf->worker.yields));
	json_number(result, "busyTsc", counter_get(&nf->worker.busy_tsc));
	json_number(result, "idleTsc", counter_get(&nf->worker.idle_tsc));
	json_close(result, '}');
	json_open(result, "app", '{');
	nf->app->stats(nf, result);
	json_close(result, '}');
	if (nf->also != NULL) {
		json_open(result, "reverse", '{');
		nf->also->stats(nf, result);
		json_close(result, '}');
	}
	json_close(result, '}');
	return NULL;
}

/* One moment on the clocks of this machine: asked for from another, it tells how far the two machines' clocks are apart. */
static const char *
method_clock(struct nf *nf, struct json_value params, struct text *result)
{
	struct timespec now;

	(void)nf;
	(void)params;
	clock_gettime(CLOCK_REALTIME, &now);
	json_open(result, NULL, '{');
	json_number(result, "tsc", rte_rdtsc());
	json_number(result, "tscHz", tsc_hz());
	json_number(result, "unixNs", (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	json_close(result, '}');
	return NULL;
}

/* Finds the method and its parameters (one object, or none) and calls it. */
static const char *
call(struct nf *nf, struct json_value request, struct text *result)
{
	static const struct {
		const char *name;
		method_fn fn;
	} methods[] = {
		{"info", method_info}, {"start", method_start}, {"send", method_send}, {"stop", method_stop}, {"stats", method_stats}, {"clock", method_clock},
	};
	struct json_value params = {.at = "{}", .length = 2};
	struct json_value value;
	char name[32];
	unsigned int i;

	if (!json_member(request, "method", &value) || !json_to_string(value, name, sizeof(name)))
		return "a request wants a method";
	if (json_member(request, "params", &value)) {
		if (!json_is(value, '['))
			return "params is an array of one object at most";
		if (json_element(value, 0, &params) && !json_is(params, '{'))
			return "params is an array of one object at most";
	}
	for (i = 0; i < RTE_DIM(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].fn(nf, params, result);
	return "unknown method: there are info, start, send, stop, stats and clock";
}

void
rpc_answer(struct nf *nf, struct json_value request, struct text *out)
{
	struct json_value id = {.at = "null", .length = 4};
	struct json_value value;
	struct text result = {0};
	struct text answer = {0};
	const char *problem = call(nf, request, &result);

	if (json_member(request, "id", &value))
		id = value;
	json_open(&answer, NULL, '{');
	json_raw(&answer, "id", id.at, id.length);
	if (problem == NULL) {
		json_raw(&answer, "result", result.data, result.length);
		json_raw(&answer, "error", "null", 4);
	} else {
		json_raw(&answer, "result", "null", 4);
		json_string(&answer, "error", problem);
	}
	json_close(&answer, '}');
	text_append(out, answer.data, answer.length);
	text_free(&result);
	text_free(&answer);
}
