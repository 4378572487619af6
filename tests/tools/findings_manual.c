/* Prints man/vmnetcheck-findings.7; `make manual` keeps it. */
#include "report.h"

static const char DATE[] = "November 22, 2026"; /* of the last change of the page */

int main(void)
{
    explain_manual(stdout, DATE);
    return fflush(stdout) == 0 ? 0 : 1;
}
