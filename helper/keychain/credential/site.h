/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A place that a login is for, as the attributes of an internet password say it.
 *
 *   https://[::1]:8443/a.git    ptcl "htps", srvr "::1", port 8443, path "a.git" (git) or "/a.git" (docker)
 *
 * A host is compared as it is written, and so is a port: what is stored for one port is handed out for no other, as
 * git compares them. Only docker's items have a security domain, so that a registry and a git server of one name and
 * one user keep their secrets apart: the domain is part of what makes an item unique, a label is not.
 */
#ifndef KEYCHAIN_CREDENTIAL_SITE_H
#define KEYCHAIN_CREDENTIAL_SITE_H

#include <stddef.h>

#include "helper/common/cleanup.h"

struct site {
	char *protocol;		/* as in a URL: "https" */
	char *host;		/* without brackets; "": none */
	unsigned int port;	/* 0: none was named */
	char *path;		/* NULL: any */
	const char *domain;	/* static */
};

#define SITE_OF_GIT	""
#define SITE_OF_DOCKER	"docker"

/*
 * A site of git's fields; @path may be NULL. A host that ends in no port from 1 to 65535 has none, and is taken as it is. Returns
 * 0 or -ENOMEM.
 */
int site_of_git(const char *protocol, const char *host, const char *path, struct site *ret_site);

/*
 * A site of a server's URL as docker has it, "https://" may be missing. What follows the path ("?", "#") is left out.
 * Returns 0, -ENOMEM, or -EINVAL, and then *@ret_problem is what is wrong, a whole sentence.
 */
int site_of_url(const char *url, struct site *ret_site, const char **ret_problem);

/* The URL, for people and for docker's list. To be freed; NULL: no memory. */
char *site_url(const struct site *site);

void site_free(struct site *site);

#define CLEANUP_SITE CLEANUP(site_free)

/* The protocol as items have it, four letters where keychainctl(1) knows it by these, and back. Returns its argument for others. */
const char *site_protocol_code(const char *protocol);
const char *site_protocol_of_code(const char *code);

#endif
