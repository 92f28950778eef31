// SPDX-License-Identifier: GPL-2.0-or-later
#include "organisation_protector.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "authenticate.h"
#include "change.h"
#include "daemon/log.h"
#include "keybagd/log/event_log.h"
#include "keybagd/store/organisation_file.h"
#include "libkeybag/organisation.h"

/* A protector that is to be made, with its secret. */
struct draft {
	struct secret secret;
	uint8_t opaque[ORGANISATION_RECORD_MAX];
	struct keybag_change change;
};

static void draft_free(struct draft *draft)
{
	secret_free(&draft->secret);
}

static int make_secret(struct operation *operation, struct draft *draft)
{
	uint8_t *salt = draft->change.protector.salt;
	int result = secret_new(&draft->secret, ORGANISATION_SECRET);

	if (result < 0)
		return operation_fail_plain(operation, result);
	draft->secret.length = ORGANISATION_SECRET;
	if (getrandom(draft->secret.data, ORGANISATION_SECRET, 0) != ORGANISATION_SECRET ||
	    getrandom(salt, KEYBAG_SALT_SIZE, 0) != KEYBAG_SALT_SIZE)
		return request_result_fail_plain(&operation->result, -EIO, "random numbers");
	return 0;
}

/* Seals a new secret, and notes the certificate, on the disk before a form that says it is there. */
static int draft_make(struct operation *operation, const struct organisation *organisation, struct draft *draft)
{
	const struct bag_organisation *present = &operation->info.organisation;
	char problem[ORGANISATION_PROBLEM];
	ssize_t length;
	int result = make_secret(operation, draft);

	if (result < 0)
		return result;
	length = organisation_seal(organisation, &draft->secret, draft->opaque, problem);
	if (length < 0)
		return operation_fail(operation, (int)length, "%s: nothing could be sealed to the certificate of its organisation: %s",
				      operation->label, problem);
	draft->change.protector.opaque = (uintptr_t)draft->opaque;
	draft->change.protector.opaque_length = (uint32_t)length;
	draft->change.secret = (struct keybag_secret){
		.secret = (uintptr_t)draft->secret.data,
		.secret_length = ORGANISATION_SECRET,
		.kind = KEYBAG_PROTECTOR_ESCROW,
	};
	result = organisation_file_begin(operation->uuid, organisation, present->present ? present->digest : NULL);
	return result < 0 ? operation_fail_plain(operation, result) : 0;
}

static void log_organisation(const struct operation *operation)
{
	const uint8_t *digest = operation->info.organisation.digest;
	char text[2 * ORGANISATION_DIGEST + 1];

	for (size_t i = 0; i < ORGANISATION_DIGEST; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	event_log("result=sealed-to-organisation bag=\"%s\" certificate-sha256=%s requester-uid=%u requester-pid=%d", operation->label,
		  text, operation->peer_uid, operation->peer_pid);
}

static int carry_out(struct operation *operation, struct draft *draft)
{
	int result = change_apply(operation, &draft->change);

	authenticate_cancel(operation);
	if (result < 0)
		return result;
	log_organisation(operation);
	if (organisation_file_place(operation->uuid) < 0)
		log_warning("%s: the certificate of its organisation was noted, but not in its place: it takes that with the next "
			    "change", operation->label);
	return 0;
}

int organisation_protector_put(struct operation *operation, const struct organisation *organisation,
			       int (*authenticate)(struct operation *operation))
{
	CLEANUP(draft_free) struct draft draft = {
		.secret = SECRET_NONE, .change = { .action = KEYBAG_ACTION_ADD_PROTECTOR },
	};
	int result;

	draft.change.target = operation->info.organisation.protector;
	result = draft_make(operation, organisation, &draft);
	if (!result)
		result = authenticate(operation);
	return result < 0 ? result : carry_out(operation, &draft);
}

/* The certificate with that digest: keybagd.conf may name it, or the disk has it. */
static int find_certificate(const struct operation *operation, const uint8_t digest[ORGANISATION_DIGEST],
			    struct organisation *ret_organisation)
{
	if (!operation->configured || memcmp(operation->configured->digest, digest, ORGANISATION_DIGEST) != 0)
		return organisation_file_read(operation->uuid, digest, ret_organisation);
	*ret_organisation = *operation->configured;
	return 0;
}

static int renew(struct operation *operation)
{
	CLEANUP(draft_free) struct draft draft = {
		.secret = SECRET_NONE, .change = { .action = KEYBAG_ACTION_RENEW_PROTECTOR },
	};
	struct organisation organisation;
	int result = find_certificate(operation, operation->info.organisation.digest, &organisation);

	if (result < 0)
		return operation_fail(operation, result, "%s: the certificate of its organisation is not here", operation->label);
	result = draft_make(operation, &organisation, &draft);
	if (!result)
		result = authenticate_begin(operation);
	return result < 0 ? result : carry_out(operation, &draft);
}

void organisation_protector_renew(struct operation *operation)
{
	struct request_result before = operation->result;

	if (operation->proof_kind != KEYBAG_PROTECTOR_ESCROW || !operation->info.organisation.present)
		return;
	if (renew(operation) < 0) {
		log_warning("%s: the code of its organisation was used, and could not be renewed: %s", operation->label,
			    operation->result.text);
		before.warnings |= KEYBAG_WARNING_ORGANISATION_USED;
	}
	/* The request itself has succeeded. */
	before.warnings |= operation->result.warnings;
	operation->result = before;
}

/* One that the kernel may try without a passcode. */
static int begin(struct operation *operation)
{
	return operation->proof_kind ? authenticate_begin(operation) : 0;
}

static bool is_digest(const struct bag_organisation *organisation, const uint8_t digest[ORGANISATION_DIGEST])
{
	return organisation->present && !memcmp(organisation->digest, digest, ORGANISATION_DIGEST);
}

/* The one that is to be there. Returns 0, or -ENOENT: none, or one whose certificate is not here. */
static int choose(const struct operation *operation, const struct bag_organisation *before, unsigned int flags,
		  struct organisation *ret_organisation)
{
	/* One that has expired since the daemon has read it lets nobody new in. */
	if (flags & ORGANISATION_CONFIGURED && operation->configured &&
	    (organisation_is_valid(operation->configured) || is_digest(before, operation->configured->digest))) {
		*ret_organisation = *operation->configured;
		return 0;
	}
	return before->present && flags & ORGANISATION_KEPT ? find_certificate(operation, before->digest, ret_organisation) : -ENOENT;
}

/* Authority passes to what opens the keybag now. */
static void take_authority(struct operation *operation, struct organisation_authority authority)
{
	operation->proof_kind = authority.kind == KEYBAG_PROTECTOR_NONE ? 0 : authority.kind;
	if (!authority.key || authority.key == &operation->key)
		return;
	secret_free(&operation->key);
	operation->key = secret_take(authority.key);
	/* S of a passcode that was just set; none of other ones. */
	secret_free(&operation->hardware);
	operation->hardware = secret_take(&operation->new_hardware);
}

static void put_again(struct operation *operation, const struct organisation *organisation)
{
	struct request_result before = operation->result;

	if (organisation_protector_put(operation, organisation, begin) < 0)
		log_warning("%s: its organisation could not be given a way in: %s", operation->label, operation->result.text);
	before.warnings |= operation->result.warnings;
	operation->result = before;
}

void organisation_protector_follow(struct operation *operation, const struct bag_organisation *before, unsigned int flags,
				   struct organisation_authority authority)
{
	const struct bag_organisation *present = &operation->info.organisation;
	struct organisation organisation;

	if (choose(operation, before, flags, &organisation) == 0 && !is_digest(present, organisation.digest)) {
		take_authority(operation, authority);
		put_again(operation, &organisation);
	}
	operation->result.warnings &= ~KEYBAG_WARNING_ORGANISATION_DROPPED;
	if (before->present && !is_digest(present, before->digest))
		operation->result.warnings |= KEYBAG_WARNING_ORGANISATION_DROPPED;
	if (present->present && !is_digest(before, present->digest))
		operation->result.warnings |= KEYBAG_WARNING_ORGANISATION_ADDED;
}
