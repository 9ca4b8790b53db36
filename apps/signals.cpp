// The one flag that a signal handler may write.
#include "apps/signals.hpp"

#include <csignal>

namespace spikeloom {
namespace {

// A handler can reach nothing but a global; it is written once, and only here.
volatile std::sig_atomic_t stop_flag = 0;

extern "C" void on_stop_signal(int) {
  stop_flag = 1;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void catch_stop_signals() {
  std::signal(SIGINT, on_stop_signal);
  std::signal(SIGTERM, on_stop_signal);
}

bool stop_requested() { return stop_flag != 0; }

}  // namespace spikeloom
