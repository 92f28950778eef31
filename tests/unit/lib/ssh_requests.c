// SPDX-License-Identifier: GPL-2.0-or-later
#include "ssh_requests.h"

#include <errno.h>
#include <stdlib.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/sshagent/agent/answer.h"
#include "helper/sshagent/agent/hidden_keys.h"
#include "helper/sshagent/store/kept_keys.h"
#include "helper/sshagent/store/sealed_key.h"

#define BIND	27

/* ---- what stands in ---- */

bool locked, away;
bool former;
time_t later;
static struct {
	struct buffer blob, comment, record;
} kept[8];
size_t kept_count;

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	int result = __real_clock_gettime(clock, ret_time);

	ret_time->tv_sec += later;
	return result;
}

int kept_keys_list(struct kept_keys *ret_keys)
{
	*ret_keys = (struct kept_keys){ 0 };
	if (away)
		return errSecNotAvailable;
	ret_keys->keys = calloc(kept_count + 1, sizeof(*ret_keys->keys));
	for (; ret_keys->count < kept_count; ret_keys->count++) {
		struct kept_key *one = &ret_keys->keys[ret_keys->count];

		one->blob = buffer_content(&kept[ret_keys->count].blob);
		one->comment = buffer_content(&kept[ret_keys->count].comment);
		public_key_fingerprint(one->blob, one->fingerprint);
	}
	return 0;
}

void kept_keys_free(struct kept_keys *keys)
{
	free(keys->keys);
	*keys = (struct kept_keys){ 0 };
}

static size_t find_kept(struct bytes blob)
{
	size_t at = 0;

	while (at < kept_count && !bytes_equal(buffer_content(&kept[at].blob), blob))
		at++;
	return at;
}

int kept_keys_add(struct bytes blob, struct bytes comment, struct bytes record)
{
	size_t at = find_kept(blob);

	if (locked || away)
		return locked ? errSecInteractionNotAllowed : errSecNotAvailable;
	kept_count += at == kept_count;
	buffer_clear(&kept[at].blob);
	buffer_bytes(&kept[at].blob, blob);
	buffer_clear(&kept[at].comment);
	buffer_bytes(&kept[at].comment, comment);
	buffer_clear(&kept[at].record);
	buffer_bytes(&kept[at].record, record);
	return 0;
}

int kept_keys_open(struct bytes blob, struct secret *ret_record)
{
	size_t at = find_kept(blob);

	if (at == kept_count)
		return errSecItemNotFound;
	if (locked || away)
		return locked ? errSecInteractionNotAllowed : errSecNotAvailable;
	return secret_from(kept[at].record.data, kept[at].record.length, ret_record);
}

void kept_keys_sweep(void)
{
}

int sealed_key_new(struct sealed_key *sealed, struct bytes record)
{
	*sealed = (struct sealed_key){ .blobs = malloc(record.length), .record_length = record.length };
	memcpy(sealed->blobs, record.data, record.length);
	return locked ? -ENOKEY : 0;
}

int sealed_key_open(const struct sealed_key *sealed, struct secret *ret_record)
{
	if (former)
		return -EBADMSG;
	return locked ? -ENOKEY : secret_from(sealed->blobs, sealed->record_length, ret_record);
}

void sealed_key_free(struct sealed_key *sealed)
{
	free(sealed->blobs);
	*sealed = (struct sealed_key){ 0 };
}

struct asked asked;

uint32_t ask(enum ask_kind kind, struct bytes content, ask_done *done, void *context)
{
	buffer_clear(&asked.content);
	buffer_bytes(&asked.content, content);
	asked.kind = kind;
	asked.done = done;
	asked.context = context;
	return 1;
}

void ask_cancel(uint32_t number)
{
	if (number)
		asked.done = NULL;
}

/* The device's only key is @key. */
static void put_touched(struct buffer *to)
{
	static const uint8_t end[] = { 1, 0, 0, 0, 7 };
	CLEANUP_BUFFER struct buffer assertion = BUFFER_NONE, signature = BUFFER_NONE;
	struct reader from = reader_of_bytes(buffer_content(&asked.content));
	struct bytes type = reader_string(&from), application = reader_string(&from), data;
	uint8_t digest[32];

	reader_u8(&from);
	reader_string(&from);
	data = reader_string(&from);
	EVP_Q_digest(NULL, "SHA256", NULL, application.data, application.length, digest, NULL);
	buffer_bytes(&assertion, (struct bytes){ digest, sizeof(digest) });
	buffer_bytes(&assertion, (struct bytes){ end, sizeof(end) });
	EVP_Q_digest(NULL, "SHA256", NULL, data.data, data.length, digest, NULL);
	buffer_bytes(&assertion, (struct bytes){ digest, sizeof(digest) });
	if (!reader_done(&from) || !private_key_sign(&key.key, buffer_content(&assertion), 0, &signature))
		abort();
	from = reader_of_bytes(buffer_content(&signature));
	reader_string(&from);
	buffer_string(to, type);
	buffer_string(to, reader_string(&from));
	buffer_bytes(to, (struct bytes){ end, sizeof(end) });
}

void person_says(bool yes)
{
	CLEANUP_BUFFER struct buffer signature = BUFFER_NONE;
	ask_done *done = asked.done;

	if (yes && asked.kind == ASK_SIGN)
		put_touched(&signature);
	asked.done = NULL;
	done(asked.context, yes, buffer_content(&signature));
}

/* ---- requests ---- */

struct requester local, other, remote;
struct made_key key, host;

struct requester *answered;
uint8_t answered_kind;

static void note_answer(struct requester *requester, struct bytes answer)
{
	answered = requester;
	answered_kind = *answer.data;
}

/* The first byte of the answer; 0: it comes later. */
static uint8_t call(struct requester *requester, const struct buffer *message, struct buffer *answer)
{
	buffer_clear(answer);
	return request_handle(requester, buffer_content(message), answer) ? *answer->data : 0;
}

uint8_t add(struct requester *requester, const struct buffer *record, const char *comment, struct bytes constraints)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, answer = BUFFER_NONE;

	buffer_u8(&message, constraints.length ? ADD_CONSTRAINED : ADD);
	buffer_bytes(&message, buffer_content(record));
	buffer_text(&message, comment);
	buffer_bytes(&message, constraints);
	return call(requester, &message, &answer);
}

bool first_listed(const char *comment, uint32_t count)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, answer = BUFFER_NONE;
	struct reader from;

	buffer_u8(&message, LIST);
	if (call(&local, &message, &answer) != ANSWER_IDENTITIES)
		return false;
	from = reader_of_bytes(buffer_content(&answer));
	reader_u8(&from);
	if (reader_u32(&from) != count)
		return false;
	for (uint32_t at = 0; at < count; at++) {
		reader_string(&from);
		if (!bytes_are(reader_string(&from), comment) && !at)
			return false;
	}
	return reader_done(&from);
}

bool lists(const char *comment)
{
	return first_listed(comment, comment ? 1 : 0);
}

uint8_t call_with(struct requester *requester, uint8_t operation, const struct buffer *blob)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, answer = BUFFER_NONE;

	buffer_u8(&message, operation);
	if (blob)
		buffer_string(&message, buffer_content(blob));
	if (operation == SIGN) {
		buffer_text(&message, "data");
		buffer_u32(&message, 0);
	}
	return call(requester, &message, &answer);
}

const struct buffer *signed_blob = &key.public;

uint8_t sign(struct requester *requester)
{
	return call_with(requester, SIGN, signed_blob);
}

static void bind_remote(void)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, signature = BUFFER_NONE, answer = BUFFER_NONE;

	if (!private_key_sign(&host.key, BYTES("session"), 0, &signature))
		abort();
	buffer_u8(&message, BIND);
	buffer_text(&message, "session-bind@openssh.com");
	buffer_string(&message, buffer_content(&host.public));
	buffer_text(&message, "session");
	buffer_string(&message, buffer_content(&signature));
	buffer_u8(&message, 1);
	if (call(&remote, &message, &answer) != ANSWER_SUCCESS)
		abort();
}

void forget_all(void)
{
	call_with(&local, REMOVE_ALL, NULL);
	hidden_keys_clear();
	kept_count = 0;
	locked = away = false;
}

void begin_requests(sd_event **ret_loop)
{
	if (sd_event_new(ret_loop) < 0 || request_begin(*ret_loop, note_answer, 10) < 0)
		abort();
	make_ed25519(&key);
	make_ed25519(&host);
	bind_remote();
}

void end_requests(sd_event *loop)
{
	request_forget(&remote);
	for (size_t at = 0; at < sizeof(kept) / sizeof(*kept); at++) {
		buffer_free(&kept[at].blob);
		buffer_free(&kept[at].comment);
		buffer_free(&kept[at].record);
	}
	buffer_free(&asked.content);
	free_made(&key);
	free_made(&host);
	sd_event_unref(loop);
}
