// SPDX-License-Identifier: GPL-2.0-or-later
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/common/io.h"

#define ASKPASS		"/usr/bin/ssh-askpass"
#define PINENTRY	"pinentry"
#define OUTPUT_SIZE	4096
#define MANAGER		"org.freedesktop.systemd1"

/* ---- environment ---- */

static bool is_wanted(const char *variable)
{
	static const char *const names[] = { "DISPLAY=", "WAYLAND_DISPLAY=", "XAUTHORITY=", "SSH_ASKPASS=", "LANG=", "DBUS_SESSION_BUS_ADDRESS=" };

	for (size_t at = 0; at < sizeof(names) / sizeof(*names); at++) {
		if (!strncmp(variable, names[at], strlen(names[at])))
			return true;
	}
	return false;
}

/* The strings become part of the environment, for as long as the process lives. */
void program_environment(void)
{
	char **variables = NULL;
	sd_bus *bus = NULL;

	if (sd_bus_open_user(&bus) >= 0 &&
	    sd_bus_get_property_strv(bus, MANAGER, "/org/freedesktop/systemd1", MANAGER ".Manager", "Environment", NULL, &variables) >= 0) {
		for (char **variable = variables; variable && *variable; variable++) {
			if (is_wanted(*variable))
				putenv(*variable);
		}
	}
	sd_bus_flush_close_unref(bus);
}

/* ---- programs ---- */

static const char *find_askpass(void)
{
	const char *program = getenv("SSH_ASKPASS");

	if (!program || *program != '/')
		program = ASKPASS;
	return access(program, X_OK) ? NULL : program;
}

/* Its output goes to a memory file, whose pages are wiped. Returns a descriptor or -1. */
static int make_output(char **ret_output)
{
	CLEANUP_FD int fd = memfd_create("answer", MFD_CLOEXEC);
	char *output;

	if (fd < 0 || ftruncate(fd, OUTPUT_SIZE) < 0)
		return -1;
	output = mmap(NULL, OUTPUT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (output == MAP_FAILED)
		return -1;
	mlock(output, OUTPUT_SIZE);
	*ret_output = output;
	return take_descriptor(&fd);
}

static void release_output(char *output)
{
	explicit_bzero(output, OUTPUT_SIZE);
	munmap(output, OUTPUT_SIZE);
}

static int make_input(const char *commands)
{
	CLEANUP_FD int fd = memfd_create("commands", MFD_CLOEXEC);

	if (fd < 0 || write_all(fd, commands, strlen(commands)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return take_descriptor(&fd);
}

/* Returns its exit status, or -1. */
static int run(char *const *arguments, int input, int output)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0)
			execvp(arguments[0], arguments);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_askpass(const char *program, const char *text, const char *prompt, int output)
{
	char *arguments[] = { (char *)program, (char *)text, NULL };
	CLEANUP_FD int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (prompt)
		setenv("SSH_ASKPASS_PROMPT", prompt, 1);
	else
		unsetenv("SSH_ASKPASS_PROMPT");
	return input < 0 ? -1 : run(arguments, input, output);
}

static bool put_escaped(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\n' || *text == '\r')
			fprintf(file, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, file);
	}
	return !ferror(file);
}

/* Assuan: a line each, answered by OK or ERR. */
static int run_pinentry(const char *text, const char *command, int output)
{
	char *arguments[] = { (char *)PINENTRY, NULL }, *commands CLEANUP_FREE = NULL;
	const char *terminal = getenv("GPG_TTY");
	CLEANUP_FD int input = -1;
	size_t length;
	FILE *file = open_memstream(&commands, &length);
	bool good;

	if (!file)
		return -1;
	if (terminal && *terminal == '/' && !strpbrk(terminal, "\r\n"))
		fprintf(file, "OPTION ttyname=%s\n", terminal);
	fputs("SETTITLE SSH\nSETDESC ", file);
	good = put_escaped(file, text);
	fprintf(file, "\n%s\nBYE\n", command);
	if (fclose(file) || !good)
		return -1;
	input = make_input(commands);
	return input < 0 ? -1 : run(arguments, input, output);
}

/* Whether no line says ERR: those behind the first one too. */
static bool all_is_well(const char *output)
{
	return !strncmp(output, "OK", 2) && !strstr(output, "\nERR");
}

bool program_confirm(const char *text)
{
	const char *askpass = find_askpass();
	char *output = NULL;
	CLEANUP_FD int fd = make_output(&output);
	bool agreed;

	if (fd < 0)
		return false;
	agreed = askpass ? run_askpass(askpass, text, "confirm", fd) == 0
			 : run_pinentry(text, "CONFIRM", fd) == 0 && all_is_well(output);
	release_output(output);
	return agreed;
}

/* Data of pinentry, behind "D ", where PINs of digits need no escapes. */
static const char *typed(const char *output)
{
	const char *line = all_is_well(output) ? strstr(output, "\nD ") : NULL;

	return line ? line + 3 : "";
}

size_t program_ask_pin(const char *text, char *ret_pin, size_t capacity)
{
	const char *askpass = find_askpass(), *pin;
	char *output = NULL;
	CLEANUP_FD int fd = make_output(&output);
	size_t length;
	int status;

	if (fd < 0)
		return 0;
	status = askpass ? run_askpass(askpass, text, NULL, fd) : run_pinentry(text, "GETPIN", fd);
	output[OUTPUT_SIZE - 1] = 0;
	pin = status ? "" : askpass ? output : typed(output);
	length = strcspn(pin, "\r\n");
	if (length >= capacity)
		length = 0;
	memcpy(ret_pin, pin, length);
	ret_pin[length] = 0;
	release_output(output);
	return length;
}
