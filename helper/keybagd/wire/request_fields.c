// SPDX-License-Identifier: GPL-2.0-or-later
#include "request_fields.h"

#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "common/transport.h"
#include "keybagd/config/config.h"

int request_fields_malformed(struct operation *operation, const char *key)
{
	return operation_fail(operation, -EINVAL,
			      "request '%s' malformed: field '%s'", operation->handler->name, key);
}

/* @result of a getter: absent is fine, malformed is not. */
static int request_fields_optional(struct operation *operation, int result, const char *key)
{
	return result == -EPROTO ? request_fields_malformed(operation, key) : 0;
}

static int read_numbers(struct operation *operation, struct message *message)
{
	const struct handler *handler = operation->handler;
	struct keybag_kdf *kdf = &operation->kdf;
	int result = 0;

	if (handler->properties & TAKES_FLAGS)
		result = request_fields_optional(operation, message_u32(message, KEY_FLAGS, &operation->flags),
						 KEY_FLAGS);
	if (!result && operation->flags & ~handler->flags)
		result = request_fields_malformed(operation, KEY_FLAGS);
	if (!result && handler->properties & TAKES_REASON)
		result = request_fields_optional(operation, message_u32(message, KEY_REASON, &operation->reason),
						 KEY_REASON);
	if (!result && handler->properties & TAKES_PID &&
	    (message_u32(message, KEY_PID, &operation->pid) < 0 || operation->pid > INT32_MAX))
		result = request_fields_malformed(operation, KEY_PID);
	if (!result && handler->properties & TAKES_IDLE && message_u32(message, KEY_IDLE, &operation->idle) < 0)
		result = request_fields_malformed(operation, KEY_IDLE);
	if (result || !(handler->properties & TAKES_KDF))
		return result;
	result = request_fields_optional(operation, message_u32(message, KEY_KDF_MEMORY, &kdf->memory_kib),
					 KEY_KDF_MEMORY);
	if (!result)
		result = request_fields_optional(operation, message_u32(message, KEY_KDF_PASSES, &kdf->passes),
						 KEY_KDF_PASSES);
	if (!result)
		result = request_fields_optional(operation, message_u32(message, KEY_KDF_LANES, &kdf->lanes),
						 KEY_KDF_LANES);
	return result;
}

static int read_certificate(struct operation *operation, struct message *message)
{
	const uint8_t *certificate;

	if (!(operation->handler->properties & TAKES_CERTIFICATE))
		return 0;
	if (message_bytes(message, KEY_CERTIFICATE, &certificate, &operation->certificate_length) < 0 ||
	    !operation->certificate_length || operation->certificate_length > ORGANISATION_CERTIFICATE)
		return request_fields_malformed(operation, KEY_CERTIFICATE);
	operation->certificate = malloc(operation->certificate_length);
	if (!operation->certificate)
		return request_result_fail_plain(&operation->result, -ENOMEM, "request");
	memcpy(operation->certificate, certificate, operation->certificate_length);
	return 0;
}

static int read_bytes(struct operation *operation, struct message *message)
{
	unsigned int properties = operation->handler->properties;
	const uint8_t *form;
	int result;

	if (properties & TAKES_TICKET &&
	    message_exact(message, KEY_TICKET, operation->ticket, KEYBAG_TICKET_SIZE) < 0)
		return request_fields_malformed(operation, KEY_TICKET);
	if (properties & TAKES_CURSOR) {
		result = message_exact(message, KEY_CURSOR, operation->cursor, KEYBAG_UUID_SIZE);
		operation->has_cursor = !result;
		if (result == -EPROTO)
			return request_fields_malformed(operation, KEY_CURSOR);
	}
	if (!(properties & TAKES_FORM))
		return 0;
	if (message_bytes(message, KEY_FORM, &form, &operation->form_length) < 0 ||
	    !operation->form_length || operation->form_length > KEYBAG_MAX_FORM)
		return request_fields_malformed(operation, KEY_FORM);
	operation->form = malloc(operation->form_length);
	if (!operation->form)
		return request_result_fail_plain(&operation->result, -ENOMEM, "request");
	memcpy(operation->form, form, operation->form_length);
	return 0;
}

/* Without vector registers: this is the main thread, which goes on with them as they are. */
static bool has_nul(const struct secret *secret)
{
	bool has = false;

	for (size_t at = 0; at < secret->length; at++)
		has |= !((const volatile uint8_t *)secret->data)[at];
	return has;
}

static int receive_secret(struct operation *operation, int descriptor, struct secret *secret)
{
	int result = handover_receive(descriptor, KEYBAG_MAX_PASSCODE, secret);

	if (result < 0)
		return operation_fail(operation, result,
				      "passcode or recovery code not readable: it has to come in a "
				      "memory file of 1 to %d bytes", KEYBAG_MAX_PASSCODE);
	/*
	 * A client that gives up zeroes the file, perhaps while it is read. Zeroes taken for a passcode would count as a
	 * wrong one, or make a keybag that nobody opens.
	 */
	if (has_nul(secret))
		return operation_fail(operation, -EINVAL,
				      "the passcode or recovery code has a NUL byte: either the program that sent it has "
				      "given up, or it is none");
	return 0;
}

static int read_secrets(struct operation *operation, struct message *message,
			const int *descriptors)
{
	unsigned int properties = operation->handler->properties;
	size_t next = 0;
	int result;

	if (properties & TAKES_PROOF) {
		result = message_u32(message, KEY_PROOF, &operation->proof_kind);
		if (result == -EPROTO ||
		    (!result && operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE &&
		     operation->proof_kind != KEYBAG_PROTECTOR_RECOVERY))
			return request_fields_malformed(operation, KEY_PROOF);
		if (!result && receive_secret(operation, descriptors[next++], &operation->proof))
			return operation->result.error;
	}
	if (properties & TAKES_PASSCODE) {
		result = message_boolean(message, KEY_PASSCODE, &operation->new_passcode);
		if (result == -EPROTO)
			return request_fields_malformed(operation, KEY_PASSCODE);
		if (operation->new_passcode &&
		    receive_secret(operation, descriptors[next++], &operation->passcode))
			return operation->result.error;
	}
	if (next < TRANSPORT_MAX_DESCRIPTORS && descriptors[next] >= 0)
		return request_fields_malformed(operation, "descriptors");
	return 0;
}

int request_fields_read(struct operation *operation, struct message *message, const int *descriptors)
{
	int result = read_secrets(operation, message, descriptors);

	if (!result)
		result = read_numbers(operation, message);
	if (!result)
		result = read_bytes(operation, message);
	if (!result)
		result = read_certificate(operation, message);
	return result;
}

int request_fields_check_kdf(struct operation *operation)
{
	bool privileged = operation_privileged(operation);

	if (!operation->new_passcode)
		return 0;
	if (config_complete_kdf(&operation->kdf, privileged) < 0)
		return operation_fail(operation, -EINVAL,
				      "KDF cost out of range: memory 64 to %u KiB on this machine, 1 to "
				      "100 passes%s, 1 to 4 lanes", config_kdf_limit_kib(privileged),
				      privileged ? "" : ", memory times passes at most 2 GiB (root may "
				      "use more)");
	return 0;
}
