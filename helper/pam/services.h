/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAM services by what they do, comma-separated: for the module, and for who checks its configuration.
 */
#ifndef PAM_KEYBAG_SERVICES_H
#define PAM_KEYBAG_SERVICES_H

/* They open a session. */
#define SERVICES_LOGIN \
	"login,sshd,gdm-password,sddm,lightdm,greetd,lxdm,xdm,ly,cosmic-greeter,plasmalogin"

/* They go back to an open session. */
#define SERVICES_LOCKER \
	"swaylock,hyprlock,gtklock,waylock,i3lock,xscreensaver,xfce4-screensaver,mate-screensaver," \
	"cinnamon-screensaver,gnome-screensaver,kde,vlock,physlock,xlock,screen"

/* They never open a keybag. */
#define SERVICES_REFUSED \
	"su,su-l,sudo,sudo-i,doas,runuser,runuser-l,run0,systemd-run0,polkit-1,cron,crond,atd," \
	"chsh,chfn,chage,systemd-user"

#endif /* PAM_KEYBAG_SERVICES_H */
