// SPDX-License-Identifier: GPL-2.0-or-later
#include "security_key.h"

#include <fido.h>
#include <fido/es256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "es256.h"
#include "program.h"

#define DEVICES_MAX	16
#define APPLICATION_MAX	255
#define TIME_MS		60000

static void free_assertion(fido_assert_t **assertion)
{
	fido_assert_free(assertion);
}

static void free_device(fido_dev_t **device)
{
	if (*device)
		fido_dev_close(*device);
	fido_dev_free(device);
}

static fido_assert_t *make_assertion(const struct security_key_request *request, fido_opt_t presence)
{
	fido_assert_t *assertion = fido_assert_new();
	char application[APPLICATION_MAX + 1];

	snprintf(application, sizeof(application), "%.*s", (int)request->application.length, (const char *)request->application.data);
	if (assertion && fido_assert_set_clientdata(assertion, request->data.data, request->data.length) == FIDO_OK &&
	    fido_assert_set_rp(assertion, application) == FIDO_OK &&
	    fido_assert_allow_cred(assertion, request->handle.data, request->handle.length) == FIDO_OK &&
	    fido_assert_set_up(assertion, presence) == FIDO_OK)
		return assertion;
	fido_assert_free(&assertion);
	return NULL;
}

static fido_dev_t *open_device(const char *path)
{
	fido_dev_t *device = fido_dev_new();

	/* It holds for opening as well, which waits for what the device says of itself. */
	if (device && fido_dev_set_timeout(device, TIME_MS) == FIDO_OK && fido_dev_open(device, path) == FIDO_OK)
		return device;
	free_device(&device);
	return NULL;
}

/* Whether it knows the handle: asked without a touch. */
static bool knows(fido_dev_t *device, const struct security_key_request *request)
{
	fido_assert_t *assertion CLEANUP(free_assertion) = make_assertion(request, FIDO_OPT_FALSE);
	int result = assertion ? fido_dev_get_assert(device, assertion, NULL) : FIDO_ERR_INTERNAL;

	return result == FIDO_OK || result == FIDO_ERR_USER_PRESENCE_REQUIRED || result == FIDO_ERR_PIN_REQUIRED;
}

/* The only one there is, or the first that knows the handle. */
static fido_dev_t *find_device(const struct security_key_request *request)
{
	fido_dev_info_t *list = fido_dev_info_new(DEVICES_MAX);
	fido_dev_t *device = NULL;
	size_t count = 0;

	if (list && fido_dev_info_manifest(list, DEVICES_MAX, &count) != FIDO_OK)
		count = 0;
	for (size_t at = 0; at < count && !device; at++) {
		device = open_device(fido_dev_info_path(fido_dev_info_ptr(list, at)));
		if (device && count > 1 && !knows(device, request))
			free_device(&device);
	}
	fido_dev_info_free(&list, DEVICES_MAX);
	return device;
}

static bool put_signature(const struct security_key_request *request, const fido_assert_t *assertion, struct buffer *to)
{
	const struct bytes signature = { fido_assert_sig_ptr(assertion, 0), fido_assert_sig_len(assertion, 0) };
	bool is_ed25519 = bytes_are(request->type, "sk-ssh-ed25519@openssh.com");

	if (!signature.length)
		return false;
	buffer_string(to, request->type);
	if (is_ed25519)
		buffer_string(to, signature);
	else if (!es256_put(signature, to))
		return false;
	buffer_u8(to, fido_assert_flags(assertion, 0));
	buffer_u32(to, fido_assert_sigcount(assertion, 0));
	return !to->failed;
}

/* ---- signing ---- */

static int get_assertion(fido_dev_t *device, const struct security_key_request *request, fido_assert_t *assertion)
{
	bool verification = request->flags & SECURITY_KEY_VERIFICATION;
	CLEANUP_SECRET struct secret pin = SECRET_NONE;
	int result = FIDO_ERR_PIN_REQUIRED;

	/* A finger, where the device has a reader. */
	if (verification && fido_dev_has_uv(device) && fido_assert_set_uv(assertion, FIDO_OPT_TRUE) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	if (!verification || fido_dev_has_uv(device))
		result = fido_dev_get_assert(device, assertion, NULL);
	if (result != FIDO_ERR_PIN_REQUIRED || !program_ask_pin("Enter PIN of the security key: ", &pin))
		return result;
	return fido_dev_get_assert(device, assertion, (const char *)pin.data);
}

bool security_key_sign(const struct security_key_request *request, struct buffer *to)
{
	fido_assert_t *assertion CLEANUP(free_assertion) = NULL;
	fido_dev_t *device CLEANUP(free_device) = NULL;
	int result;

	if (request->application.length > APPLICATION_MAX)
		return false;
	fido_init(0);
	device = find_device(request);
	assertion = device ? make_assertion(request, request->flags & SECURITY_KEY_PRESENCE ? FIDO_OPT_TRUE : FIDO_OPT_FALSE) : NULL;
	if (!assertion) {
		fputs("<4>keybag-ssh-agent: no security key that is connected has this SSH key\n", stderr);
		return false;
	}
	result = get_assertion(device, request, assertion);
	if (result != FIDO_OK)
		fprintf(stderr, "<4>keybag-ssh-agent: the security key does not sign: %s\n", fido_strerr(result));
	return result == FIDO_OK && put_signature(request, assertion, to);
}
