// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/keychain/fake_keybag.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/random.h>

#include "helper/common/protocol.h"
#include "helper/libkeybag/keybag.h"

#define HEADER		KEYBAG_BLOB_HEADER_SIZE
#define CHILD_KEY	1
#define BY_CHILD	2
#define KEY_SIZE	32

static uint32_t state = KEYBAG_STATE_UNLOCKED;
static uint32_t akpu_generation = 1;	/* 0: no passcode */
static bool unloaded;
static int lack;	/* error of opening; 0: none */
static bool no_class_b;	/* as a module of before has none */
static bool lock_between;	/* locked and unlocked before the next encryption */
static int lock_at;		/* that many keys are unwrapped until it is locked; 0: it is not */
static uint8_t identity = 1;	/* the last byte of its UUID; another one has other keys */
static struct {
	bool used, wiped;
	uint32_t class_number;
	uint8_t key[KEY_SIZE];
} children[KEYBAG_MAX_CHILDREN];

static bool available(uint32_t class_number)
{
	if (class_number == KEYBAG_CLASS_DK || class_number == KEYBAG_CLASS_DKU)
		return true;
	/* Class B is there where it opens. */
	if (class_number == KEYBAG_CLASS_CK || class_number == KEYBAG_CLASS_CKU)
		return state != KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	return state == KEYBAG_STATE_UNLOCKED;
}

static void wipe_children(void)
{
	for (unsigned int i = 1; i < KEYBAG_MAX_CHILDREN; i++)
		children[i].wiped |= !available(children[i].class_number) ||
				     (children[i].class_number == KEYBAG_CLASS_AKPU &&
				      !akpu_generation);
}

static unsigned long calls;

unsigned long fake_keybag_calls(void)
{
	return calls;
}

static bool lack_of(const char *name, int *ret_lack)
{
	static const struct {
		const char *name;
		int lack;
	} lacks[] = {
		{ "back", 0 }, { "gone", -ENOENT }, { "no-device-key", -ENODEV }, { "bad-device-key", -EMEDIUMTYPE },
	};

	for (size_t at = 0; at < sizeof(lacks) / sizeof(lacks[0]); at++)
		if (!strcmp(name, lacks[at].name)) {
			*ret_lack = lacks[at].lack;
			return true;
		}
	return false;
}

bool fake_keybag_set(const char *name)
{
	static uint32_t last_generation = 1;

	if (!strcmp(name, "unlocked"))
		state = KEYBAG_STATE_UNLOCKED;
	else if (!strcmp(name, "locked"))
		state = KEYBAG_STATE_LOCKED;
	else if (!strcmp(name, "full"))
		state = KEYBAG_STATE_BEFORE_FIRST_UNLOCK;
	else if (!strcmp(name, "removed"))
		akpu_generation = 0;
	else if (!strcmp(name, "set"))
		akpu_generation = ++last_generation;
	else if (!strcmp(name, "lock-between"))
		lock_between = true;
	else if (!strcmp(name, "lock-at-1") || !strcmp(name, "lock-at-2"))
		lock_at = name[strlen(name) - 1] - '0';
	else if (!strcmp(name, "no-class-b"))
		no_class_b = true;
	else if (!strcmp(name, "unloaded"))
		unloaded = true;
	else if (lack_of(name, &lack))
		unloaded = lack;
	else if (!strcmp(name, "another") || !strcmp(name, "former"))
		unloaded = !!(identity = !strcmp(name, "another") ? 2 : 1);
	else
		return false;
	wipe_children();
	return true;
}

int fake_keybag_open(void)
{
	if (lack)
		return lack;
	unloaded = false;
	memset(children, 0, sizeof(children));
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int backup = -1;
static uint32_t backup_classes;

int fake_keybag_open_backup(bool elsewhere)
{
	backup = open("/dev/null", O_RDWR | O_CLOEXEC);
	backup_classes = elsewhere ? 0x1c0 : 0xfc0;
	return backup;
}

/* A key a class and generation; what it is does not matter here. */
static int class_key(uint32_t class_number, uint32_t generation, uint8_t key[KEY_SIZE])
{
	if (unloaded)
		return -EKEYREVOKED;
	if (class_number == KEYBAG_CLASS_B && no_class_b)
		return -EOPNOTSUPP;
	if (class_number == KEYBAG_CLASS_AKPU &&
	    (!akpu_generation || generation != akpu_generation))
		return -ENOENT;
	if (!available(class_number))
		return -ENOKEY;
	memset(key, (int)(class_number * 16 + generation), KEY_SIZE);
	key[0] = identity;
	return 0;
}

/* Class B seals in every state. */
static int seal_key(uint32_t class_number, uint32_t generation, uint8_t key[KEY_SIZE])
{
	uint32_t now = state;
	int error;

	if (class_number == KEYBAG_CLASS_B)
		state = KEYBAG_STATE_UNLOCKED;
	error = class_key(class_number, generation, key);
	state = now;
	return error;
}

static uint32_t generation_of(uint32_t class_number)
{
	return class_number == KEYBAG_CLASS_AKPU ? akpu_generation : 1;
}

static ssize_t seal(const uint8_t *key, uint32_t flags, uint32_t class_number, const void *plain,
		    size_t length, const void *aad, size_t aad_length, uint8_t *blob,
		    size_t capacity)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint32_t generation = generation_of(class_number);
	size_t overhead = class_number == KEYBAG_CLASS_B ? KEYBAG_BLOB_OVERHEAD_B : KEYBAG_BLOB_OVERHEAD;
	int part;

	if (capacity < length + overhead)
		return -EMSGSIZE;
	memset(blob, 0, HEADER);
	blob[0] = 1;
	blob[1] = (uint8_t)flags;
	blob[2] = (uint8_t)class_number;
	memcpy(blob + 4, &generation, sizeof(generation));
	memcpy(blob + 8, KEYCHAIN_DOMAIN, KEYBAG_DOMAIN_SIZE);
	getrandom(blob + HEADER, 12, 0);
	EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, blob + HEADER);
	EVP_EncryptUpdate(context, NULL, &part, blob, HEADER);
	if (aad_length)
		EVP_EncryptUpdate(context, NULL, &part, aad, (int)aad_length);
	EVP_EncryptUpdate(context, blob + HEADER + 12, &part, plain, (int)length);
	EVP_EncryptFinal_ex(context, blob + HEADER + 12 + length, &part);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, blob + HEADER + 12 + length);
	EVP_CIPHER_CTX_free(context);
	/* In the place of the ephemeral public half. */
	memset(blob + length + KEYBAG_BLOB_OVERHEAD, 0xeb, overhead - KEYBAG_BLOB_OVERHEAD);
	return (ssize_t)(length + overhead);
}

static ssize_t unseal(const uint8_t *key, const uint8_t *blob, size_t blob_length, const void *aad,
		      size_t aad_length, uint8_t *plain, size_t capacity)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t length = blob_length - KEYBAG_BLOB_OVERHEAD;
	bool good;
	int part;

	if (capacity < length)
		return -EMSGSIZE;
	EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, blob + HEADER);
	EVP_DecryptUpdate(context, NULL, &part, blob, HEADER);
	if (aad_length)
		EVP_DecryptUpdate(context, NULL, &part, aad, (int)aad_length);
	EVP_DecryptUpdate(context, plain, &part, blob + HEADER + 12, (int)length);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(blob + blob_length - 16));
	good = EVP_DecryptFinal_ex(context, plain + length, &part) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!good)
		memset(plain, 0, length);
	return good ? (ssize_t)length : -EBADMSG;
}

static int header(const uint8_t *blob, size_t length, uint32_t flags, uint32_t *ret_class,
		  uint32_t *ret_generation)
{
	if (length <= KEYBAG_BLOB_OVERHEAD || blob[0] != 1 || blob[3] ||
	    !keybag_class_name(blob[2]))
		return -EINVAL;
	if (blob[1] != flags)
		return -EACCES;
	*ret_class = blob[2];
	memcpy(ret_generation, blob + 4, sizeof(*ret_generation));
	if (!*ret_generation)
		return -EINVAL;
	/* Before anything is authenticated. */
	return memcmp(blob + 8, KEYCHAIN_DOMAIN, KEYBAG_DOMAIN_SIZE) ? -EACCES : 0;
}

ssize_t keybag_wrap(int fd, uint32_t class_number, const void *plaintext, size_t length, const void *aad, size_t aad_length,
		    void *ret_blob, size_t capacity)
{
	uint8_t key[KEY_SIZE];
	int error = seal_key(class_number, generation_of(class_number), key);

	calls++;
	(void)fd;
	return error ? error : seal(key, 0, class_number, plaintext, length, aad, aad_length, ret_blob, capacity);
}

ssize_t keybag_generate(int fd, uint32_t class_number, void *ret_plaintext, size_t length,
			const void *aad, size_t aad_length, void *ret_blob, size_t capacity)
{
	getrandom(ret_plaintext, length, 0);
	return keybag_wrap(fd, class_number, ret_plaintext, length, aad, aad_length, ret_blob, capacity);
}

ssize_t keybag_unwrap(int fd, const void *blob, size_t blob_length, const void *aad,
		      size_t aad_length, void *ret_plaintext, size_t capacity)
{
	uint32_t class_number, generation;
	uint8_t key[KEY_SIZE];
	int error = header(blob, blob_length, 0, &class_number, &generation);

	calls++;
	(void)fd;
	if (lock_at && !--lock_at)
		fake_keybag_set("locked");
	if (!error)
		error = class_key(class_number, generation, key);
	if (!error && class_number == KEYBAG_CLASS_B) {
		if (blob_length <= KEYBAG_BLOB_OVERHEAD_B || ((const uint8_t *)blob)[blob_length - 1] != 0xeb)
			return -EBADMSG;
		blob_length -= KEYBAG_BLOB_OVERHEAD_B - KEYBAG_BLOB_OVERHEAD;
	}
	return error ? error
		     : unseal(key, blob, blob_length, aad, aad_length, ret_plaintext, capacity);
}

ssize_t keybag_rewrap(int fd, int target, uint32_t class_number, const void *blob,
		      size_t blob_length, const void *aad, size_t aad_length, const void *new_aad,
		      size_t new_aad_length, void *ret_blob, size_t capacity)
{
	uint8_t key[KEY_SIZE], plain[KEYBAG_MAX_PAYLOAD];
	int error = class_key(class_number, generation_of(class_number), key);
	ssize_t length;

	calls++;
	(void)target;
	if (error)
		return error;
	length = keybag_unwrap(fd, blob, blob_length, aad, aad_length, plain, sizeof(plain));
	return length < 0 ? length : seal(key, 0, class_number, plain, (size_t)length, new_aad,
					  new_aad_length, ret_blob, capacity);
}

ssize_t keybag_child_create(int fd, uint32_t class_number, const void *aad, size_t aad_length,
			    void *ret_blob, size_t capacity)
{
	uint8_t key[KEY_SIZE], child[KEY_SIZE];
	int error = class_key(class_number, generation_of(class_number), key);

	calls++;
	(void)fd;
	if (error)
		return error;
	getrandom(child, sizeof(child), 0);
	return seal(key, CHILD_KEY, class_number, child, sizeof(child), aad, aad_length, ret_blob,
		    capacity);
}

int keybag_child_open(int fd, const void *blob, size_t blob_length, const void *aad,
		      size_t aad_length)
{
	uint32_t class_number, generation;
	uint8_t key[KEY_SIZE], child[KEY_SIZE];
	int error = header(blob, blob_length, CHILD_KEY, &class_number, &generation);
	ssize_t length;

	calls++;
	(void)fd;
	if (!error)
		error = class_key(class_number, generation, key);
	if (error)
		return error;
	length = unseal(key, blob, blob_length, aad, aad_length, child, sizeof(child));
	for (int i = 1; length >= 0 && i < KEYBAG_MAX_CHILDREN; i++) {
		if (children[i].used)
			continue;
		children[i].used = true;
		children[i].wiped = false;
		children[i].class_number = class_number;
		memcpy(children[i].key, child, KEY_SIZE);
		return i;
	}
	return length < 0 ? (int)length : -EDQUOT;
}

int keybag_child_close(int fd, int child)
{
	(void)fd;
	children[child].used = false;
	return 0;
}

static int check_child(int child)
{
	if (unloaded)
		return -EKEYREVOKED;
	if (child < 1 || child >= KEYBAG_MAX_CHILDREN || !children[child].used)
		return -ENOENT;
	return children[child].wiped ? -ENOKEY : 0;
}

ssize_t keybag_child_encrypt(int fd, int child, const void *plaintext, size_t length,
			     const void *aad, size_t aad_length, void *ret_blob, size_t capacity)
{
	int error;

	calls++;
	(void)fd;
	for (unsigned int i = 1; lock_between && i < KEYBAG_MAX_CHILDREN; i++)
		children[i].wiped = true;
	lock_between = false;
	error = check_child(child);
	return error ? error : seal(children[child].key, BY_CHILD, children[child].class_number,
				    plaintext, length, aad, aad_length, ret_blob, capacity);
}

ssize_t keybag_child_decrypt(int fd, int child, const void *blob, size_t blob_length,
			     const void *aad, size_t aad_length, void *ret_plaintext,
			     size_t capacity)
{
	uint32_t class_number, generation;
	int error = check_child(child);

	calls++;
	(void)fd;
	if (!error)
		error = header(blob, blob_length, BY_CHILD, &class_number, &generation);
	if (!error && class_number != children[child].class_number)
		error = -EINVAL;
	return error ? error : unseal(children[child].key, blob, blob_length, aad, aad_length,
				      ret_plaintext, capacity);
}

static int run_item(int fd, const struct keybag_item *item)
{
	unsigned int length = KEYBAG_MAC_SIZE;
	int error = check_child((int)item->child);

	if (item->operation == KEYBAG_OP_CHILD_DECRYPT)
		return (int)keybag_child_decrypt(fd, (int)item->child, (const void *)(uintptr_t)item->input,
						 item->input_length, (const void *)(uintptr_t)item->aad, item->aad_length,
						 (void *)(uintptr_t)item->output, item->output_capacity);
	if (item->operation != KEYBAG_OP_CHILD_MAC)
		return -EINVAL;
	if (!error)
		HMAC(EVP_sha256(), children[item->child].key, KEY_SIZE, (const void *)(uintptr_t)item->input,
		     item->input_length, (void *)(uintptr_t)item->output, &length);
	return error ? error : KEYBAG_MAC_SIZE;
}

int keybag_batch_sized(int fd, void *array, size_t size, size_t count)
{
	struct keybag_item *items = array;
	int done = 0;

	calls++;
	if (size != sizeof(*items))
		return -EINVAL;
	if (unloaded)
		return -EKEYREVOKED;
	for (size_t i = 0; i < count; i++) {
		items[i].result = run_item(fd, &items[i]);
		done += items[i].result >= 0;
	}
	return done;
}

int keybag_status_sized(int fd, void *structure, size_t size)
{
	struct keybag_status *ret_status = structure;

	if (size != sizeof(*ret_status))
		return -EINVAL;
	*ret_status = (struct keybag_status){ .state = state };
	if (fd >= 0 && fd == backup) {
		ret_status->type = KEYBAG_TYPE_BACKUP;
		ret_status->classes_available = backup_classes;
		return 0;
	}
	for (uint32_t class_number = 1; class_number <= KEYBAG_CLASS_AKPU; class_number++)
		ret_status->classes_available |= available(class_number) ? KEYBAG_CLASS_BIT(class_number) : 0;
	memset(ret_status->uuid, 0xb0, sizeof(ret_status->uuid) - 1);
	ret_status->uuid[sizeof(ret_status->uuid) - 1] = identity;
	return unloaded ? -EKEYREVOKED : 0;
}
