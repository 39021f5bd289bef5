/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_launch.h>

#include "nf.h"
#include "tsc.h"

#define EXIT_UNAVAILABLE 69
/* A vhost peer that is gone, or a kernel that is slow to release a ring, must not hold the exit up for longer. */
#define EXIT_WITHIN_MS 150

static struct nf nf;

/* The application of this name. */
static const struct nf_app *
find_app(const char *name)
{
	static const struct nf_app *const apps[] = {&app_pktgen, &app_stats, &app_l2fwd, &app_impair, &app_ping};
	unsigned int i;

	for (i = 0; i < RTE_DIM(apps); i++)
		if (strcmp(apps[i]->name, name) == 0)
			return apps[i];
	return NULL;
}

/* Whether two applications can share the ports: one sends and the other receives. Two that receive would take packets from each other. */
static bool
go_together(const struct nf_app *app, const struct nf_app *also)
{
	return (app == &app_pktgen && also == &app_stats) || (app == &app_stats && also == &app_pktgen);
}

int
main(int argc, char **argv)
{
	int rc;

	args_parse(&nf.args, argc, argv);
	nf.app = find_app(nf.args.app);
	if (nf.app == NULL) {
		fprintf(stderr, "corebed-nf: no application is named '%s'\n", nf.args.app);
		return 64;
	}
	if (nf.args.also != NULL) {
		nf.also = find_app(nf.args.also);
		if (nf.also == NULL || !go_together(nf.app, nf.also)) {
			fprintf(stderr, "corebed-nf: --also goes with pktgen and stats: pktgen --also stats, or stats --also pktgen\n");
			return 64;
		}
	}
	/* EAL's drivers make the sockets of vhost-user and memif ports, which are nobody else's. */
	umask(0077);
	tsc_begin();
	signals_install(&nf.args);
	if (eal_start(&nf.args) != 0 || ports_start(&nf) != 0)
		return EXIT_UNAVAILABLE;
	tsc_settle();
	if (nf.app->init(&nf) != 0 || (nf.also != NULL && nf.also->init(&nf) != 0))
		return EXIT_UNAVAILABLE;
	/* Who has packets to send cannot sleep until some come. */
	if (nf.also != NULL && !nf.also->receives)
		nf.may_nap = false;
	rte_eal_remote_launch(worker_main, &nf, NF_WORKER_LCORE);
	rc = control_serve(&nf);

	signals_exit_within(EXIT_WITHIN_MS);
	if (worker_command(&nf, NF_EXIT))
		rte_eal_wait_lcore(NF_WORKER_LCORE);
	ports_stop(&nf);
	rte_eal_cleanup();
	return rc == 0 ? 0 : EXIT_UNAVAILABLE;
}
