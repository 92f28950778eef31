// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures to compare keybag with, in one run: an ioctl that does nothing, the bare cipher inside
 * the kernel, and a wrap with a plain random nonce. The plain wrap goes the way of keybag's own:
 * inline structure, memory of the descriptor, one scatterlist entry in place, a read lock, the
 * burnt stack.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/fs.h>
#include <linux/keybag.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rwsem.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "bench.h"
#include "kmod/compat.h"

#define NONCE		12
#define TAG		16
#define ROOM		1024
#define REQUEST		512
#define BURN		1408

struct bench_file {
	struct mutex lock;	/* one operation at a time */
	struct rw_semaphore rwsem;
	struct crypto_aead *aead;
	struct crypto_wait wait;
	struct scatterlist sg;
	u8 iv[16];
	u8 request[sizeof(struct aead_request) + REQUEST] __aligned(CRYPTO_MINALIGN);
	u8 buffer[ROOM] __aligned(CRYPTO_MINALIGN);
};

static noinline void burn_stack(void)
{
	u8 area[BURN] KEYBAG_UNINITIALIZED;

	memzero_explicit(area, sizeof(area));
}

static struct aead_request *prepare(struct bench_file *file, u8 *at, u32 aad_length, u32 length,
				    u32 crypt_length)
{
	struct aead_request *request = (void *)file->request;

	sg_set_buf(&file->sg, at, aad_length + length + TAG);
	aead_request_set_ad(request, aad_length);
	aead_request_set_crypt(request, &file->sg, &file->sg, crypt_length, file->iv);
	return request;
}

static int open_cipher(struct bench_file *file)
{
	static const u8 key[32] = "the key of a benchmark ........";
	struct aead_request *request = (void *)file->request;
	int error;

	file->aead = crypto_alloc_aead("gcm(aes)", 0,
				       CRYPTO_ALG_KERN_DRIVER_ONLY | CRYPTO_ALG_ALLOCATES_MEMORY);
	if (IS_ERR(file->aead))
		return PTR_ERR(file->aead);
	error = crypto_aead_setkey(file->aead, key, sizeof(key));
	if (!error)
		error = crypto_aead_setauthsize(file->aead, TAG);
	if (!error && crypto_aead_reqsize(file->aead) > REQUEST)
		error = -ENOPKG;
	if (error) {
		crypto_free_aead(file->aead);
		return error;
	}
	sg_init_table(&file->sg, 1);
	crypto_init_wait(&file->wait);
	aead_request_set_tfm(request, file->aead);
	aead_request_set_callback(request, CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done, &file->wait);
	return 0;
}

static int bench_open(struct inode *inode, struct file *filp)
{
	struct bench_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int error;

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	init_rwsem(&file->rwsem);
	error = open_cipher(file);
	if (error) {
		kfree(file);
		return error;
	}
	filp->private_data = file;
	return 0;
}

static int bench_release(struct inode *inode, struct file *filp)
{
	struct bench_file *file = filp->private_data;

	crypto_free_aead(file->aead);
	kfree_sensitive(file);
	return 0;
}

static long null(void __user *argument)
{
	struct bench_null copy;

	return copy_from_user(&copy, argument, sizeof(copy)) ? -EFAULT : 0;
}

/* One operation in place; the ciphertext of the last one is there for every decryption. */
static int once(struct bench_file *file, const struct bench_loop *loop, const u8 *sealed)
{
	u32 crypt_length = loop->length + (loop->decrypt ? TAG : 0);
	struct aead_request *request;

	if (loop->decrypt)
		memcpy(file->buffer + loop->aad_length, sealed, crypt_length);
	request = prepare(file, file->buffer, loop->aad_length, loop->length, crypt_length);
	return crypto_wait_req(loop->decrypt ? crypto_aead_decrypt(request) :
					       crypto_aead_encrypt(request), &file->wait);
}

/* Cost of the loop without the cipher: refilling the buffer. */
static u64 empty_loop(struct bench_file *file, const struct bench_loop *loop, const u8 *sealed)
{
	u32 crypt_length = loop->length + (loop->decrypt ? TAG : 0);
	u64 start = ktime_get_ns();
	u32 i;

	for (i = 0; i < loop->count; i++) {
		if (loop->decrypt)
			memcpy(file->buffer + loop->aad_length, sealed, crypt_length);
		barrier_data(file->buffer);
	}
	return ktime_get_ns() - start;
}

static long run_loop(struct bench_file *file, struct bench_loop *loop)
{
	struct bench_loop seal = *loop;
	u8 *sealed;
	long error;
	u64 start;
	u32 i;

	if (loop->length + loop->aad_length + TAG > ROOM || loop->count > 10000000)
		return -EINVAL;
	seal.decrypt = 0;
	error = once(file, &seal, NULL);
	if (error)
		return error;
	sealed = kmemdup(file->buffer + loop->aad_length, loop->length + TAG, GFP_KERNEL);
	if (!sealed)
		return -ENOMEM;

	start = ktime_get_ns();
	for (i = 0; i < loop->count && !error; i++)
		error = once(file, loop, sealed);
	loop->total_ns = ktime_get_ns() - start;
	if (!error)
		loop->total_ns -= min(loop->total_ns, empty_loop(file, loop, sealed));
	kfree(sealed);
	return error;
}

static long loop(struct bench_file *file, void __user *argument)
{
	struct bench_loop loop;
	long result;

	if (copy_from_user(&loop, argument, sizeof(loop)))
		return -EFAULT;
	result = run_loop(file, &loop);
	if (!result && copy_to_user(argument, &loop, sizeof(loop)))
		return -EFAULT;
	return result;
}

static int hash_blocks(struct shash_desc *desc, const u8 *blocks, u32 count)
{
	int error = crypto_shash_init(desc);
	u32 i;

	for (i = 0; i < count && !error; i++)
		error = crypto_shash_update(desc, blocks, 2 * SHA256_BLOCK_SIZE);
	return error;
}

static int run_hash(struct bench_file *file, struct bench_hash *hash)
{
	struct crypto_shash *shash = crypto_alloc_shash("sha256", 0, 0);
	struct shash_desc *desc;
	int error = -ENOMEM;
	u64 start;

	if (IS_ERR(shash))
		return PTR_ERR(shash);
	desc = kzalloc(sizeof(*desc) + crypto_shash_descsize(shash), GFP_KERNEL);
	if (desc) {
		desc->tfm = shash;
		start = ktime_get_ns();
		error = hash_blocks(desc, file->buffer, hash->count);
		hash->total_ns = ktime_get_ns() - start;
	}
	kfree(desc);
	crypto_free_shash(shash);
	return error;
}

static long hash(struct bench_file *file, void __user *argument)
{
	struct bench_hash hash;
	long result;

	if (copy_from_user(&hash, argument, sizeof(hash)))
		return -EFAULT;
	if (hash.count > 10000000)
		return -EINVAL;
	result = run_hash(file, &hash);
	if (!result && copy_to_user(argument, &hash, sizeof(hash)))
		return -EFAULT;
	return result;
}

/*
 * In the buffer: the caller's structure and associated data, then the content. The blob's header is
 * written before the associated data, over what of the structure was read.
 */
static long plain_wrap(struct bench_file *file, unsigned int size, void __user *argument)
{
	struct keybag_wrap *wrap = (void *)file->buffer + 64;
	u8 *content, *aad, *blob;
	u8 __user *to;
	u32 length, aad_length;
	long error;

	if (size < sizeof(*wrap) || size > 256 || copy_from_user(wrap, argument, size))
		return -EFAULT;
	length = wrap->plaintext_length;
	aad_length = wrap->aad_length;
	if (wrap->flags || wrap->reserved || aad_length != size - sizeof(*wrap) || !length ||
	    length > 256 || wrap->blob_capacity < length + KEYBAG_BLOB_OVERHEAD)
		return -EINVAL;
	to = u64_to_user_ptr(wrap->blob);
	content = wrap->data + aad_length;
	if (copy_from_user(content, u64_to_user_ptr(wrap->plaintext), length))
		return -EFAULT;

	aad = wrap->data - KEYBAG_BLOB_HEADER_SIZE - sizeof(u32);
	memset(aad, 0, KEYBAG_BLOB_HEADER_SIZE);
	aad[0] = 1;
	put_unaligned_le32(aad_length, aad + KEYBAG_BLOB_HEADER_SIZE);

	down_read(&file->rwsem);
	get_random_bytes(file->iv, NONCE);
	aad_length += KEYBAG_BLOB_HEADER_SIZE + sizeof(u32);
	error = crypto_wait_req(crypto_aead_encrypt(prepare(file, aad, aad_length, length, length)),
				&file->wait);
	burn_stack();
	up_read(&file->rwsem);
	if (error)
		return error;

	blob = content - KEYBAG_BLOB_HEADER_SIZE - NONCE;
	memmove(blob, aad, KEYBAG_BLOB_HEADER_SIZE);
	memcpy(blob + KEYBAG_BLOB_HEADER_SIZE, file->iv, NONCE);
	length += KEYBAG_BLOB_OVERHEAD;
	if (copy_to_user(to, blob, length))
		return -EFAULT;
	return length;
}

static long bench_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct bench_file *file = filp->private_data;
	void __user *user = (void __user *)argument;
	long result;

	if (command == BENCH_NULL)
		return null(user);
	if (!mutex_trylock(&file->lock))
		return -EBUSY;
	if (command == BENCH_LOOP)
		result = loop(file, user);
	else if (command == BENCH_HASH)
		result = hash(file, user);
	else if ((command & ~IOCSIZE_MASK) == BENCH_WRAP(0))
		result = plain_wrap(file, _IOC_SIZE(command), user);
	else
		result = -ENOTTY;
	mutex_unlock(&file->lock);
	return result;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.release = bench_release,
	.unlocked_ioctl = bench_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keybag-bench",
	.fops = &fops,
	.mode = 0600,
};
module_misc_device(device);

MODULE_DESCRIPTION("What keybag is measured against");
MODULE_LICENSE("GPL");
