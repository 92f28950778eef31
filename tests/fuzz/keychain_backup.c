// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a backup file, and as the content of its parts: frames are found up to the end, each once, and nothing opens
 * that was not sealed.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/keychain/command/backup_reader.h"
#include "helper/keychain/store/backup.h"
#include "must.h"
#include "tests/keychain/fake_keybag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_file(const uint8_t *data, size_t size)
{
	struct backup_reader reader;
	const uint8_t *frame;
	size_t length, all = 0;
	int fd = memfd_create("backup", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	if (!backup_reader_begin(&reader, fd)) {
		must(reader.form_length && reader.form_length <= BACKUP_MAX_FORM);
		while (backup_reader_next(&reader, &frame, &length) == 1) {
			struct backup_frame read;
			uint8_t again[BACKUP_FRAME_SIZE];

			must(length > BACKUP_FRAME_SIZE && backup_frame_read(frame, &read));
			backup_frame_write(again, &read);
			must(!memcmp(again, frame, sizeof(again)));
			all += length;
		}
		must(all <= size && reader.gaps <= size);
	}
	backup_reader_end(&reader);
	close(fd);
}

static void check_content(const uint8_t *data, size_t size)
{
	static struct store store = { .fd = -1 };
	static struct backup backup;
	struct sealed_secret secret;
	char name[BACKUP_MAX_NAME];
	struct backup_end end;
	uint32_t class_number;
	struct row row;

	if (store.fd < 0) {
		uint8_t keys[BACKUP_KEYS_SIZE];

		store.fd = fake_keybag_open();
		backup.fd = store.fd;
		backup.classes = BACKUP_CLASSES;
		must(!backup_make_keys(&store, &backup, keys));
	}
	must(backup_open_row(&store, &backup, 1, data, size, &row, &secret, name, &class_number));
	sealed_secret_release(&secret);
	row_release(&row);
	must(backup_open_end(&store, &backup, 1, data, size, &end));
	must(backup_open_keys(&store, &backup, data, size) || size == BACKUP_KEYS_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_file(data, size);
	check_content(data, size);
	return 0;
}
