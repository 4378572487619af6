/* The only file that a new version builds anew. */
#include "version.h"

const char VERSION_TEXT[] = VERSION;
