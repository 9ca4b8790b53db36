// Adds a neuron model to the built-in ones and uses it from a network file, in a probe and across a checkpoint.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "adaptive_threshold.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

int main(int, char** arguments) try {
  using namespace spikeloom;
  ModelSet models = builtin_models();
  models.add<AdaptiveThreshold>();

  const auto network = compile(read_network(arguments[1]), models);
  const auto backend = cpu_backend();
  const auto whole = backend->open(network, {.threads = 1, .models = &models});
  whole->advance(1000);
  const Recording recording = whole->recording();
  const StateTrace& trace = recording.state_traces.at(0);
  const auto& threshold = trace.values.at(1);
  std::printf("%s\n", models.names().back().c_str());
  std::printf("%.1f Hz\n", recording.populations.at(0).rate_hz);
  std::printf("the threshold of cell 0 rose by up to %.1f mV\n", *std::max_element(threshold.begin(), threshold.end()));

  const auto first = backend->open(network, {.threads = 1, .models = &models});
  const auto second = backend->open(network, {.threads = 2, .models = &models});
  const std::string file = std::filesystem::temp_directory_path() / "own_model.ckpt";
  first->advance(500);
  first->save(file);
  second->load(file);
  second->advance(500);
  std::filesystem::remove(file);
  const bool same = second->state_hash() == whole->state_hash() && second->spike_hash() == whole->spike_hash();
  std::printf("a checkpoint at 500 ms, continued on two threads: %s\n", same ? "the same bits" : "DIFFERENT");
  return same ? 0 : 1;
} catch (const spikeloom::Error& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return static_cast<int>(error.exit);
}
