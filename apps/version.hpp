// The version that the command reports.
#pragma once

#ifndef SPIKELOOM_VERSION
#define SPIKELOOM_VERSION "0.1.0"  // the build passes the project's; this is for compiling a file alone
#endif
