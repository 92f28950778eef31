// SPDX-License-Identifier: GPL-2.0-or-later
#include "alg.h"

#include <linux/if_alg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bag.h"

#define IV_LENGTH	12
#define TAG_LENGTH	16

static int operation = -1;
static __u8 sealed[AAD_LENGTH + SECRET_LENGTH + TAG_LENGTH];

/* One request and its answer; @input is associated data and text, the answer both again. */
static void run(__u32 kind, const void *input, size_t length, void *output, size_t output_length)
{
	union {
		struct cmsghdr header;
		__u8 room[CMSG_SPACE(4) + CMSG_SPACE(4 + IV_LENGTH) + CMSG_SPACE(4)];
	} control = {};
	struct iovec data = { (void *)(uintptr_t)input, length };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const __u32 aad_length = AAD_LENGTH;
	struct af_alg_iv *iv;

	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_OP;
	header->cmsg_len = CMSG_LEN(4);
	memcpy(CMSG_DATA(header), &kind, 4);
	header = CMSG_NXTHDR(&message, header);
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_IV;
	header->cmsg_len = CMSG_LEN(4 + IV_LENGTH);
	iv = (void *)CMSG_DATA(header);
	iv->ivlen = IV_LENGTH;
	header = CMSG_NXTHDR(&message, header);
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_AEAD_ASSOCLEN;
	header->cmsg_len = CMSG_LEN(4);
	memcpy(CMSG_DATA(header), &aad_length, 4);

	if (sendmsg(operation, &message, 0) != (ssize_t)length)
		fail("AF_ALG: sendmsg");
	if (read(operation, output, output_length) != (ssize_t)output_length)
		fail("AF_ALG: read");
}

bool alg_open(void)
{
	const struct sockaddr_alg address = {
		.salg_family = AF_ALG, .salg_type = "aead", .salg_name = "gcm(aes)",
	};
	__u8 key[32] = "the key of a benchmark ........", plain[AAD_LENGTH + SECRET_LENGTH];
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return false;
	if (setsockopt(fd, SOL_ALG, ALG_SET_KEY, key, sizeof(key)) ||
	    setsockopt(fd, SOL_ALG, ALG_SET_AEAD_AUTHSIZE, NULL, TAG_LENGTH))
		fail("AF_ALG: setsockopt");
	operation = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (operation < 0)
		fail("AF_ALG: accept");
	close(fd);
	memset(plain, 'p', sizeof(plain));
	run(ALG_OP_ENCRYPT, plain, sizeof(plain), sealed, sizeof(sealed));
	return true;
}

void alg_decrypt(void)
{
	__u8 plain[AAD_LENGTH + SECRET_LENGTH];

	run(ALG_OP_DECRYPT, sealed, sizeof(sealed), plain, sizeof(plain));
}
