// SPDX-License-Identifier: LGPL-2.1-or-later
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "io.h"

/* Those that end the program, those that stop it, and the one that wakes it up. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };

#define SIGNALS	(sizeof(signals) / sizeof(signals[0]))

struct asking {
	struct sigaction actions[SIGNALS];
	sigset_t mask;
	struct termios normal;
};

static volatile sig_atomic_t caught;

/* A signal that ends the program counts more than one that stops it, and that more than one that wakes it up. */
static void on_signal(int number)
{
	if (!caught || caught == SIGCONT || number == SIGINT || number == SIGTERM || number == SIGHUP ||
	    number == SIGQUIT)
		caught = number;
}

/*
 * Takes signals only here where @mask is given: one that comes just before a read is not missed. Input that others have
 * made O_NONBLOCK is waited for all the same.
 */
static ssize_t read_byte(int fd, uint8_t *byte, const sigset_t *mask)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	ssize_t part;

	do {
		part = ppoll(&input, 1, NULL, mask);
		if (part > 0)
			part = read(fd, byte, 1);
	} while (part < 0 && (errno == EINTR || errno == EAGAIN) && !(mask && caught));
	return part < 0 ? -errno : part;
}

/* Byte by byte: what follows the line belongs to the next reader. */
static int read_line(int fd, struct secret *line, const sigset_t *mask)
{
	ssize_t part;

	line->length = 0;
	for (;;) {
		part = read_byte(fd, line->data + line->length, mask);
		if (part < 0)
			return (int)part;
		if (!part && !line->length)
			return -ENODATA;
		if (!part || line->data[line->length] == '\n')
			break;
		/* The carriage return before the end of a line does not count. */
		if (++line->length > line->capacity - 1)
			return -EMSGSIZE;
	}
	if (line->length && line->data[line->length - 1] == '\r')
		line->length--;
	if (line->length > line->capacity - 2)
		return -EMSGSIZE;
	line->data[line->length] = 0;
	return 0;
}

int line_read(int fd, struct secret *line)
{
	return read_line(fd, line, NULL);
}

/*
 * The terminal's own two are not blocked: they come of what this process does itself, and with them
 * blocked a read in the background would be an error. A signal that was ignored stays so.
 */
static void begin(struct asking *asking)
{
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i] != SIGTTIN && signals[i] != SIGTTOU)
			sigaddset(&blocked, signals[i]);
	sigprocmask(SIG_BLOCK, &blocked, &asking->mask);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &asking->actions[i]);
		if (asking->actions[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

/* Returns the signal that came, which has had its effect; 0: none. */
static int end(const struct asking *asking)
{
	int number = caught;

	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &asking->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &asking->mask, NULL);
	caught = 0;
	if (number)
		raise(number);
	return number;
}

/* Echo goes off before the prompt is there: what is typed on seeing it is neither shown nor dropped. */
static int ask(const struct asking *asking, int fd, int out, const char *prompt, enum terminal_echo echo,
	       struct secret *line)
{
	struct termios quiet = asking->normal;
	int result = 0;

	if (echo == TERMINAL_HIDDEN) {
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		quiet.c_lflag |= ECHONL;
	}
	if (tcsetattr(fd, TCSAFLUSH, &quiet) < 0)
		return -errno;
	result = write_all(out, prompt, strlen(prompt));
	if (!result)
		result = read_line(fd, line, &asking->mask);
	if (caught && echo == TERMINAL_HIDDEN)
		(void)!write(out, "\n", 1);
	tcsetattr(fd, TCSAFLUSH, &asking->normal);
	return result;
}

int terminal_ask(int fd, int out, const char *prompt, enum terminal_echo echo, struct secret *line)
{
	struct asking asking;
	int result, number;

	do {
		begin(&asking);
		result = tcgetattr(fd, &asking.normal) < 0 ? -errno : ask(&asking, fd, out, prompt, echo, line);
		number = end(&asking);
		if (number)
			explicit_bzero(line->data, line->capacity);
	} while (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU || number == SIGCONT);
	return number ? -EINTR : result;
}

int terminal_ask_own(const char *prompt, enum terminal_echo echo, struct secret *line)
{
	CLEANUP_FD int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return terminal < 0 ? -ENOTTY : terminal_ask(terminal, terminal, prompt, echo, line);
}

void terminal_quiet(int fd, void (*work)(void *context), void *context)
{
	struct termios quiet;
	struct asking asking;
	bool is_terminal;

	begin(&asking);
	is_terminal = tcgetattr(fd, &asking.normal) == 0;
	if (is_terminal) {
		quiet = asking.normal;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		tcsetattr(fd, TCSAFLUSH, &quiet);
	}
	work(context);
	if (is_terminal)
		tcsetattr(fd, TCSAFLUSH, &asking.normal);
	end(&asking);
}
