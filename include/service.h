/* Whoever starts a program that stays, and waits until it is ready: sd_notify(3). */
#ifndef VMNETCHECK_SERVICE_H
#define VMNETCHECK_SERVICE_H

/* Says that it is, if somebody waits. By the socket itself: a datagram is no reason for a library. */
void service_is_ready(void);

#endif
