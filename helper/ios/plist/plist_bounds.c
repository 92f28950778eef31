// SPDX-License-Identifier: GPL-2.0-or-later
#include "plist_bounds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"

#define MAGIC		"bplist00"
#define MAGIC_SIZE	8
#define TRAILER_SIZE	32
#define EXTENDED	0xf		/* the count is an integer that follows */
#define BEING_VISITED	UINT32_MAX

/* ---- Binary -------------------------------------------------------------------------------------- */

struct binary {
	const uint8_t *bytes;
	uint64_t length;	/* up to the table of offsets */
	const uint8_t *table;
	size_t offset_size, reference_size;
	uint64_t count;
	uint32_t *nodes;	/* for each object how many nodes it becomes; 0: not visited yet */
	uint8_t *depths;
	uint32_t max_nodes;
};

static uint64_t get_be(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	while (size--)
		number = number << 8 | *bytes++;
	return number;
}

static bool read_trailer(struct binary *binary, size_t length, uint64_t *ret_root)
{
	const uint8_t *trailer = binary->bytes + length - TRAILER_SIZE;
	uint64_t table = get_be(trailer + 24, 8), room;

	binary->offset_size = trailer[6];
	binary->reference_size = trailer[7];
	binary->count = get_be(trailer + 8, 8);
	*ret_root = get_be(trailer + 16, 8);
	if (!binary->offset_size || binary->offset_size > 8 || !binary->reference_size || binary->reference_size > 8)
		return false;
	if (table < MAGIC_SIZE || table > length - TRAILER_SIZE)
		return false;
	room = (length - TRAILER_SIZE - table) / binary->offset_size;
	binary->length = table;
	binary->table = binary->bytes + table;
	return binary->count && binary->count <= room && *ret_root < binary->count;
}

/* The references of an object: their number, 0 of what is no list. False where they are not within the file. */
static bool find_references(const struct binary *binary, uint64_t object, const uint8_t **ret_references, uint64_t *ret_count)
{
	uint64_t at = get_be(binary->table + object * binary->offset_size, binary->offset_size), count;
	size_t size;
	uint8_t kind;

	*ret_count = 0;
	if (at < MAGIC_SIZE || at >= binary->length)
		return false;
	kind = binary->bytes[at] >> 4;
	count = binary->bytes[at++] & 0xf;
	if (kind != 0xa && kind != 0xc && kind != 0xd)
		return true;
	if (count == EXTENDED) {
		if (at >= binary->length || binary->bytes[at] >> 4 != 1)
			return false;
		size = 1U << (binary->bytes[at++] & 0xf);
		if (size > 8 || binary->length - at < size)
			return false;
		count = get_be(binary->bytes + at, size);
		at += size;
	}
	if (count > binary->length)
		return false;
	if (kind == 0xd)
		count *= 2;
	*ret_references = binary->bytes + at;
	*ret_count = count;
	return count <= (binary->length - at) / binary->reference_size;
}

/* The depth of recursion is that of the list, which is bounded. */
static int visit(struct binary *binary, uint64_t object, unsigned int depth)
{
	const uint8_t *reference = NULL;
	uint64_t count, nodes = 1;
	uint8_t below = 0;
	int result = 0;

	if (depth > PLIST_MAX_DEPTH || binary->nodes[object] == BEING_VISITED)
		return -E2BIG;
	if (binary->nodes[object])
		return depth + binary->depths[object] > PLIST_MAX_DEPTH ? -E2BIG : 0;
	if (!find_references(binary, object, &reference, &count))
		return -EBADMSG;
	binary->nodes[object] = BEING_VISITED;
	for (; !result && count; count--, reference += binary->reference_size) {
		uint64_t other = get_be(reference, binary->reference_size);

		if (other >= binary->count)
			return -EBADMSG;
		result = visit(binary, other, depth + 1);
		if (result)
			return result;
		nodes += binary->nodes[other];
		below = binary->depths[other] + 1 > below ? (uint8_t)(binary->depths[other] + 1) : below;
		if (nodes > binary->max_nodes)
			return -E2BIG;
	}
	binary->nodes[object] = (uint32_t)nodes;
	binary->depths[object] = below;
	return 0;
}

static int check_binary(const uint8_t *bytes, size_t length, uint32_t max_nodes)
{
	struct binary binary = { .bytes = bytes, .max_nodes = max_nodes };
	uint32_t *nodes CLEANUP_FREE = NULL;
	uint8_t *depths CLEANUP_FREE = NULL;
	uint64_t root;

	if (length < MAGIC_SIZE + TRAILER_SIZE || !read_trailer(&binary, length, &root))
		return -EBADMSG;
	nodes = calloc(binary.count, sizeof(*nodes));
	depths = calloc(binary.count, sizeof(*depths));
	if (!nodes || !depths)
		return -ENOMEM;
	binary.nodes = nodes;
	binary.depths = depths;
	return visit(&binary, root, 0);
}

/* ---- XML ----------------------------------------------------------------------------------------- */

/* Passes over all up to @end and that; NULL: it is not there. */
static const char *pass(const char *at, const char *limit, const char *end)
{
	const char *found = memmem(at, (size_t)(limit - at), end, strlen(end));

	return found ? found + strlen(end) : NULL;
}

static bool begins(const char *at, const char *limit, const char *with)
{
	return (size_t)(limit - at) >= strlen(with) && !memcmp(at, with, strlen(with));
}

/* Comments, declarations and text that is marked as such may have anything in them. Returns NULL where it is none. */
static const char *pass_special(const char *at, const char *limit)
{
	if (begins(at, limit, "<!--"))
		return pass(at, limit, "-->");
	if (begins(at, limit, "<![CDATA["))
		return pass(at, limit, "]]>");
	return pass(at, limit, at[1] == '?' ? "?>" : ">");
}

static int check_xml(const char *bytes, size_t length, uint32_t max_nodes)
{
	const char *at = bytes, *limit = bytes + length, *end;
	unsigned int depth = 0, nodes = 0;

	while ((at = memchr(at, '<', (size_t)(limit - at)))) {
		if (begins(at, limit, "<!") || begins(at, limit, "<?")) {
			at = pass_special(at, limit);
			if (!at)
				return -EBADMSG;
			continue;
		}
		end = memchr(at, '>', (size_t)(limit - at));
		if (!end)
			return -EBADMSG;
		if (at[1] == '/') {
			if (!depth--)
				return -EBADMSG;
		} else if (end[-1] != '/') {
			depth++;
		}
		/* <plist> and the element itself are no lists. */
		if (++nodes > 2 * (uint64_t)max_nodes || depth > PLIST_MAX_DEPTH + 2)
			return -E2BIG;
		at = end + 1;
	}
	return nodes ? 0 : -EBADMSG;
}

bool plist_bounds_is_binary(const uint8_t *bytes, size_t length)
{
	return length >= MAGIC_SIZE && !memcmp(bytes, MAGIC, MAGIC_SIZE);
}

int plist_bounds_check(const uint8_t *bytes, size_t length, uint32_t max_nodes)
{
	if (plist_bounds_is_binary(bytes, length))
		return check_binary(bytes, length, max_nodes);
	return check_xml((const char *)bytes, length, max_nodes);
}
