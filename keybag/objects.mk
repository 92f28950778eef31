# SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#
# The one list of the portable core's objects: Kbuild links them into keybag.ko, core.mk into
# libkeybagcore.a.
KEYBAG_CORE_OBJECTS := blob.o class.o form.o form_parse.o form_write.o guess.o record.o state.o tlv.o
