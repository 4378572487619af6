/* Which version this program is. */
#ifndef VMNETCHECK_VERSION_H
#define VMNETCHECK_VERSION_H

extern const char VERSION_TEXT[];

#endif
