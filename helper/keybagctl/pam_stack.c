// SPDX-License-Identifier: GPL-2.0-or-later
#include "pam_stack.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_INCLUDES	16	/* libpam's own limit of depth is 16, too */

static int read_service(const char *service, const char *type, int depth, unsigned int level,
			struct pam_stack *stack);

static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	size_t length = *word == '[' ? strcspn(word, "]") + 1 : strcspn(word, " \t");

	if (!*word || length > strlen(word))
		return NULL;
	*line = word + length + (word[length] != 0);
	word[length] = 0;
	return word;
}

static int add_rule(struct pam_stack *stack, unsigned int level, const char *control, const char *module,
		    const char *arguments)
{
	struct pam_rule *rules = reallocarray(stack->rules, stack->count + 1, sizeof(*rules));
	const char *name = strrchr(module, '/');

	if (!rules)
		return -ENOMEM;
	stack->rules = rules;
	rules[stack->count].level = level;
	snprintf(rules[stack->count].control, sizeof(rules->control), "%s", control);
	snprintf(rules[stack->count].module, sizeof(rules->module), "%s", name ? name + 1 : module);
	snprintf(rules[stack->count].arguments, sizeof(rules->arguments), "%s", arguments);
	stack->count++;
	return 0;
}

/* It stands in its place itself, as for libpam: a jump over it counts it once. */
static int read_substack(const char *service, const char *type, int depth, unsigned int level, struct pam_stack *stack)
{
	int result = add_rule(stack, level, "substack", "", "");

	return result < 0 ? result : read_service(service, type, depth, level + 1, stack);
}

static int read_line(char *line, const char *type, int depth, unsigned int level, struct pam_stack *stack)
{
	char *first = next_word(&line), *control, *module;

	if (!first)
		return 0;
	if (!strcmp(first, "@include")) {
		module = next_word(&line);
		return module ? read_service(module, type, depth + 1, level, stack) : 0;
	}
	/* "-": not logged when the module is absent. */
	if (strcasecmp(first + (*first == '-'), type) != 0)
		return 0;
	control = next_word(&line);
	module = control ? next_word(&line) : NULL;
	if (!module)
		return 0;
	if (!strcmp(control, "include"))
		return read_service(module, type, depth + 1, level, stack);
	if (!strcmp(control, "substack"))
		return read_substack(module, type, depth + 1, level, stack);
	return add_rule(stack, level, control, module, line);
}

/* Joins lines that end with a backslash, and cuts comments off. */
static int read_lines(FILE *file, const char *type, int depth, unsigned int level, struct pam_stack *stack)
{
	char line[2048], *end;
	size_t used = 0;
	int result = 0;

	while (!result && fgets(line + used, (int)(sizeof(line) - used), file)) {
		end = line + used + strcspn(line + used, "#\n");
		*end = 0;
		if (end > line && end[-1] == '\\' && (size_t)(end - line) < sizeof(line) - 2) {
			end[-1] = ' ';
			used = (size_t)(end - line);
			continue;
		}
		used = 0;
		result = read_line(line, type, depth, level, stack);
	}
	return result;
}

/* An include may have a path, which is taken as it is. */
static FILE *open_service(const char *service)
{
	/* The second one is the distribution's own, where an administrator has changed nothing. */
	static const char *const folders[] = { "/etc/pam.d/", "/usr/lib/pam.d/" };
	char path[PATH_MAX];
	FILE *file = NULL;

	if (*service == '/')
		return fopen(service, "re");
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !file; i++)
		if (snprintf(path, sizeof(path), "%s%s", folders[i], service) < PATH_MAX)
			file = fopen(path, "re");
	return file;
}

static int read_service(const char *service, const char *type, int depth, unsigned int level,
			struct pam_stack *stack)
{
	FILE *file;
	int result;

	if (depth > MOST_INCLUDES)
		return -ELOOP;
	file = open_service(service);
	if (!file)
		return 0;
	result = read_lines(file, type, depth, level, stack);
	fclose(file);
	return result;
}

int pam_stack_read(const char *service, const char *type, struct pam_stack *ret_stack)
{
	const char *name = strrchr(service, '/');
	int result;

	*ret_stack = (struct pam_stack){ 0 };
	/* The name that a program gives has no path for libpam. */
	result = read_service(name ? name + 1 : service, type, 0, 0, ret_stack);
	if (result < 0)
		pam_stack_free(ret_stack);
	return result;
}

void pam_stack_free(struct pam_stack *stack)
{
	free(stack->rules);
	*stack = (struct pam_stack){ 0 };
}

int pam_stack_find(const struct pam_stack *stack, const char *module)
{
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (!strcmp(stack->rules[i].module, module))
			return (int)i;
	return -1;
}

/* Counts the rules of the rule's own level, substacks among them, that a jump past the one at @target passes over. */
static bool steps_past(const struct pam_stack *stack, int place, int target, long *ret_steps)
{
	unsigned int level = stack->rules[place].level;

	*ret_steps = 0;
	for (int i = place + 1; i <= target; i++) {
		/* Its substack ends, and it ends or jumps over nothing else. */
		if (stack->rules[i].level < level)
			return false;
		*ret_steps += stack->rules[i].level == level;
	}
	return true;
}

bool pam_rule_passes_over(const struct pam_stack *stack, int place, int target)
{
	const char *control = stack->rules[place].control;
	const char *success;
	long steps;

	if (!steps_past(stack, place, target, &steps))
		return false;
	if (*control != '[')
		return !strcasecmp(control, "sufficient");
	success = strstr(control, "success=");
	if (!success)
		success = strstr(control, "default=");
	if (!success)
		return false;
	success = strchr(success, '=') + 1;
	if (!strncmp(success, "done", 4))
		return true;
	return strtol(success, NULL, 10) >= steps;
}
