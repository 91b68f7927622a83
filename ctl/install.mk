# SPDX-License-Identifier: GPL-2.0-only
#
# make install   [NIC="igb ..."] [KVER=...] [DESTDIR=] [PREFIX=/usr/local]
#                [SIGN_KEY=FILE SIGN_CERT=FILE]
# make uninstall [DESTDIR=] [PREFIX=]

INSTALL_ENV = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' KVER='$(KVER)' NIC='$(NIC)' \
	SIGN_KEY='$(SIGN_KEY)' SIGN_CERT='$(SIGN_CERT)'

.PHONY: install uninstall
install uninstall:
	@$(INSTALL_ENV) ctl/install $@
