# SPDX-License-Identifier: GPL-2.0-or-later
helper-programs: $(filter build/helper/keychain/items/%,$(KEYCHAIN_ENGINE))

