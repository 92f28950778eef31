// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "cli/sent_text.h"
#include "follow.h"
#include "lock.h"
#include "log_text.h"
#include "screen.h"

#define SECOND_US	1000000ULL
#define SECOND_NS	1000000000ULL
/* A screen locker that lets the user in opens the keybag in the same moment. */
#define SETTLE_US	(2 * SECOND_US)
/* keybagd starts again, the machine wakes up. */
#define PASSING_US	(5 * SECOND_US)
/* A prompter that could not ask may be able to later, once the desktop is up: after PASSING_US, doubled so many times at most. */
#define MAX_DOUBLED	6

static const struct agent_options *options;
static sd_event *loop;
static struct keybag_client *client;
static sd_event_source *ask_timer, *end_source;
static struct prompter prompter;
static char error_text[512];	/* of the last answer; empty: none */
static bool closed, declined, screen_locked;
static unsigned int unable;	/* how often in turn the prompter could not ask */
static int turn = -1;		/* lock of the agent that asks; negative: this one does not, or there can be no lock */
/* Another agent of the user. Its question is this one's as well, unless this one checks. */
static enum {
	OTHER_NONE,
	OTHER_ASKS,
	OTHER_ENDED,		/* it asks no more, and what came of it is about to be told */
} other;

static void finish(int status)
{
	sd_event_exit(loop, status);
}

static void ask_after(uint64_t delay_us)
{
	sd_event_source_set_time_relative(ask_timer, delay_us);
	sd_event_source_set_enabled(ask_timer, SD_EVENT_ONESHOT);
}

/* Held from the first question to the answer, be it given after several. Who types the command is asked where it was typed. */
static bool take_turn(void)
{
	if (turn < 0 && !(options->once && isatty(STDIN_FILENO)))
		turn = lock_take("keybag-agent-asks.lock");
	return turn != -EWOULDBLOCK;
}

static void end_turn(void)
{
	if (turn >= 0)
		close(turn);
	turn = -1;
	other = OTHER_NONE;
}

static void stop_asking(void)
{
	end_turn();
	sd_event_source_set_enabled(ask_timer, SD_EVENT_OFF);
	end_source = sd_event_source_disable_unref(end_source);
	prompter_wipe(&prompter);
	error_text[0] = 0;
}

static void consider(uint64_t delay_us)
{
	if (closed && !declined && !screen_locked && !prompter.pid)
		ask_after(delay_us);
}

static void decline(void)
{
	declined = true;
	stop_asking();
	if (options->once)
		finish(1);
}

/* A right answer makes an event, which does the rest; only what asks once need not wait for it. */
static void accepted(void)
{
	stop_asking();
	if (options->once)
		finish(0);
}

static int show(const char *text, bool message);

/* Nothing was tried, for a reason that will be over soon. */
static bool is_passing(int error)
{
	return error == -ECANCELED || error == -EBUSY || error == -ECONNREFUSED ||
	       error == -ECONNRESET || error == -ETIMEDOUT;
}

/* A message: where it goes to the journal it is English. */
__attribute__((format_arg(1))) static const char *shown(const char *text)
{
	return options->prompter == PROMPTER_ASK_PASSWORD ? log_text(text) : _(text);
}

/* The outcome of the last request, for standard error. */
static const char *log_error(int error)
{
	const char *text = *keybag_client_message(client) ? keybag_client_message(client) : keybag_error_text(error);

	return isatty(STDERR_FILENO) ? sent_text(text) : text;
}

static const char *shown_error(int error)
{
	const char *text = *keybag_client_message(client) ? keybag_client_message(client) : keybag_error_text(error);

	return options->prompter == PROMPTER_ASK_PASSWORD ? log_error(error) : sent_text(text);
}

/* Tells the user what went wrong and what to do, and when it will ask again. */
static void rejected(int error, const struct keybag_attempt *attempt)
{
	unsigned long long seconds = (attempt->retry_after_ns + SECOND_NS - 1) / SECOND_NS;
	char text[1024];

	if (is_passing(error)) {
		snprintf(error_text, sizeof(error_text), _("It could not be tried: %s."),
			 _(keybag_error_text(error)));
		consider(PASSING_US);
		return;
	}
	if (error != -EKEYREJECTED && error != -EAGAIN) {
		snprintf(text, sizeof(text), shown(N_("The keybag of %s cannot be opened: %s.")),
			 options->name, shown_error(error));
		declined = true;
		show(text, true);
		return;
	}
	snprintf(error_text, sizeof(error_text), _("Wrong passcode (%u so far)."), attempt->failures);
	if (!seconds) {
		consider(0);
		return;
	}
	snprintf(text, sizeof(text), shown(N_("Too many wrong passcodes: the keybag of %s can be tried "
					      "again in %llu s. You will be asked then.")), options->name, seconds);
	sd_event_source_set_enabled(ask_timer, SD_EVENT_OFF);
	show(text, true);
	ask_after(seconds * SECOND_US);
}

static void too_long(void)
{
	prompter_wipe(&prompter);
	snprintf(error_text, sizeof(error_text), _("A passcode has at most %d bytes."), KEYBAG_MAX_PASSCODE);
	consider(0);
}

static void try(const char *passcode, size_t length)
{
	struct keybag_proof proof = {
		.kind = KEYBAG_PROTECTOR_PASSCODE,
		.text = passcode,
		.length = length,
	};
	struct keybag_attempt attempt = { 0 };
	int result = keybag_client_unlock(client, &options->whose, &proof, options->check ? KEYBAG_UNLOCK_CHECK : 0,
					  KEYBAG_REASON_REQUEST, &attempt);

	prompter_wipe(&prompter);
	keybag_clear_registers();
	if (result < 0)
		rejected(result, &attempt);
	else
		accepted();
}

/* Said once, for an agent that goes on. */
static void tell_unable(int result)
{
	if (unable)
		return;
	if (result == -ENOENT)
		fprintf(stderr, log_text(N_("keybag-agent: no program %s: install one, or name it with "
					    "--pinentry\n")), prompter.program);
	else
		fprintf(stderr, log_text(N_("keybag-agent: %s could not ask: is there a display or a "
					    "terminal?\n")), prompter.program);
}

static void could_not_ask(int result)
{
	tell_unable(result);
	if (options->once) {
		decline();
		return;
	}
	stop_asking();
	consider(PASSING_US << unable);
	if (unable < MAX_DOUBLED)
		unable++;
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *context)
{
	const char *passcode;
	size_t length;
	bool asked = prompter.asks == PROMPT_PASSCODE;
	int result;

	(void)source;
	(void)fd;
	(void)events;
	(void)context;
	end_source = sd_event_source_disable_unref(end_source);
	result = prompter_finish(&prompter, &passcode, &length);
	if (asked && (!result || result == -ECANCELED))
		unable = 0;
	if (result == 0 && asked) {
		if (length > KEYBAG_MAX_PASSCODE)
			too_long();
		else
			try(passcode, length);
		return 0;
	}
	prompter_wipe(&prompter);
	if (asked && result == -ECANCELED) {
		decline();
	} else if (asked) {
		could_not_ask(result);
	} else if (declined) {
		end_turn();
		if (options->once)
			finish(1);
	}
	return 0;
}

static int show(const char *text, bool message)
{
	struct prompt prompt = {
		.kind = message ? PROMPT_MESSAGE : PROMPT_PASSCODE,
		.text = text,
		.error = *error_text && !message ? error_text : NULL,
	};
	int result;

	/* An agent that asks on consoles gives messages to the journal. */
	if (message && options->prompter == PROMPTER_ASK_PASSWORD) {
		fprintf(stderr, "keybag-agent: %s\n", text);
		if (declined && options->once)
			finish(1);
		return 0;
	}
	result = prompter_start(&prompter, &prompt);
	if (result >= 0)
		result = sd_event_add_io(loop, &end_source, prompter.process, EPOLLIN, on_end,
					 NULL);
	if (result < 0) {
		fprintf(stderr, log_text(N_("keybag-agent: cannot ask: %s\n")), strerrordesc_np(-result));
		decline();
	}
	return result;
}

static void ask(void)
{
	char text[1024], question[256];

	snprintf(question, sizeof(question), _("Passcode of the keybag of %s:"), options->name);
	if (options->prompter == PROMPTER_ASK_PASSWORD)
		snprintf(text, sizeof(text), "%s%s%s", error_text, *error_text ? " " : "", question);
	else
		snprintf(text, sizeof(text), "%s", options->check ?
			 _("A program has locked passwords of yours. The passcode of your keybag opens them; that is your login "
			   "password, unless you have set another.") :
			 _("Your keybag is closed. Its passcode opens it; that is your login "
			   "password, unless you have set another."));
	show(text, false);
}

static void ask_in_turn(void)
{
	if (!take_turn()) {
		other = OTHER_ASKS;
		ask_after(SECOND_US);
	} else if (other == OTHER_ASKS && !options->check) {
		other = OTHER_ENDED;
		ask_after(SETTLE_US);
	} else if (other == OTHER_ENDED) {
		/* The user has said no. */
		decline();
	} else {
		/* A check learns nothing of the other one's answer, which no event tells. */
		other = OTHER_NONE;
		ask();
	}
}

static int on_ask(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	/* A message that is still shown has been outlived. */
	if (prompter.pid && prompter.asks == PROMPT_MESSAGE) {
		end_source = sd_event_source_disable_unref(end_source);
		prompter_wipe(&prompter);
	}
	if (closed && !declined && !screen_locked && !prompter.pid)
		ask_in_turn();
	return 0;
}

static void on_screen(void)
{
	bool now = screen_is_locked(options->uid);

	if (now == screen_locked)
		return;
	screen_locked = now;
	if (now) {
		stop_asking();
	} else {
		declined = false;
		consider(SETTLE_US);
	}
}

/* Nobody can open it any more; one who asks once waits for nothing else. */
static void gone(void)
{
	stop_asking();
	if (!options->once)
		return;
	fprintf(stderr, log_text(N_("keybag-agent: the keybag of %s was unloaded before it was opened\n")), options->name);
	finish(1);
}

/* A check asks in each state. */
static bool is_to_be_asked(uint32_t state)
{
	return state == KEYBAG_STATE_LOCKED || state == KEYBAG_STATE_BEFORE_FIRST_UNLOCK ||
	       (options->check && state == KEYBAG_STATE_UNLOCKED);
}

static void on_state(uint32_t state)
{
	bool now = is_to_be_asked(state);

	if (now == closed)
		return;
	closed = now;
	if (state == KEYBAG_STATE_GONE) {
		gone();
	} else if (!now) {
		declined = false;
		accepted();
	} else {
		consider(options->once ? 0 : SETTLE_US);
	}
}

static int add_signal(int number, sd_event_signal_handler_t handler)
{
	return sd_event_add_signal(loop, NULL, number, handler, NULL);
}

/*
 * From the terminal that it asks on. Whatever asks there is ended, for not every one of them leaves the terminal as
 * it was; once continued, it is asked again. The default action, not SIGSTOP: where no shell is there to continue
 * it, the kernel does not stop it.
 */
static int on_stop(sd_event_source *source, const struct signalfd_siginfo *signal, void *context)
{
	bool asked = prompter.pid && prompter.asks == PROMPT_PASSCODE, told = prompter.pid && prompter.asks == PROMPT_MESSAGE;
	sigset_t stop;

	(void)source;
	(void)signal;
	(void)context;
	end_source = sd_event_source_disable_unref(end_source);
	prompter_wipe(&prompter);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	raise(SIGTSTP);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (asked)
		consider(0);
	else if (told && declined && options->once)
		finish(1);
	return 0;
}

/* Asks once of a keybag that is closed: there has to be one, with a passcode. */
static int look(void)
{
	struct keybag_info *info;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	int result = keybag_client_load(client, &options->whose, 0, uuid);

	if (result >= 0)
		result = keybag_client_status(client, &options->whose, &info);
	if (result < 0) {
		fprintf(stderr, "keybag-agent: %s\n", log_error(result));
		return result;
	}
	if (info->status.state == KEYBAG_STATE_UNLOCKED && !options->check)
		finish(0);
	keybag_info_free(info);
	return 0;
}

/* With --once the exit status says whether the keybag is open: it is not, or the agent would have ended. */
static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)source;
	(void)info;
	(void)context;
	finish(options->once ? 1 : 0);
	return 0;
}

static int start(void)
{
	int result = sd_event_default(&loop);

	prompter = (struct prompter){ .kind = options->prompter, .program = options->program };
	if (result >= 0)
		result = add_signal(SIGTERM, on_terminate);
	if (result >= 0)
		result = add_signal(SIGINT, on_terminate);
	if (result >= 0)
		result = add_signal(SIGTSTP, on_stop);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &ask_timer, CLOCK_BOOTTIME, 0, 0, on_ask,
						    NULL);
	if (result >= 0)
		result = sd_event_source_set_enabled(ask_timer, SD_EVENT_OFF);
	if (result >= 0)
		result = keybag_client_new(&client);
	if (result < 0) {
		fprintf(stderr, "keybag-agent: %s\n", strerrordesc_np(-result));
		return result;
	}
	if (options->once) {
		result = look();
		if (result < 0)
			return result;
	} else {
		screen_watch(loop, on_screen);
		screen_locked = screen_is_locked(options->uid);
	}
	return follow_start(loop, &options->whose, on_state);
}

int agent_run(const struct agent_options *given)
{
	int result;

	options = given;
	result = start();
	if (result >= 0)
		result = sd_event_loop(loop);
	prompter_wipe(&prompter);
	follow_stop();
	keybag_client_free(client);
	return result < 0 ? 1 : result;
}
