/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAM services by what they do, comma-separated: for the module, and for who checks its configuration.
 */
#ifndef PAM_KEYBAG_SERVICES_H
#define PAM_KEYBAG_SERVICES_H

/* They open a session. */
#define SERVICES_LOGIN \
	"login,sshd,gdm-password,sddm,lightdm,greetd,lxdm,xdm,ly,cosmic-greeter,plasmalogin," \
	SERVICES_REMOTE

/* Those of them that are always from another machine, whether they say so (PAM_RHOST) or not. */
#define SERVICES_REMOTE \
	"xrdp-sesman,tigervnc,turbovnc,vncserver"

/* They go back to an open session. */
#define SERVICES_LOCKER \
	"swaylock,hyprlock,gtklock,waylock,i3lock,xscreensaver,xfce4-screensaver,mate-screensaver," \
	"cinnamon-screensaver,gnome-screensaver,kde,vlock,physlock,xlock,screen," \
	"xsecurelock"

/* Stacks that others include: as Debian and Fedora build it, xsecurelock has no service of its own and uses these. */
#define SERVICES_LOCKER_STACK \
	"common-auth,system-auth"

/* They never open a keybag. */
#define SERVICES_REFUSED \
	"su,su-l,sudo,sudo-i,doas,runuser,runuser-l,run0,systemd-run0,polkit-1,cron,crond,atd," \
	"chsh,chfn,chage,systemd-user"

#endif /* PAM_KEYBAG_SERVICES_H */
