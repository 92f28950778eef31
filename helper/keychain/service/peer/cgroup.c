// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARTS	32

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length > strlen(end) && !strcmp(text + length - strlen(end), end);
}

static bool copy_name(char ret_name[PEER_NAME_SIZE], const char *name, size_t length)
{
	if (!length || length >= PEER_NAME_SIZE)
		return false;
	memcpy(ret_name, name, length);
	ret_name[length] = 0;
	return true;
}

/* systemd writes bytes that mean something to it as \xNN. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int byte;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1 &&
		    byte) {
			*to++ = (char)byte;
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = 0;
}

/* app-flatpak-org.example.App-4711.scope; a '-' of the identifier is escaped. */
static bool is_flatpak(const char *unit, char ret_name[PEER_NAME_SIZE])
{
	const char *name = unit + strlen("app-flatpak-");
	const char *end;

	if (!starts_with(unit, "app-flatpak-") || !ends_with(unit, ".scope"))
		return false;
	end = strrchr(name, '-');
	if (!end || !copy_name(ret_name, name, (size_t)(end - name)))
		return false;
	unescape(ret_name);
	return true;
}

/*
 * snap.firefox.firefox-<uuid>.scope, snap.firefox.hook.configure-<uuid>.scope, with '.' for '-' up to
 * snapd 2.57, snap.lxd.daemon.service: the second part is the snap, snap_key where it is installed
 * twice, snap+component for a component's hook.
 */
static bool is_snap(const char *unit, char ret_name[PEER_NAME_SIZE])
{
	const char *name = unit + strlen("snap.");

	if (!starts_with(unit, "snap.") ||
	    (!ends_with(unit, ".scope") && !ends_with(unit, ".service")))
		return false;
	if (!strchr(name, '.') || !copy_name(ret_name, name, strcspn(name, ".")))
		return false;
	unescape(ret_name);
	ret_name[strcspn(ret_name, "+")] = 0;
	return *ret_name;
}

static bool is_unit(const char *part)
{
	return ends_with(part, ".service") || ends_with(part, ".scope");
}

/*
 * docker-ID.scope, libpod-ID.scope; without an ending where the manager makes groups by itself or below its own unit, as
 * libpod-payload-ID. Units of other kinds are what somebody has called so: docker-registry.service.
 */
static bool is_containers(const char *part)
{
	static const char *const managers[] = { "docker-", "libpod-", "cri-", "crio-", "nerdctl-" };
	static const char *const others[] = { ".service", ".slice", ".socket", ".mount", ".swap" };
	bool found = false;
	size_t i;

	for (i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
		found |= starts_with(part, managers[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		found &= !ends_with(part, others[i]);
	return found;
}

/* Inside a user's own tree names are the user's to give: only what restricts is believed. */
static enum peer_kind in_user_slice(char *parts[], size_t count,
					char ret_name[PEER_NAME_SIZE])
{
	size_t i;

	for (i = 1; i < count; i++) {
		if (is_flatpak(parts[i], ret_name))
			return PEER_FLATPAK;
		if (is_snap(parts[i], ret_name))
			return PEER_SNAP;
		/* Rootless containers; others' names are not known and count as unconfined. */
		if (is_containers(parts[i])) {
			copy_name(ret_name, parts[i], strlen(parts[i]));
			return PEER_CONTAINER;
		}
	}
	*ret_name = 0;
	return PEER_UNCONFINED;
}

static enum peer_kind classify(char *parts[], size_t count, const char *path,
				   char ret_name[PEER_NAME_SIZE])
{
	size_t i;

	if (!count) {
		*ret_name = 0;
		return PEER_UNCONFINED;
	}
	if (!strcmp(parts[0], "user.slice"))
		return in_user_slice(parts, count, ret_name);
	if (strcmp(parts[0], "machine.slice")) {
		/*
		 * The outermost unit: what it delegates to below is its own. Only slices are above
		 * one; a manager of containers that makes groups by itself gives the names in them
		 * away.
		 */
		for (i = 0; i < count && ends_with(parts[i], ".slice"); i++)
			;
		if (i < count && is_snap(parts[i], ret_name))
			return PEER_SNAP;
		if (i < count && is_unit(parts[i]) && !is_containers(parts[i]) &&
		    copy_name(ret_name, parts[i], strlen(parts[i])))
			return PEER_UNIT;
	}
	snprintf(ret_name, PEER_NAME_SIZE, "%s", path + 1);
	return PEER_CONTAINER;
}

/* systemd puts "_" before names that the kernel could take for its own files: "_io.example.service". */
static char *without_mark(char *part)
{
	return part[0] == '_' && part[1] ? part + 1 : part;
}

enum peer_kind cgroup_classify(const char *path, char ret_name[PEER_NAME_SIZE])
{
	enum peer_kind kind = PEER_CONTAINER;
	char *parts[MAX_PARTS];
	char *copy = strdup(path);
	char *rest = copy;
	size_t count = 0;
	char *part;

	snprintf(ret_name, PEER_NAME_SIZE, "%s", path);
	if (!copy)
		return kind;
	while (count < MAX_PARTS && (part = strsep(&rest, "/")))
		if (*part)
			parts[count++] = without_mark(part);
	/* Outside of our view of the tree, or deeper than anybody nests units. */
	if (count < MAX_PARTS && (!count || strcmp(parts[0], "..")) && *path == '/')
		kind = classify(parts, count, path, ret_name);
	free(copy);
	return kind;
}

bool cgroup_path(const char *text, char *ret_path, size_t size)
{
	const char *line, *path;
	size_t length;
	bool found = false;

	for (line = text; *line; line += line[length] ? length + 1 : length) {
		length = strcspn(line, "\n");
		if (starts_with(line, "0::"))
			path = line + 3;
		else if ((path = strstr(line, ":name=systemd:")) && path < line + length)
			path += strlen(":name=systemd:");
		else
			continue;
		/* One of two hierarchies is in use; the other has everything in its root. */
		if (found && length - (size_t)(path - line) < 2)
			continue;
		if (length - (size_t)(path - line) >= size)
			return false;
		memcpy(ret_path, path, length - (size_t)(path - line));
		ret_path[length - (size_t)(path - line)] = 0;
		found = true;
	}
	return found;
}
