// Threads that must share cores with each other finish all the same, and with the same spikes.
#include <gtest/gtest.h>
#include <sched.h>

#include "backends/cpu/cpu.hpp"
#include "models/models.hpp"
#include "tests/backends/contract_networks.hpp"

namespace spikeloom {
namespace {

/// Keeps the calling thread, and those it starts, on one core for its lifetime.
class OneCore {
 public:
  OneCore() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

std::string spikes_with(std::shared_ptr<const CompiledNetwork> network, int threads) {
  OpenOptions options;
  options.threads = threads;
  const auto session = cpu_backend()->open(network, options);
  session->advance_to(network->duration_steps);
  return session->spike_hash().hex();
}

TEST(CpuWindow, ThreadsOnOneCoreHelpEachOtherAndFinish) {
  const auto network = compile(testing::balanced("lif_exp", 1600, 60), builtin_models());
  const std::string expected = spikes_with(network, 1);
  const OneCore one;
  for (const int threads : {2, 3, 5, 8}) EXPECT_EQ(spikes_with(network, threads), expected) << threads << " threads";
}

}  // namespace
}  // namespace spikeloom
