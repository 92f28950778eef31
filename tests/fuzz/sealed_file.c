// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a sealed file: refused, or what sealing its content gives again. The last four bytes of the input say
 * what is done beforehand to a file that is whole: which of its bytes changes, and where it is cut.
 */
#include <errno.h>
#include <string.h>

#include "helper/keybagctl/sealed_file.h"
#include "tests/fuzz/must.h"

#define MOST	(SEALED_HEADER_SIZE + 3 * SEALED_CHUNK_ROOM)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file key of the vectors, which are the seeds. */
static const uint8_t file_key[SEALED_KEY_SIZE] = {
	0xaa, 0x32, 0x38, 0x64, 0x6b, 0x47, 0xf1, 0xcb, 0x8e, 0x08, 0xa8, 0xb0, 0x06, 0xf2, 0x82, 0x0c,
	0x80, 0x8b, 0xf9, 0x79, 0xae, 0x0a, 0xa1, 0xd2, 0xf1, 0x30, 0x4d, 0x71, 0x5e, 0x71, 0x16, 0xdb,
};

/* Opens what is behind a header. Returns the length of the plaintext, which it leaves in @plain, or -EBADMSG. */
static ssize_t open_file(const uint8_t *file, size_t size, uint8_t *plain)
{
	uint8_t chunk[SEALED_CHUNK_ROOM];
	struct sealed_chunks *chunks;
	size_t at = SEALED_HEADER_SIZE, total = 0;
	bool last;

	must(sealed_chunks_new(file, file_key, false, &chunks) == 0);
	do {
		size_t part = size - at < sizeof(chunk) ? size - at : sizeof(chunk);
		ssize_t length;

		memcpy(chunk, file + at, part);
		at += part;
		last = at == size;
		length = sealed_chunks_open(chunks, chunk, part, last);
		must(length >= 0 || length == -EBADMSG);
		if (length < 0) {
			sealed_chunks_free(chunks);
			return length;
		}
		memcpy(plain + total, chunk, (size_t)length);
		total += (size_t)length;
	} while (!last);
	sealed_chunks_free(chunks);
	return (ssize_t)total;
}

static size_t seal_file(const uint8_t *header, const uint8_t *plain, size_t size, uint8_t *file)
{
	struct sealed_chunks *chunks;
	size_t at = 0, total = SEALED_HEADER_SIZE;

	memcpy(file, header, SEALED_HEADER_SIZE);
	must(sealed_chunks_new(header, file_key, true, &chunks) == 0);
	do {
		size_t part = size - at < SEALED_CHUNK_SIZE ? size - at : SEALED_CHUNK_SIZE;
		uint8_t *chunk = file + total;

		memcpy(chunk, plain + at, part);
		at += part;
		must(sealed_chunks_seal(chunks, chunk, part, at == size) == (ssize_t)(part + SEALED_TAG_SIZE));
		total += part + SEALED_TAG_SIZE;
	} while (at < size);
	sealed_chunks_free(chunks);
	return total;
}

static void try_bytes(const uint8_t *data, size_t size)
{
	static uint8_t plain[MOST], again[MOST + SEALED_CHUNK_ROOM];
	int answer = sealed_header_check(data, size < SEALED_HEADER_SIZE ? size : SEALED_HEADER_SIZE);
	uint8_t header[SEALED_HEADER_SIZE];
	ssize_t length;

	must(answer == 0 || answer == -EINVAL || answer == -EBADMSG || answer == -EPROTONOSUPPORT);
	if (answer)
		return;
	memcpy(header, data, sizeof(header));
	sealed_header_write(header, sealed_header_class(data), sealed_header_uuid(data));
	must(!memcmp(header, data, sizeof(header)));
	length = open_file(data, size, plain);
	if (length >= 0)
		must(seal_file(data, plain, (size_t)length, again) == size && !memcmp(again, data, size));
}

/* A byte of a whole file changed, or the file cut: never authentic. Left as it is: always. */
static void try_changed(const uint8_t *data, size_t size)
{
	static uint8_t plain[MOST], file[MOST], back[MOST];
	uint8_t header[SEALED_HEADER_SIZE] = { 0 };
	size_t count = size - 4, at, whole, cut;
	uint8_t change = data[size - 4], kind = data[size - 3];

	/* Now and then long enough for several chunks, whatever the input gives. */
	if (kind >= 240)
		count = SEALED_CHUNK_SIZE * (1 + (kind & 1)) + (kind >> 1 & 1);
	for (at = 0; at < count; at++)
		plain[at] = size > 4 ? data[at % (size - 4)] : 0;
	sealed_header_write(header, KEYBAG_CLASS_A, header);
	whole = seal_file(header, plain, count, file);
	at = (size_t)(data[size - 2] << 8 | data[size - 1]) * (whole - SEALED_HEADER_SIZE) / 65536 + SEALED_HEADER_SIZE;
	file[at] ^= change;
	must((open_file(file, whole, back) >= 0) == !change);
	file[at] ^= change;
	cut = at < whole ? at : whole;
	must(open_file(file, cut, back) == -EBADMSG);
	must(open_file(file, whole, back) == (ssize_t)count && !memcmp(back, plain, count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 2 * SEALED_CHUNK_SIZE)
		return 0;
	try_bytes(data, size);
	if (size >= 4)
		try_changed(data, size);
	return 0;
}
