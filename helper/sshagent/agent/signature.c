// SPDX-License-Identifier: GPL-2.0-or-later
#include "signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "helper/common/deadline.h"
#include "helper/common/registers.h"
#include "helper/daemon/log.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/sshagent/ask/ask.h"
#include "helper/sshagent/key/private_key.h"
#include "helper/sshagent/store/kept_keys.h"
#include "held_keys.h"
#include "hidden_keys.h"
#include "passphrase.h"
#include "question.h"
#include "signable.h"

#define SECOND_NS	UINT64_C(1000000000)
#define MICROSECOND_NS	1000

struct signature_request {
	struct signature_request *next;
	struct requester *requester;
	uint64_t deadline;	/* for the keybag to be opened */
	bool confirmed;
	bool waits;		/* for the keybag */
	bool touch;		/* what is asked for */
	uint32_t asked;		/* ask.h; 0: nothing */
	uint32_t flags;
	struct bytes blob, data;	/* behind this */
};

enum step {
	STEP_GOOD,
	STEP_FAILED,
	STEP_PENDING,
};

static struct signature_request *pending;
static requester_answered *on_answer;
static unsigned int wait_s;
static sd_event_source *wait_end;

/* ---- steps ---- */

static enum step refuse(const struct signature_request *request, const char *reason)
{
	char fingerprint[KEY_FINGERPRINT_SIZE] = "";

	public_key_fingerprint(request->blob, fingerprint);
	log_notice("the SSH key %s does not sign: %s", fingerprint, reason);
	return STEP_FAILED;
}

/* @held: NULL where the key is none of these. */
static bool may_use(const struct signature_request *request, const struct held_key *held)
{
	char fingerprint[KEY_FINGERPRINT_SIZE];

	if (held)
		return !held->constraints.restricted ||
		       bindings_permit(&request->requester->bindings, held->constraints.destinations, request->blob, request->data);
	return public_key_fingerprint(request->blob, fingerprint) && !hidden_keys_has(fingerprint);
}

/* Returns 0 or one of errSec. */
static int open_record(const struct signature_request *request, const struct held_key *held, struct secret *ret_record)
{
	int result;

	if (!held)
		return kept_keys_open(request->blob, ret_record);
	result = sealed_key_open(&held->sealed, ret_record);
	if (result == -EBADMSG)
		return errSecDecode;
	return result == -ENOKEY || result == -EKEYREVOKED ? errSecInteractionNotAllowed : result ? errSecNotAvailable : 0;
}

static void on_signed(void *context, bool yes, struct bytes answer);
static void on_confirmed(void *context, bool yes, struct bytes answer);

static enum step ask_person(struct signature_request *request, const struct held_key *held)
{
	CLEANUP_BUFFER struct buffer content = BUFFER_NONE;
	char fingerprint[KEY_FINGERPRINT_SIZE] = "";

	request->touch = false;
	public_key_shown_fingerprint(request->blob, fingerprint);
	question_put(held->comment, fingerprint, &content);
	request->asked = content.failed ? 0 : ask(ASK_CONFIRM, buffer_content(&content), on_confirmed, request);
	return request->asked ? STEP_PENDING : refuse(request, "it cannot be asked for");
}

static enum step ask_security_key(struct signature_request *request, const struct private_key *key)
{
	CLEANUP_BUFFER struct buffer content = BUFFER_NONE;

	if (!signable_by_security_key(key, request->blob, request->data))
		return refuse(request, "it may be a web site's, and what it is to sign is none of SSH's messages");
	buffer_text(&content, key->public.type->plain);
	buffer_string(&content, key->public.application);
	buffer_u8(&content, key->flags);
	buffer_string(&content, key->handle);
	buffer_string(&content, request->data);
	request->touch = true;
	request->asked = content.failed ? 0 : ask(ASK_SIGN, buffer_content(&content), on_signed, request);
	return request->asked ? STEP_PENDING : refuse(request, "it cannot be asked for");
}

/* For the one whose time is over first. */
static void set_wait_end(void)
{
	uint64_t first = UINT64_MAX;

	for (const struct signature_request *request = pending; request; request = request->next)
		first = request->waits && request->deadline < first ? request->deadline : first;
	sd_event_source_set_time(wait_end, first == UINT64_MAX ? first : first / MICROSECOND_NS + 1);
	sd_event_source_set_enabled(wait_end, first == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* The keybag is closed: until it is opened, where that is wanted. */
static enum step wait_for_keybag(struct signature_request *request)
{
	request->waits = deadline_now() < request->deadline;
	if (!request->waits)
		return refuse(request, "the keybag is locked");
	set_wait_end();
	return STEP_PENDING;
}

/* The private half of another key in the place of this one makes no signature. */
static bool is_of(const struct private_key *key, struct bytes blob)
{
	CLEANUP_BUFFER struct buffer public = BUFFER_NONE;

	private_key_put_public(key, &public);
	return !public.failed && bytes_equal(buffer_content(&public), blob);
}

static enum step sign(struct signature_request *request, const struct secret *record, struct buffer *answer)
{
	struct reader from = reader_of(record->data, record->length);
	struct private_key key;
	size_t begun;
	bool good;

	private_key_read(&from, &key);
	if (!reader_done(&from) || !is_of(&key, request->blob)) {
		log_error("an SSH key is damaged: remove it and add it again, by ssh-add");
		return STEP_FAILED;
	}
	if (key.public.type->fido)
		return ask_security_key(request, &key);
	buffer_u8(answer, ANSWER_SIGNATURE);
	begun = buffer_begin(answer);
	good = private_key_sign(&key, request->data, request->flags, answer);
	buffer_end(answer, begun);
	return good ? STEP_GOOD : STEP_FAILED;
}

static enum step open_and_sign(struct signature_request *request, const struct held_key *held, struct buffer *answer)
{
	CLEANUP_SECRET struct secret record = SECRET_NONE;
	int status = open_record(request, held, &record);

	if (status == errSecInteractionNotAllowed)
		return wait_for_keybag(request);
	/* Clients ask for keys that others have. */
	if (status == errSecItemNotFound)
		return STEP_FAILED;
	if (status == errSecDecode && held)
		return refuse(request, SEALED_KEY_FORMER);
	return status ? refuse(request, keychain_status_text(status)) : sign(request, &record, answer);
}

/* Whether the key may be used now. A key that was added again, for confirmed use, has to be confirmed. */
static bool may_go_on(const struct signature_request *request, const struct held_key *held)
{
	return !passphrase_is_set() && may_use(request, held) &&
	       (request->confirmed || !request->touch || !held || !held->constraints.confirm);
}

/* Returns 0, when the answer of the person counts, or one of errSec. */
static int look_again(const struct signature_request *request)
{
	CLEANUP_SECRET struct secret record = SECRET_NONE;
	const struct held_key *held;
	int status;

	held_keys_expire();
	held = held_keys_find(request->blob);
	status = may_go_on(request, held) ? open_record(request, held, &record) : errSecItemNotFound;
	clear_vector_registers();
	return status;
}

/* Whether the person is still to be asked. A keychain that is away comes back, and one who consents may wait for the keybag. */
static bool is_of_use(const struct signature_request *request)
{
	int status = look_again(request);

	return !status || status == errSecNotAvailable || (status == errSecInteractionNotAllowed && !request->touch);
}

/* Each time from the start: much may have changed while it was pending. The key is looked for once, and is that one to the end. */
static enum step go_on(struct signature_request *request, struct buffer *answer)
{
	const struct held_key *held;
	enum step step;

	request->waits = false;
	held_keys_expire();
	held = held_keys_find(request->blob);
	if (passphrase_is_set())
		return STEP_FAILED;
	if (!may_use(request, held))
		return held ? refuse(request, "it was added for other destinations") : STEP_FAILED;
	if (held && held->constraints.confirm && !request->confirmed)
		return ask_person(request, held);
	step = open_and_sign(request, held, answer);
	clear_vector_registers();
	return step;
}

/* ---- requests ---- */

static struct signature_request *make(struct requester *requester, struct bytes blob, struct bytes data, uint32_t flags)
{
	struct signature_request *request = calloc(1, sizeof(*request) + blob.length + data.length);
	uint8_t *at = (uint8_t *)(request + 1);

	if (!request)
		return NULL;
	memcpy(at, blob.data, blob.length);
	memcpy(at + blob.length, data.data, data.length);
	request->requester = requester;
	request->blob = (struct bytes){ at, blob.length };
	request->data = (struct bytes){ at + blob.length, data.length };
	request->flags = flags;
	request->deadline = wait_s ? deadline_after(wait_s * SECOND_NS) : 0;
	request->next = pending;
	pending = request;
	return request;
}

static void release(struct signature_request *request)
{
	struct signature_request **place = &pending;

	while (*place != request)
		place = &(*place)->next;
	*place = request->next;
	request->requester->pending = NULL;
	ask_cancel(request->asked);
	free(request);
}

bool signature_request(struct requester *requester, struct reader *from, struct buffer *answer, bool *ret_good)
{
	struct bytes blob = reader_string(from), data = reader_string(from);
	uint32_t flags = reader_u32(from);
	struct signature_request *request = reader_done(from) ? make(requester, blob, data, flags) : NULL;
	enum step step = request ? go_on(request, answer) : STEP_FAILED;

	if (step == STEP_PENDING) {
		requester->pending = request;
		return false;
	}
	if (request)
		release(request);
	*ret_good = step == STEP_GOOD;
	return true;
}

/* The requester may send the next request, or be gone, when this returns. */
static void finish(struct signature_request *request, enum step step, struct buffer *answer)
{
	struct requester *requester = request->requester;

	if (step == STEP_PENDING)
		return;
	if (step == STEP_FAILED || answer->failed) {
		buffer_clear(answer);
		buffer_u8(answer, ANSWER_FAILURE);
	}
	release(request);
	on_answer(requester, buffer_content(answer));
}

static void on_confirmed(void *context, bool yes, struct bytes nothing)
{
	CLEANUP_BUFFER struct buffer answer = BUFFER_NONE;
	struct signature_request *request = context;

	(void)nothing;
	request->asked = 0;
	request->confirmed = yes;
	finish(request, yes ? go_on(request, &answer) : STEP_FAILED, &answer);
}

/*
 * The handle says which key signs, and another host may have added it with a public key that it has made up: constraints of the
 * real one would not hold for that.
 */
static bool is_by_its_key(const struct signature_request *request, struct bytes signature)
{
	struct public_key key;

	if (public_key_read(request->blob, &key) && public_key_verify_fido(&key, request->data, signature))
		return true;
	refuse(request, "the security key has signed with another key");
	return false;
}

static void on_signed(void *context, bool yes, struct bytes signature)
{
	CLEANUP_BUFFER struct buffer answer = BUFFER_NONE;
	struct signature_request *request = context;

	request->asked = 0;
	buffer_u8(&answer, ANSWER_SIGNATURE);
	buffer_string(&answer, signature);
	/* Much may have changed until the touch. */
	finish(request, yes && !look_again(request) && is_by_its_key(request, signature) ? STEP_GOOD : STEP_FAILED, &answer);
}

void signature_cancel(struct requester *requester)
{
	if (requester->pending)
		release(requester->pending);
}

/* Each is looked at once: one that finds the keybag closed again waits on. One that ends takes only itself off the list. */
void signatures_on_open(void)
{
	struct signature_request *next;

	for (struct signature_request *request = pending; request; request = next) {
		CLEANUP_BUFFER struct buffer answer = BUFFER_NONE;

		next = request->next;
		if (request->waits)
			finish(request, go_on(request, &answer), &answer);
	}
	set_wait_end();
}

/* One that ends takes only itself off the list. */
static void fail_asked(bool (*stays)(const struct signature_request *request))
{
	struct signature_request *next;

	for (struct signature_request *request = pending; request; request = next) {
		CLEANUP_BUFFER struct buffer answer = BUFFER_NONE;

		next = request->next;
		if (request->asked && !stays(request))
			finish(request, STEP_FAILED, &answer);
	}
}

void signatures_look_again(void)
{
	fail_asked(is_of_use);
}

static bool none_stays(const struct signature_request *request)
{
	(void)request;
	return false;
}

void signatures_take_back(void)
{
	fail_asked(none_stays);
}

/* It fails where the time of one is over, and the timer is set for the next one. */
static int on_wait_end(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	signatures_on_open();
	return 0;
}

int signature_begin(sd_event *loop, requester_answered *answered, unsigned int seconds)
{
	int result = sd_event_add_time(loop, &wait_end, CLOCK_MONOTONIC, UINT64_MAX, 0, on_wait_end, NULL);

	on_answer = answered;
	wait_s = seconds;
	return result < 0 ? result : sd_event_source_set_enabled(wait_end, SD_EVENT_OFF);
}
