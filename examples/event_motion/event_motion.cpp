// Runs event_motion.json and says which map of cells fired most while the image moved in each of three directions.
#include <array>
#include <cstdio>

#include "backends/cpu/cpu.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

int main(int, char** arguments) try {
  using namespace spikeloom;
  const ModelSet models = builtin_models();
  const auto network = compile(read_network(arguments[1]), models);
  const auto session = cpu_backend()->open(network, {.models = &models});
  session->advance_to(network->duration_steps);

  // The camera made three movements of 105 ms. A cell sees a bar of nine pixels, at 15 ms each, so it answers some 68 ms late.
  constexpr double movement_ms = 105, delay_ms = 68;
  const Recording recording = session->recording();
  std::printf("%-12s %8s %8s %8s   spikes during each movement\n", "prefers", "first", "second", "third");
  std::array<int, 3> best = {}, second = {};
  std::array<std::string, 3> winner;
  for (const SpikeTrain& train : recording.spike_trains) {
    std::array<int, 3> count = {};
    for (const double t : train.time_ms) ++count[t <= movement_ms + delay_ms ? 0 : t <= 2 * movement_ms + delay_ms ? 1 : 2];
    std::printf("%-12s %8d %8d %8d\n", train.population.c_str(), count[0], count[1], count[2]);
    for (int k = 0; k < 3; ++k) {
      if (count[k] > best[k]) {
        second[k] = best[k];
        best[k] = count[k];
        winner[k] = train.population;
      } else if (count[k] > second[k]) {
        second[k] = count[k];
      }
    }
  }
  for (int k = 0; k < 3; ++k)
    std::printf("movement %d: %s (%.1f times as many spikes as the next)\n", k + 1, winner[k].c_str(),
                static_cast<double>(best[k]) / second[k]);
} catch (const spikeloom::Error& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return static_cast<int>(error.exit);
}
