// SPDX-License-Identifier: GPL-2.0-or-later
#include "entitlement.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/settings_file.h"

#define UID_DIGITS	10	/* at most */

static void clear_words(struct words *words)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		free(words->words[i]);
	free(words->words);
	*words = (struct words){ 0 };
}

void entitlement_clear(struct entitlement *entitlement)
{
	free(entitlement->path);
	free(entitlement->problem);
	free(entitlement->executable);
	free(entitlement->unit);
	free(entitlement->flatpak);
	free(entitlement->snap);
	free(entitlement->container);
	free(entitlement->label);
	free(entitlement->user);
	free(entitlement->prefix);
	free(entitlement->application);
	clear_words(&entitlement->groups);
	clear_words(&entitlement->associated);
	clear_words(&entitlement->application_groups);
	*entitlement = (struct entitlement){ 0 };
}

struct place {
	struct entitlement *entitlement;
	unsigned int line;
	unsigned int on_behalf;		/* line of OnBehalf; 0: none */
	enum { NO_SECTION, MATCH, GRANT } section;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct place *place, const char *format,
							 ...)
{
	char text[512];
	va_list arguments;
	int length;

	if (place->entitlement->problem)
		return false;
	length = place->line ? snprintf(text, sizeof(text), "line %u: ", place->line) : 0;
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
	va_end(arguments);
	place->entitlement->problem = strdup(text);
	return false;
}

static bool add_word(struct place *place, struct words *words, const char *word, size_t length)
{
	const char *user = memmem(word, length, ENTITLEMENT_USER, strlen(ENTITLEMENT_USER));
	char **larger;

	if (length > ENTITLEMENT_MAX_WORD)
		return refuse(place, "a name is longer than %d bytes", ENTITLEMENT_MAX_WORD);
	if (user && memmem(user + 1, length - (size_t)(user + 1 - word), ENTITLEMENT_USER, strlen(ENTITLEMENT_USER)))
		return refuse(place, "%s is twice in a name", ENTITLEMENT_USER);
	if (words->count == ENTITLEMENT_MAX_GROUPS)
		return refuse(place, "more than %d names", ENTITLEMENT_MAX_GROUPS);
	larger = reallocarray(words->words, words->count + 2, sizeof(*larger));
	if (!larger)
		return refuse(place, "out of memory");
	words->words = larger;
	larger[words->count] = strndup(word, length);
	if (!larger[words->count])
		return refuse(place, "out of memory");
	larger[++words->count] = NULL;
	return true;
}

static bool set_words(struct place *place, struct words *words, const char *text)
{
	static const char separators[] = ", \t";
	size_t length;

	for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
		length = strcspn(text, separators);
		if (!add_word(place, words, text, length))
			return false;
		text += length;
	}
	return true;
}

static bool set_text(struct place *place, char **field, const char *key, const char *text)
{
	if (!*text)
		return refuse(place, "%s is empty", key);
	if (strpbrk(text, " \t,"))
		return refuse(place, "%s takes one name", key);
	if (strlen(text) > 4095)
		return refuse(place, "%s is too long", key);
	if (*field)
		return refuse(place, "%s occurs twice", key);
	*field = strdup(text);
	return *field || refuse(place, "out of memory");
}

static bool set_boolean(struct place *place, bool *field, const char *key, const char *text)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return refuse(place, "%s is yes or no", key);
	*field = !strcmp(text, "yes");
	return true;
}

static bool set_match(struct place *place, const char *key, const char *text)
{
	struct entitlement *entitlement = place->entitlement;
	const struct {
		const char *key;
		char **field;
	} keys[] = {
		{ "Executable", &entitlement->executable }, { "Unit", &entitlement->unit },
		{ "Flatpak", &entitlement->flatpak }, { "Snap", &entitlement->snap },
		{ "Container", &entitlement->container }, { "Label", &entitlement->label },
		{ "User", &entitlement->user },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].key, key))
			return set_text(place, keys[i].field, key, text);
	if (!strcmp(key, "Privileged"))
		return set_boolean(place, &entitlement->privileged, key, text);
	return refuse(place, "[Match] has no '%s'", key);
}

static bool set_grant(struct place *place, const char *key, const char *text)
{
	struct entitlement *entitlement = place->entitlement;

	if (!strcmp(key, "KeychainAccessGroups"))
		return set_words(place, &entitlement->groups, text);
	if (!strcmp(key, "AssociatedApplicationIdentifiers"))
		return set_words(place, &entitlement->associated, text);
	if (!strcmp(key, "ApplicationGroups"))
		return set_words(place, &entitlement->application_groups, text);
	if (!strcmp(key, "ApplicationIdentifier"))
		return set_text(place, &entitlement->application, key, text);
	if (!strcmp(key, "Prefix"))
		return set_text(place, &entitlement->prefix, key, text);
	if (!strcmp(key, "SystemKeychain"))
		return set_boolean(place, &entitlement->system, key, text);
	if (!strcmp(key, "OnBehalf")) {
		place->on_behalf = place->line;
		return set_boolean(place, &entitlement->on_behalf, key, text);
	}
	return refuse(place, "[Grant] has no '%s'", key);
}

static bool read_line(struct place *place, char *line)
{
	char *value;

	line = settings_file_trim(line);
	if (!*line || *line == '#' || *line == ';')
		return true;
	if (*line == '[') {
		place->section = !strcmp(line, "[Match]") ? MATCH :
				 !strcmp(line, "[Grant]") ? GRANT : NO_SECTION;
		return place->section || refuse(place, "sections are [Match] and [Grant]");
	}
	value = strchr(line, '=');
	if (!value)
		return refuse(place, "neither 'Key=value' nor a section");
	*value++ = 0;
	line = settings_file_trim(line);
	value = settings_file_trim(value);
	switch (place->section) {
	case MATCH:
		return set_match(place, line, value);
	case GRANT:
		return set_grant(place, line, value);
	default:
		return refuse(place, "'%s' before a section", line);
	}
}

/* Their control groups have the jobs of every user's crontab, and sessions where no PAM module moves them. */
static bool runs_for_others(const char *unit)
{
	static const char *const units[] = {
		"cron.service", "crond.service", "cronie.service", "anacron.service", "fcron.service",
		"bcron.service", "atd.service", "incron.service", "ssh.service", "sshd.service",
		"ssh@.service", "sshd@.service", "getty@.service", "inetd.service", "xinetd.service",
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i]))
			return true;
	return false;
}

static bool fits(struct place *place, const char *prefix, const char *name)
{
	size_t length = (prefix ? strlen(prefix) + 1 : 0) + (name ? strlen(name) : 0);

	if (name && strstr(name, ENTITLEMENT_USER))
		length += UID_DIGITS - strlen(ENTITLEMENT_USER);
	return length <= ENTITLEMENT_MAX_WORD || !name ||
	       refuse(place, "with its Prefix and the uid a name is longer than %d bytes", ENTITLEMENT_MAX_WORD);
}

static bool all_fit(struct place *place, const char *prefix, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		if (!fits(place, prefix, words->words[i]))
			return false;
	return true;
}

/* Anything else that a process is known by says where it runs, not which code it runs. */
static bool check_on_behalf(struct place *place)
{
	if (!place->on_behalf || place->entitlement->executable)
		return true;
	place->line = place->on_behalf;
	return refuse(place, "OnBehalf is granted to an executable: [Match] has to name one by Executable");
}

static bool check_whole(struct place *place)
{
	const struct entitlement *entitlement = place->entitlement;

	place->line = 0;
	if (!entitlement->executable && !entitlement->unit && !entitlement->flatpak &&
	    !entitlement->snap && !entitlement->container && !entitlement->label)
		return refuse(place,
			      "[Match] names no Executable, Unit, Flatpak, Snap, Container or "
			      "Label");
	/* AppArmor's, of whatever has no profile. */
	if (entitlement->label && !strcmp(entitlement->label, "unconfined"))
		return refuse(place, "Label unconfined is that of all programs without a profile");
	if (entitlement->unit && !entitlement->user && runs_for_others(entitlement->unit))
		return refuse(place,
			      "Unit %s runs programs of all users: User has to say whose",
			      entitlement->unit);
	if (entitlement->executable && *entitlement->executable != '/')
		return refuse(place, "Executable is no absolute path");
	return check_on_behalf(place) && all_fit(place, entitlement->prefix, &entitlement->groups) &&
	       all_fit(place, entitlement->prefix, &entitlement->associated) && all_fit(place, NULL, &entitlement->application_groups) &&
	       fits(place, entitlement->prefix, entitlement->application);
}

bool entitlement_parse(struct entitlement *entitlement, const char *path, const char *text,
		       size_t length)
{
	struct place place = { .entitlement = entitlement };
	char *copy, *rest, *line;
	bool good;

	*entitlement = (struct entitlement){ .path = strdup(path) };
	if (length > ENTITLEMENT_MAX_FILE)
		return refuse(&place, "longer than %d bytes", ENTITLEMENT_MAX_FILE);
	if (memchr(text, 0, length))
		return refuse(&place, "not a text");
	copy = strndup(text, length);
	if (!copy)
		return refuse(&place, "out of memory");
	rest = copy;
	good = true;
	while (good && (line = strsep(&rest, "\n"))) {
		place.line++;
		good = read_line(&place, line);
	}
	free(copy);
	return good && check_whole(&place);
}

/* ---- What it grants -------------------------------------------------------------------------- */

struct list {
	const uid_t *uid;
	char **groups;
	const char **sources;
	size_t count;
	bool tokens;
	bool all;
	bool failed;
};

static char *with_prefix(const struct entitlement *entitlement, const char *name)
{
	char *text;

	if (!entitlement->prefix)
		return strdup(name);
	return asprintf(&text, "%s.%s", entitlement->prefix, name) < 0 ? NULL : text;
}

static char *of_user(const char *name, const uid_t *uid)
{
	const char *place = uid ? strstr(name, ENTITLEMENT_USER) : NULL;
	char *text;

	if (!place)
		return strdup(name);
	return asprintf(&text, "%.*s%u%s", (int)(place - name), name, *uid, place + strlen(ENTITLEMENT_USER)) < 0 ? NULL : text;
}

/* Takes @group. */
static void add_group(struct list *list, char *group, const char *source)
{
	size_t i;

	for (i = 0; group && i < list->count; i++)
		if (!strcmp(list->groups[i], group)) {
			free(group);
			return;
		}
	if (!group) {
		list->failed = true;
		return;
	}
	list->sources[list->count] = source;
	list->groups[list->count++] = group;
}

static char *prefixed_of_user(const struct entitlement *entitlement, const char *word, const uid_t *uid)
{
	char *name = of_user(word, uid), *group = name ? with_prefix(entitlement, name) : NULL;

	free(name);
	return group;
}

static void add_prefixed(struct list *list, const struct entitlement *entitlement,
			 const struct words *words, const char *source)
{
	size_t i;

	for (i = 0; i < words->count; i++) {
		if (!strcmp(words->words[i], TOKEN_GROUP))
			list->tokens = true;
		else if (!strcmp(words->words[i], "*"))
			list->all = true;
		else
			add_group(list, prefixed_of_user(entitlement, words->words[i], list->uid), source);
	}
}

char **entitlement_groups(const struct entitlement *entitlement, const uid_t *uid, const char ***ret_sources,
			  bool *ret_tokens, bool *ret_all)
{
	const struct words *application_groups = &entitlement->application_groups;
	struct list list = { .uid = uid };
	size_t most = entitlement->groups.count + entitlement->associated.count +
		      application_groups->count + 2;
	size_t i;

	list.groups = calloc(most, sizeof(*list.groups));
	list.sources = calloc(most, sizeof(*list.sources));
	if (!list.groups || !list.sources)
		goto fail;
	add_prefixed(&list, entitlement, &entitlement->groups, "KeychainAccessGroups");
	add_prefixed(&list, entitlement, &entitlement->associated,
		     "AssociatedApplicationIdentifiers");
	if (entitlement->application)
		add_group(&list, entitlement_application(entitlement), "ApplicationIdentifier");
	for (i = 0; i < application_groups->count; i++)
		add_group(&list, of_user(application_groups->words[i], uid), "ApplicationGroups");
	if (list.failed)
		goto fail;
	*ret_sources = list.sources;
	*ret_tokens = list.tokens;
	*ret_all = list.all;
	return list.groups;
fail:
	for (i = 0; list.groups && i < list.count; i++)
		free(list.groups[i]);
	free(list.groups);
	free(list.sources);
	return NULL;
}

char *entitlement_application(const struct entitlement *entitlement)
{
	return entitlement->application ? with_prefix(entitlement, entitlement->application) : NULL;
}
