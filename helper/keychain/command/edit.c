// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * edit: the attributes of an item as text in an editor. The secret never is in the file: editors keep copies.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "confirm.h"
#include "edit_folder.h"
#include "execute.h"
#include "helper/cli/answer.h"
#include "helper/common/cleanup.h"
#include "several.h"
#include "stream.h"

#define EDITOR_END_SECONDS	3

static const char usage[] =
	N_("usage: keychainctl edit ATTRIBUTE...\n\n"
	"Opens the attributes of the item that matches in $VISUAL, $EDITOR or editor(1), and\n"
	"changes those whose line was changed. On a terminal a line with a mistake can be edited\n"
	"again. The secret is not shown: 'keychainctl update' changes it.\n\n");

/* Attributes that cannot be changed are not shown either. */
static bool is_fixed(const struct attribute_name *name)
{
	return !name || name->type == TYPE_CLASS || name->type == TYPE_REFERENCE || !strcmp(name->key, "cdat") ||
	       !strcmp(name->key, "mdat") || name->type == TYPE_ACCESS_CONTROL;
}

static int write_item(int descriptor, const struct value *item)
{
	struct value *named = item_named(item);
	FILE *file = named ? fdopen(descriptor, "w") : NULL;

	if (!file) {
		close(descriptor);
		value_free(named);
		return -ENOMEM;
	}
	fputs(_("# Attributes of one item, a line each: NAME: VALUE. Lines that are unchanged, or removed, change nothing.\n"),
	      file);
	for (size_t i = 0; i < attribute_name_count(); i++) {
		const struct attribute_name *name = attribute_name_at(i);
		const struct value *value = value_get(named, name->name);

		if (!value || is_fixed(name))
			continue;
		fprintf(file, "%s: ", name->name);
		attribute_print_of(file, name->key, value);
		fputc('\n', file);
	}
	value_free(named);
	return fclose(file) ? -errno : 0;
}

/* Signals that would end this program, and leave the file: they wait until the file is gone. */
struct held_signals {
	sigset_t before, held;
	struct termios terminal;	/* as it was */
	bool has_terminal;
	int ended_by;			/* the signal that came while the editor was running; 0: none */
};

static void hold_signals(struct held_signals *signals)
{
	static const int ending[] = { SIGTERM, SIGHUP };
	struct sigaction action;

	sigemptyset(&signals->held);
	sigaddset(&signals->held, SIGCHLD);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		/* One that is ignored, as by nohup(1), stays so. */
		if (!sigaction(ending[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&signals->held, ending[i]);
	}
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &signals->held, &signals->before);
	signals->has_terminal = !tcgetattr(STDIN_FILENO, &signals->terminal);
	signals->ended_by = 0;
}

/* Does not return where one has come. */
static void let_signals_go(struct held_signals *signals)
{
	if (signals->ended_by) {
		/* The editor may have had no time to. */
		if (signals->has_terminal)
			tcsetattr(STDIN_FILENO, TCSADRAIN, &signals->terminal);
		raise(signals->ended_by);
	}
	sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

/* Gives an editor that was told to end a while for it. */
static void await_end(pid_t child, const struct held_signals *signals)
{
	static const struct timespec patience = { .tv_sec = EDITOR_END_SECONDS };
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGCHLD);
	kill(child, signals->ended_by);
	/* It may be stopped. */
	kill(child, SIGCONT);
	while (!waitpid(child, NULL, WNOHANG)) {
		if (sigtimedwait(&end, NULL, &patience) < 0 && errno == EAGAIN)
			return;
	}
}

/* Returns the status of waitpid(2), or -1. */
static int await_editor(pid_t child, struct held_signals *signals)
{
	for (;;) {
		int status = -1, number = sigwaitinfo(&signals->held, NULL);
		pid_t ended;

		if (number == SIGTERM || number == SIGHUP) {
			signals->ended_by = number;
			await_end(child, signals);
			return -1;
		}
		ended = waitpid(child, &status, WNOHANG);
		if (ended)
			return ended < 0 ? -1 : status;
	}
}

/* Ctrl-C is for the editor: if it ended this program, the file would stay. Returns as await_editor(). */
static int run_command(const char *command, const char *path, struct held_signals *signals)
{
	void (*interrupt)(int) = signal(SIGINT, SIG_IGN), (*quit)(int) = signal(SIGQUIT, SIG_IGN);
	pid_t child = fork();
	int status = -1;

	if (!child) {
		signal(SIGINT, interrupt);
		signal(SIGQUIT, quit);
		sigprocmask(SIG_SETMASK, &signals->before, NULL);
		execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	if (child > 0)
		status = await_editor(child, signals);
	signal(SIGINT, interrupt);
	signal(SIGQUIT, quit);
	return status;
}

/* The editor is a command with arguments, as $EDITOR may have; the file is its last one. */
static int run_editor(const char *path, struct held_signals *signals)
{
	const char *editor = getenv("VISUAL");
	char *command CLEANUP_FREE = NULL;
	int status;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (asprintf(&command, "%s \"$1\"", editor && *editor ? editor : "editor") < 0)
		return complain_other(_("out of memory"));
	status = run_command(command, path, signals);
	if (signals->ended_by)
		return EXIT_OTHER;
	if (status < 0)
		return complain_other(_("the editor cannot be started: %s"), translate_errno(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return complain_other(_("the editor failed, and nothing was changed: set VISUAL or EDITOR to one that is "
				      "installed"));
	return 0;
}

/* Whether @text is what was shown of it. */
static bool is_unchanged(const char *key, const struct value *shown, const char *text)
{
	char *before CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = shown ? open_memstream(&before, &length) : NULL;

	if (!file)
		return false;
	attribute_print_of(file, key, shown);
	return !fclose(file) && !strcmp(before, text);
}

static int refuse_code(const char *name, const char *key, const char *text)
{
	char *all CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = open_memstream(&all, &length);

	if (!file)
		return complain_other(_("out of memory"));
	attribute_codes_print(file, key);
	if (fclose(file))
		return complain_other(_("out of memory"));
	return complain_usage(_("'%s' is no value for %s: it takes %s; nothing was changed"), text, name, all);
}

/* The file as it is read. */
struct reading {
	const struct value *named;	/* what was shown */
	struct value *changes;
	struct value *seen;		/* names of lines before */
	struct value *own;		/* own attributes of all lines; NULL: no line has any */
};

static int refuse_text(const struct attribute_name *name, const char *text)
{
	return complain_usage(_("'%s' is no value for %s: %s; nothing was changed"), text, name->name,
			      attribute_takes(name->key, text));
}

/* Each line of own attributes adds its own to those of the others. */
static int gather_own(struct reading *reading, const struct attribute_name *name, const char *text)
{
	struct value *pairs = attribute_value(name->key, text);
	int result = 0, error = 0;

	if (!pairs)
		return refuse_text(name, text);
	if (!reading->own)
		reading->own = value_dictionary();
	for (size_t i = 0; !error && !result && i < value_count(pairs); i++) {
		const char *key = value_key_at(pairs, i);
		const struct value *before = value_get(reading->own, key);

		if (before && !value_equal(before, value_at(pairs, i)))
			result = complain_usage(_("attribute '%s' has two values: leave one of them; nothing was changed"), key);
		else
			error = value_set(reading->own, key, value_copy(value_at(pairs, i)));
	}
	value_free(pairs);
	return error || !reading->own ? complain_other(_("out of memory")) : result;
}

/* Notes own attributes as a change, if they are others than those that were shown. */
static int finish_own(struct reading *reading)
{
	const struct attribute_name *name = attribute_name_of("attr");
	const struct value *shown = value_get(reading->named, name->name);

	if (!reading->own || (shown ? value_equal(shown, reading->own) : !value_count(reading->own)))
		return 0;
	return value_set(reading->changes, name->key, value_copy(reading->own)) < 0 ? complain_other(_("out of memory")) : 0;
}

static int read_value(struct reading *reading, const struct attribute_name *name, const char *text)
{
	const char *code = NULL;
	struct value *value;

	if (name->type == TYPE_OWN)
		return gather_own(reading, name, text);
	if (value_get(reading->seen, name->key))
		return complain_usage(_("there are two lines of %s: leave one of them; nothing was changed"), name->name);
	if (value_set(reading->seen, name->key, value_boolean(true)) < 0)
		return complain_other(_("out of memory"));
	if (is_unchanged(name->key, value_get(reading->named, name->name), text))
		return 0;
	if (name->type == TYPE_CODE) {
		code = attribute_code(name->key, text);
		if (!code && *text)
			return refuse_code(name->name, name->key, text);
	}
	value = code ? value_string(code) : attribute_value(name->key, text);
	if (!value || !attribute_in_range(name->key, value)) {
		value_free(value);
		return refuse_text(name, text);
	}
	return value_set(reading->changes, name->key, value) < 0 ? complain_other(_("out of memory")) : 0;
}

static int read_line(struct reading *reading, char *line)
{
	const struct attribute_name *name;
	char *text = strchr(line, ':');

	line[strcspn(line, "\n")] = 0;
	if (!*line || *line == '#')
		return 0;
	if (!text)
		return complain_usage(_("'%s' is no line of the form NAME: VALUE; nothing was changed"), line);
	*text++ = 0;
	/* Editors that strip blanks at the ends of lines leave none behind an empty value. */
	text += *text == ' ';
	name = attribute_name_find(line);
	if (is_fixed(name))
		return complain_usage(_("'%s' is no attribute that can be changed; nothing was changed"), line);
	return read_value(reading, name, text);
}

static int read_item(const char *path, const struct value *item, struct value *changes)
{
	struct value *named = item_named(item);
	struct reading reading = { .named = named, .changes = changes, .seen = value_dictionary() };
	char *line CLEANUP_FREE = NULL;
	size_t size = 0;
	FILE *file = edit_folder_read(path);
	int result = 0;

	if (!file || !named || !reading.seen)
		result = complain_other("%s: %s", path, translate_errno(errno));
	while (!result && getline(&line, &size, file) >= 0)
		result = read_line(&reading, line);
	if (!result)
		result = finish_own(&reading);
	if (file)
		fclose(file);
	value_free(reading.own);
	value_free(reading.seen);
	value_free(named);
	return result;
}

/* A mistake in one line costs no one the others. */
static bool wants_to_mend(void)
{
	CLEANUP_SECRET struct secret answer = SECRET_NONE;

	if (!confirm_at_terminal() || stream_ask_shown(_("Edit it again? (Y/n) "), &answer) < 0)
		return false;
	return !answer.length || answer_begins_yes((const char *)answer.data);
}

/* Until all lines are read, or the person gives up. */
static int edit_file(const char *path, const struct value *item, struct held_signals *signals, struct value *changes)
{
	int result;

	do {
		while (value_count(changes))
			value_remove(changes, value_key_at(changes, 0));
		result = run_editor(path, signals);
		if (result)
			return result;
		result = read_item(path, item, changes);
	} while (result == EXIT_USAGE && wants_to_mend());
	return result;
}

static int let_edit(const struct value *item, struct value *changes)
{
	struct held_signals signals;
	char path[PATH_MAX];
	int descriptor, result;

	hold_signals(&signals);
	descriptor = edit_folder_make(path);
	if (descriptor < 0) {
		result = complain_other("%s: %s", path, translate_errno(descriptor));
	} else {
		result = write_item(descriptor, item);
		result = result < 0 ? complain_other("%s: %s", path, translate_errno(result)) :
				      edit_file(path, item, &signals, changes);
	}
	edit_folder_remove();
	let_signals_go(&signals);
	return result;
}

static int store(struct keychain_client *client, const struct value *item, const struct value *changes)
{
	struct value *query = value_dictionary(), *request;

	if (value_set(query, "v_PersistentRef", value_copy(value_get(item, "v_PersistentRef"))) < 0) {
		value_free(query);
		query = NULL;
	}
	request = request_new("update", query);
	if (value_set(request, "update", value_copy(changes)) < 0) {
		value_free(request);
		request = NULL;
	}
	return execute(client, request, NULL);
}

static int edit(struct keychain_client *client, const struct value *item)
{
	struct value *changes = value_dictionary();
	int result = changes ? let_edit(item, changes) : complain_other(_("out of memory"));

	if (!result && value_count(changes))
		result = store(client, item, changes);
	if (!result)
		fprintf(stderr, translate_count("keychainctl: %zu attribute changed\n", "keychainctl: %zu attributes changed\n",
						value_count(changes)), value_count(changes));
	value_free(changes);
	return result;
}

static struct value *request_of(struct arguments *arguments)
{
	struct value *request = request_new("copy", arguments_search(arguments));

	request_set(&request, "query", "r_Attributes", value_boolean(true));
	request_set(&request, "query", "r_PersistentRef", value_boolean(true));
	return request;
}

/* Takes @request. */
static int copy_one(struct keychain_client *client, struct value *request, struct value **ret_answer)
{
	int result = several_refuse(client, request);

	if (!result)
		return execute(client, request, ret_answer);
	value_free(request);
	return result;
}

int command_edit(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *answer = NULL;
	int result = arguments_read(client, argc, argv, OPTION_QUERY, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (!arguments_name_item(&arguments))
		result = complain_usage(_("which item? Name attributes of it, such as --service"));
	else
		result = copy_one(client, request_of(&arguments), &answer);
	if (!result)
		result = edit(client, value_get(answer, "result"));
	value_free(answer);
	arguments_free(&arguments);
	return result;
}
