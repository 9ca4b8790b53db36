// A first SIGINT or SIGTERM asks for a clean stop; a second one kills, as usual.
#pragma once

namespace spikeloom {

/// From now on the first of these signals only sets the flag below.
void catch_stop_signals();
bool stop_requested();

}  // namespace spikeloom
