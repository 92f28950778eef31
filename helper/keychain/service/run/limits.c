// SPDX-License-Identifier: GPL-2.0-or-later
#include "limits.h"

/* Its place, or a free one; there is one as long as applications may have connections. */
static unsigned int *find(struct limits *limits, uint32_t application)
{
	unsigned int *unused = NULL;
	size_t i;

	for (i = 0; i < CONNECTIONS_OF_APPLICATIONS; i++) {
		if (!limits->each[i].connections) {
			if (!unused) {
				limits->each[i].application = application;
				unused = &limits->each[i].connections;
			}
		} else if (limits->each[i].application == application) {
			return &limits->each[i].connections;
		}
	}
	return unused;
}

const char *limits_enter(struct limits *limits, uid_t uid, uint32_t application, unsigned int all)
{
	unsigned int *of_one = NULL;

	if (limits->connections >= CONNECTIONS_OF_USER ||
	    (uid ? all + limits->connections >= CONNECTIONS_OF_ALL - CONNECTIONS_OF_ROOT :
		   all >= CONNECTIONS_OF_ALL))
		return "too many connections to keychaind: close some of them";
	if (application) {
		of_one = limits->of_applications < CONNECTIONS_OF_APPLICATIONS ?
			 find(limits, application) : NULL;
		if (!of_one || *of_one >= CONNECTIONS_OF_APPLICATION)
			return "too many connections of this application, or of all applications, to "
			       "keychaind: close some of them";
		++*of_one;
		limits->of_applications++;
	}
	limits->connections++;
	return NULL;
}

void limits_leave(struct limits *limits, uint32_t application)
{
	limits->connections--;
	if (!application)
		return;
	--*find(limits, application);
	limits->of_applications--;
}
