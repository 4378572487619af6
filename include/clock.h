/* The clocks. Who is pure gets the time as a value. */
#ifndef VMNETCHECK_CLOCK_H
#define VMNETCHECK_CLOCK_H

#include <stdint.h>

/* Microseconds of a clock that only goes forward. */
uint64_t clock_now(void);
/* Microseconds since 1970, which may jump: for what others stamped with it. */
uint64_t clock_wall(void);
/* Microseconds that this process has been computing, however busy others keep the machine. */
uint64_t clock_spent(void);

#endif
