// SPDX-License-Identifier: LGPL-2.1-or-later
#include "object.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing over the numbers of @objects; 0: free. At most half full. */
static struct object *objects;
static uint32_t *places;
static size_t count, capacity;
static CK_OBJECT_HANDLE first = 1;

static size_t place_of(const struct object *object)
{
	uint64_t hash = 0;

	/* The end of a reference is random. */
	memcpy(&hash, object->reference + KEYCHAIN_REFERENCE_SIZE - sizeof(hash), sizeof(hash));
	return (size_t)(hash + object->class * 2 + object->source * 8) & (2 * capacity - 1);
}

static bool is_same(const struct object *one, const struct object *other)
{
	return one->class == other->class && one->source == other->source &&
	       !memcmp(one->reference, other->reference, sizeof(one->reference));
}

static size_t find_place(const struct object *object)
{
	size_t place = place_of(object);

	while (places[place] && !is_same(&objects[places[place] - 1], object))
		place = (place + 1) & (2 * capacity - 1);
	return place;
}

static CK_RV grow(void)
{
	size_t wanted = capacity ? capacity * 2 : 64;
	struct object *more;
	uint32_t *wider;

	if (wanted > OBJECTS_AT_MOST)
		return CKR_DEVICE_MEMORY;
	more = reallocarray(objects, wanted, sizeof(*objects));
	if (!more)
		return CKR_HOST_MEMORY;
	objects = more;
	wider = calloc(2 * wanted, sizeof(*wider));
	if (!wider)
		return CKR_HOST_MEMORY;
	free(places);
	places = wider;
	capacity = wanted;
	for (size_t i = 0; i < count; i++)
		places[find_place(&objects[i])] = (uint32_t)i + 1;
	return CKR_OK;
}

CK_RV object_handle(const struct object *object, CK_OBJECT_HANDLE *ret_handle)
{
	CK_RV rv = CKR_OK;
	size_t place;

	place = capacity ? find_place(object) : 0;
	if (!capacity || !places[place]) {
		if (count == capacity)
			rv = grow();
		if (rv != CKR_OK)
			return rv;
		place = find_place(object);
		objects[count++] = *object;
		places[place] = (uint32_t)count;
	}
	/* It may have another hash than before. */
	objects[places[place] - 1] = *object;
	*ret_handle = first + places[place] - 1;
	return CKR_OK;
}

const struct object *object_by_handle(CK_OBJECT_HANDLE handle)
{
	return handle >= first && handle - first < count ? &objects[handle - first] : NULL;
}

void object_forget_all(void)
{
	free(objects);
	free(places);
	object_abandon_all();
}

void object_abandon_all(void)
{
	objects = NULL;
	places = NULL;
	first += count;
	count = 0;
	capacity = 0;
}
