/* The only file that a new version builds anew. */
#include "version.h"

const char PROGRAM_VERSION[] = VERSION;
