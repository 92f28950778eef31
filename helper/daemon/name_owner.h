/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The owner of a name on a bus, by which the messages of a service are known.
 *
 * The sender in a match keeps nobody out. The bus compares it for signals that go to everybody; one
 * that is sent to us alone arrives whoever sent it, and sd-bus lets it pass, since a message tells
 * the unique name of its sender and no other. That one the bus itself fills in, and no peer can forge.
 */
#ifndef DAEMON_NAME_OWNER_H
#define DAEMON_NAME_OWNER_H

#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#define BUS_NAME	"org.freedesktop.DBus"
#define BUS_LOCAL	"org.freedesktop.DBus.Local"

#define NAME_OWNER_SIZE	256	/* names on a bus have at most 255 characters */

struct name_owner {
	const char *name;		/* well-known; set by the caller */
	/*
	 * Called when the owner becomes known, be it that there is none, and when another one takes
	 * the name over.
	 */
	void (*changed)(void);
	void (*vanished)(void);		/* called when the name has lost its owner, and has none; may be NULL */
	char owner[NAME_OWNER_SIZE];	/* unique name; "": none, or not known yet */
};

/*
 * Follows the name on @bus, which replaces one followed before; @owner is kept until that bus is
 * closed. To be called before matches for messages of the name are added: then the owner is known
 * before the first of them comes. With @wait the owner is known on return, unless the bus does not
 * answer. Returns 0 or a negative errno.
 */
int name_owner_follow(struct name_owner *owner, sd_bus *bus, bool wait);

/* Whether the owner of the name sent @message, a signal or the answer to a call. */
bool name_owner_sent(const struct name_owner *owner, sd_bus_message *message);

/* Whether @message comes from @name, which is BUS_NAME or BUS_LOCAL: nobody else gets these. */
bool bus_message_is_from(sd_bus_message *message, const char *name);

static inline void bus_message_unref(sd_bus_message **message)
{
	sd_bus_message_unref(*message);
}

static inline void bus_credentials_unref(sd_bus_creds **credentials)
{
	sd_bus_creds_unref(*credentials);
}

/* Texts that end with NULL, as sd-bus allocates them. */
static inline void bus_texts_free(char ***texts)
{
	for (char **text = *texts; text && *text; text++)
		free(*text);
	free(*texts);
}

#endif /* DAEMON_NAME_OWNER_H */
