/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: JSON values without framing on a Unix stream, several clients at a time, all served by the main lcore, which sleeps in poll(2)
 * in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "nf.h"

#define MAX_CLIENTS 16
#define MAX_REQUEST 65536
#define CHUNK 4096
/* Answers that nobody reads: beyond this the client is dropped. */
#define MAX_UNREAD (4u << 20)

struct client {
	int fd; /* -1 when the place is free */
	bool closing; /* once the answers are out */
	struct text in;
	struct text out;
};

static struct client clients[MAX_CLIENTS];

/* Makes the socket that only its owner may connect to. */
static int
listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int rc;

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	mask = umask(0177);
	rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (rc == 0)
		rc = listen(fd, MAX_CLIENTS);
	if (rc != 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* Lets a client go. */
static void
client_close(struct client *client)
{
	close(client->fd);
	client->fd = -1;
	client->closing = false;
	text_free(&client->in);
	text_free(&client->out);
}

/* Takes in who is waiting; one too many is turned away. */
static void
accept_client(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	unsigned int i;

	if (fd < 0)
		return;
	for (i = 0; i < MAX_CLIENTS; i++) {
		if (clients[i].fd < 0) {
			clients[i].fd = fd;
			return;
		}
	}
	close(fd);
}

/* Answers every whole request that has come in. What is not JSON is answered once, and the client dropped: there is no telling where the next begins. */
static void
answer_all(struct nf *nf, struct client *client)
{
	static const char malformed[] = "{\"id\":null,\"result\":null,\"error\":\"this is not JSON, or too long\"}";

	for (;;) {
		long extent = json_extent(client->in.data, client->in.length);
		struct json_value request;

		if (extent == 0 && client->in.length < MAX_REQUEST)
			return;
		if (extent <= 0 || !json_parse(client->in.data, (size_t)extent, &request) || !json_is(request, '{')) {
			text_append(&client->out, malformed, sizeof(malformed) - 1);
			client->closing = true;
			return;
		}
		rpc_answer(nf, request, &client->out);
		text_consume(&client->in, (size_t)extent);
	}
}

/* Reads what is there; returns false when the client is gone. */
static bool
client_read(struct nf *nf, struct client *client)
{
	char chunk[CHUNK];
	ssize_t length = recv(client->fd, chunk, sizeof(chunk), 0);

	if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (length < 0 || client->closing)
		return true;
	text_append(&client->in, chunk, (size_t)length);
	answer_all(nf, client);
	return client->out.length < MAX_UNREAD;
}

/* Writes what the client will take; returns false when it is gone or done with. */
static bool
client_write(struct client *client)
{
	ssize_t length;

	if (client->out.length > 0) {
		length = send(client->fd, client->out.data, client->out.length, MSG_NOSIGNAL);
		if (length < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (length > 0)
			text_consume(&client->out, (size_t)length);
	}
	return !client->closing || client->out.length > 0;
}

/* Sleeps until something happens, and sees to it; returns false when a signal came. */
static bool
serve_once(struct nf *nf, int listener, int signal_fd)
{
	struct pollfd fds[2 + MAX_CLIENTS] = {{.fd = signal_fd, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
	unsigned int i;

	for (i = 0; i < MAX_CLIENTS; i++) {
		fds[2 + i].fd = clients[i].fd;
		fds[2 + i].events = (short)(POLLIN | (clients[i].out.length > 0 ? POLLOUT : 0));
	}
	if (poll(fds, 2 + MAX_CLIENTS, -1) < 0)
		return errno == EINTR;
	if (fds[0].revents != 0)
		return false;
	for (i = 0; i < MAX_CLIENTS; i++) {
		bool alive = true;

		if (fds[2 + i].fd < 0 || fds[2 + i].revents == 0)
			continue;
		if (fds[2 + i].revents & (POLLIN | POLLHUP | POLLERR))
			alive = client_read(nf, &clients[i]);
		if (!alive || !client_write(&clients[i]))
			client_close(&clients[i]);
	}
	if (fds[1].revents != 0)
		accept_client(listener);
	return true;
}

int
control_serve(struct nf *nf)
{
	int signal_fd = signals_to_fd();
	int listener;
	unsigned int i;

	for (i = 0; i < MAX_CLIENTS; i++)
		clients[i].fd = -1;
	listener = listen_on(nf->args.control);
	if (signal_fd < 0 || listener < 0) {
		fprintf(stderr, "corebed-nf: cannot listen on %s: %s\n", nf->args.control, strerror(-listener));
		return -1;
	}
	while (serve_once(nf, listener, signal_fd))
		;
	for (i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].fd >= 0)
			client_close(&clients[i]);
	close(listener);
	unlink(nf->args.control);
	return 0;
}
