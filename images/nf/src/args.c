/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nf.h"

#define EXIT_USAGE 64

static const char usage_text[] =
	"usage: corebed-nf pktgen|stats|l2fwd|impair|ping --cpu N --main-cpu N --control PATH --port SPEC [--port SPEC]... [options]\n"
	"  --cpu N          CPU of the worker, which moves packets\n"
	"  --main-cpu N     CPU of the main thread, which answers control requests\n"
	"  --memory-mib N   memory for packets, in huge pages (default 24)\n"
	"  --control PATH   Unix socket to answer on; it exists once the ports are up\n"
	"  --also APP       a second application on the same ports: stats beside pktgen, or pktgen beside stats\n"
	"  --yield          give the CPU up after a few bursts: for NFs that share it\n"
	"  --no-huge        use ordinary memory (no virtio-user then)\n"
	"  --port SPEC      driver=virtio-user,path=P[,mac=M][,queue_size=N][,queues=N] | driver=af_packet,ip=A|iface=I[,mac=M]\n"
	"                   | driver=af_xdp,ip=A|iface=I | driver=memif,socket=P,role=server|client[,id=N]\n"
	"                   | driver=device,device=PCI-ADDRESS | driver=device,device=VDEV,iface=I | driver=ring | driver=null\n";

/* Ends the process with a message about the command line. */
static void __attribute__((noreturn, format(printf, 1, 2)))
usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("corebed-nf: ", stderr);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	fputs(usage_text, stderr);
	exit(EXIT_USAGE);
}

/* A whole number of an option, up to `max`. */
static unsigned int
number(const char *option, const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > max)
		usage("--%s wants a number from 0 to %lu, not '%s'", option, max, text);
	return (unsigned int)value;
}

void
args_parse(struct nf_args *args, int argc, char **argv)
{
	static const struct option options[] = {
		{"cpu", required_argument, NULL, 'c'},	      {"main-cpu", required_argument, NULL, 'm'},
		{"memory-mib", required_argument, NULL, 'M'}, {"control", required_argument, NULL, 's'},
		{"yield", no_argument, NULL, 'y'},	      {"no-huge", no_argument, NULL, 'h'},
		{"port", required_argument, NULL, 'p'},	      {"also", required_argument, NULL, 'a'},
		{NULL, 0, NULL, 0},
	};
	bool has_cpu = false, has_main_cpu = false;
	const char *problem;
	int c;

	memset(args, 0, sizeof(*args));
	args->memory_mib = 24;
	if (argc < 2 || argv[1][0] == '-')
		usage("the first word names the application");
	args->app = argv[1];
	optind = 2;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			args->cpu = number("cpu", optarg, 4095);
			has_cpu = true;
			break;
		case 'm':
			args->main_cpu = number("main-cpu", optarg, 4095);
			has_main_cpu = true;
			break;
		case 'M':
			args->memory_mib = number("memory-mib", optarg, 1 << 20);
			break;
		case 's':
			if (strlen(optarg) >= sizeof(args->control))
				usage("the path of --control is longer than a socket's may be: %s", optarg);
			memcpy(args->control, optarg, strlen(optarg) + 1);
			break;
		case 'a':
			args->also = optarg;
			break;
		case 'y':
			args->yield = true;
			break;
		case 'h':
			args->no_huge = true;
			break;
		case 'p':
			if (args->port_count == NF_MAX_PORTS)
				usage("more than %d ports", NF_MAX_PORTS);
			problem = spec_parse(&args->ports[args->port_count++], optarg);
			if (problem != NULL)
				usage("--port %s: %s", optarg, problem);
			break;
		default:
			usage("bad option");
		}
	}
	if (optind < argc)
		usage("unexpected '%s'", argv[optind]);
	if (!has_cpu || !has_main_cpu || args->control[0] == '\0' || args->port_count == 0)
		usage("--cpu, --main-cpu, --control and --port are needed");
}
