// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions of the Secret Service by hand, for a reference that computes the same. A line each, of hexadecimal digits, "-" for
 * no byte:
 *
 *   agree PRIVATE PEER	-> PUBLIC KEY, or the name of an error
 *   answer PEER	-> the same with a private key of its own
 *   offer		-> PRIVATE PUBLIC KEY of the side that begins
 *   encrypt KEY TEXT	-> IV DATA
 *   decrypt KEY IV DATA	-> TEXT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/secretservice/crypto/agreement.h"
#include "helper/secretservice/crypto/cipher.h"

#define MAX	4096

struct bytes {
	uint8_t data[MAX];
	size_t length;
};

static struct bytes words[4];

static void read_words(char *line)
{
	size_t at = 0;
	char *rest;

	for (char *word = strtok_r(line, " \n", &rest); word && at < 4; word = strtok_r(NULL, " \n", &rest), at++) {
		words[at].length = strcmp(word, "-") ? strlen(word) / 2 : 0;
		for (size_t byte = 0; byte < words[at].length; byte++)
			sscanf(word + 2 * byte, "%2hhx", &words[at].data[byte]);
	}
}

static void print(const uint8_t *data, size_t length)
{
	if (!length)
		fputs("-", stdout);
	for (size_t at = 0; at < length; at++)
		printf("%02x", data[at]);
}

static void fail(int result)
{
	puts(strerrorname_np(-result));
}

static void agree(const struct bytes *private_key, const struct bytes *peer)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	uint8_t own[AGREEMENT_SIZE];
	int result = private_key ?
		     agreement_with(private_key->data, private_key->length, peer->data, peer->length, own, &key) :
		     agreement_answer(peer->data, peer->length, own, &key);

	if (result) {
		fail(result);
		return;
	}
	print(own, sizeof(own));
	putchar(' ');
	print(key.data, key.length);
	putchar('\n');
}

static void offer(void)
{
	CLEANUP_SECRET struct secret private_key = SECRET_NONE;
	uint8_t own[AGREEMENT_SIZE];
	int result = agreement_offer(&private_key, own);

	if (result) {
		fail(result);
		return;
	}
	print(private_key.data, private_key.length);
	putchar(' ');
	print(own, sizeof(own));
	putchar('\n');
}

static struct secret key_of(const struct bytes *bytes)
{
	struct secret key = SECRET_NONE;

	if (!secret_new(&key, MAX)) {
		memcpy(key.data, bytes->data, bytes->length);
		key.length = bytes->length;
	}
	return key;
}

static void encrypt(void)
{
	CLEANUP_SECRET struct secret key = key_of(&words[0]);
	uint8_t iv[CIPHER_BLOCK_SIZE], data[MAX + CIPHER_BLOCK_SIZE];
	int result = cipher_encrypt(&key, words[1].data, words[1].length, iv, data);

	if (result) {
		fail(result);
		return;
	}
	print(iv, sizeof(iv));
	putchar(' ');
	print(data, CIPHER_SIZE(words[1].length));
	putchar('\n');
}

static void decrypt(void)
{
	CLEANUP_SECRET struct secret key = key_of(&words[0]);
	CLEANUP_SECRET struct secret text = SECRET_NONE;
	int result = cipher_decrypt(&key, words[1].data, words[1].length, words[2].data, words[2].length, &text);

	if (result) {
		fail(result);
		return;
	}
	print(text.data, text.length);
	putchar('\n');
}

int main(void)
{
	static char line[8 * MAX];

	while (fgets(line, sizeof(line), stdin)) {
		char *rest = strchr(line, ' ');

		if (!rest)
			return 2;
		*rest++ = 0;
		read_words(rest);
		if (!strcmp(line, "agree"))
			agree(&words[0], &words[1]);
		else if (!strcmp(line, "answer"))
			agree(NULL, &words[0]);
		else if (!strcmp(line, "offer"))
			offer();
		else if (!strcmp(line, "encrypt"))
			encrypt();
		else
			decrypt();
		fflush(stdout);
	}
	return 0;
}
