/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals. As process 1 of a container the defaults do not apply: a signal without a handler is ignored. And while the EAL waits for a vhost client in
 * accept(2) there is nobody to look at a flag, so until the ports are up the handler itself removes the sockets and ends the process.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "nf.h"

static const struct nf_args *owner;
static _Atomic int event_fd = -1;

/* Removes the sockets this process has made; only async-signal-safe calls. */
static void
remove_sockets(void)
{
	unsigned int i;

	if (owner->control[0] != '\0')
		unlink(owner->control);
	for (i = 0; i < owner->port_count; i++)
		if (owner->ports[i].server && owner->ports[i].path[0] != '\0')
			unlink(owner->ports[i].path);
}

/* SIGTERM, SIGINT; SIGALRM when the clean exit takes too long. */
static void
on_signal(int signal)
{
	const uint64_t one = 1;
	int fd = atomic_load(&event_fd);

	if (signal != SIGALRM && fd >= 0) {
		if (write(fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
			return;
	}
	remove_sockets();
	_exit(0);
}

void
signals_install(const struct nf_args *args)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	owner = args;
	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

int
signals_to_fd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	atomic_store(&event_fd, fd);
	return fd;
}

void
signals_exit_within(unsigned int milliseconds)
{
	const struct itimerval timer = {.it_value = {.tv_usec = (suseconds_t)milliseconds * 1000}};

	setitimer(ITIMER_REAL, &timer, NULL);
}
