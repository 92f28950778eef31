// SPDX-License-Identifier: GPL-2.0-or-later
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entitlement.h"
#include "helper/common/utf8.h"
#include "helper/keychain/service/peer/peer_kind.h"
#include "helper/keychain/service/peer/process.h"

/* As applications are called. A control group of the user's own can be called anything. */
static bool is_plain(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && !name[strspn(name, letters)];
}

/* A name that no application can have belongs to none. */
static void doubt_name(struct identity *subject)
{
	if ((subject->kind == PEER_FLATPAK || subject->kind == PEER_SNAP) && !is_plain(subject->name))
		subject->kind = PEER_CONTAINER;
	/* It is told to who asks, in text. */
	if (!utf8_valid(subject->name, strlen(subject->name)))
		strcpy(subject->name, "?");
}

static int grant_kind(struct identity *subject)
{
	const char *prefix = subject->kind == PEER_FLATPAK ? "flatpak" : subject->kind == PEER_SNAP ? "snap" : NULL;
	char group[ENTITLEMENT_MAX_WORD + 1];

	if (subject->kind == PEER_UNCONFINED)
		return identity_grant_unconfined(subject);
	if (!prefix ||
	    (size_t)snprintf(group, sizeof(group), "%s.%s", prefix, subject->name) >= sizeof(group))
		return identity_grant(subject, NULL, NULL);
	return identity_grant(subject, group, "application on whose behalf it is asked");
}

/*
 * The proxy of a sandbox may run outside of it, as Firejail's does, and does not say for whom it speaks. That of a Flatpak runs in the
 * application's unit. A name that a program has given itself takes from that program only.
 */
static bool is_bus_proxy(pid_t pid)
{
	char path[32], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		*name = 0;
	fclose(file);
	return !strcmp(name, "xdg-dbus-proxy\n");
}

static int look(struct identity *subject, int pidfd)
{
	int result = process_of_pidfd(pidfd, &subject->pid);

	if (!result)
		result = process_belongs_to(subject->pid, subject->uid);
	if (!result)
		result = peer_kind_of(subject->pid, &subject->kind, subject->name);
	if (!result && peer_kind_is_foreign(subject->pid, subject->uid, subject->kind))
		result = -EPERM;
	if (!result && subject->kind == PEER_UNCONFINED && is_bus_proxy(subject->pid))
		subject->kind = PEER_CONTAINER;
	doubt_name(subject);
	/* All that was read above is of this process only if it still runs; and if it does not, that is what was wrong. */
	if (subject->pid && !process_runs(pidfd))
		result = -ESRCH;
	return result;
}

int subject_find(const struct identity *asking, int pidfd, struct identity **ret_subject)
{
	struct identity *subject = calloc(1, sizeof(*subject));
	int result;

	if (!subject)
		return -ENOMEM;
	subject->subject = true;
	subject->uid = asking->uid;
	result = look(subject, pidfd);
	if (!result)
		result = grant_kind(subject);
	if (result < 0)
		identity_free(subject);
	else
		*ret_subject = subject;
	return result;
}
