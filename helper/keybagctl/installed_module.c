// SPDX-License-Identifier: GPL-2.0-or-later
#include "installed_module.h"

#include <dirent.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MODULES	"/lib/modules"

static void take(char *ret_text, size_t size, const char *value)
{
	snprintf(ret_text, size, "%s", value ? value : "");
}

static void read_file(struct kmod_ctx *context, struct installed_module *ret_module)
{
	struct kmod_list *list = NULL, *entry;
	struct kmod_module *module;

	if (kmod_module_new_from_name(context, INSTALLED_MODULE_NAME, &module) < 0)
		return;
	if (kmod_module_get_path(module)) {
		ret_module->found = true;
		take(ret_module->path, sizeof(ret_module->path), kmod_module_get_path(module));
		kmod_module_get_info(module, &list);
	}
	kmod_list_foreach(entry, list) {
		const char *key = kmod_module_info_get_key(entry);
		const char *value = kmod_module_info_get_value(entry);

		if (!strcmp(key, "version"))
			take(ret_module->version, sizeof(ret_module->version), value);
		else if (!strcmp(key, "signer"))
			take(ret_module->signer, sizeof(ret_module->signer), value);
	}
	kmod_module_info_free_list(list);
	kmod_module_unref(module);
}

void installed_module_find(const char *release, struct installed_module *ret_module)
{
	char folder[sizeof(MODULES) + INSTALLED_RELEASE_SIZE];
	struct kmod_ctx *context;

	*ret_module = (struct installed_module){ 0 };
	if (release && (size_t)snprintf(folder, sizeof(folder), MODULES "/%s", release) >= sizeof(folder))
		return;
	context = kmod_new(release ? folder : NULL, NULL);
	if (!context)
		return;
	kmod_set_log_priority(context, 0);
	read_file(context, ret_module);
	kmod_unref(context);
}

static bool can_start(const char *release)
{
	char image[sizeof(MODULES "//vmlinuz") + INSTALLED_RELEASE_SIZE];

	snprintf(image, sizeof(image), "/boot/vmlinuz-%s", release);
	if (!access(image, F_OK))
		return true;
	snprintf(image, sizeof(image), MODULES "/%s/vmlinuz", release);
	return !access(image, F_OK);
}

void installed_module_for_kernels(void (*each)(const char *release, void *context), void *context)
{
	DIR *folder = opendir(MODULES);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < INSTALLED_RELEASE_SIZE && can_start(entry->d_name))
			each(entry->d_name, context);
	closedir(folder);
}
