// Excitatory and inhibitory cells, described, run and asked for their rates in C++.
#include <cstdio>

#include "backends/cpu/cpu.hpp"
#include "models/models.hpp"

int main() {
  using namespace spikeloom;
  Network network;
  network.run.duration_ms = 1000;
  network.population("E", {.shape = {800}, .model = "lif_exp", .parameters = {{"I_e_pA", normal(400, 20)}}});
  network.population("I", {.shape = {200}, .model = "lif_exp", .parameters = {{"I_e_pA", 380}}});
  const Connector random{.kind = Connector::Kind::fixed_probability, .count = 0.1};
  network.connect("E", "I", {.connect = random, .weight = 30, .delay_ms = uniform(1, 3)});
  network.connect("I", "E", {.connect = random, .weight = -120, .delay_ms = uniform(1, 3)});

  const ModelSet models = builtin_models();
  const auto session = cpu_backend()->open(compile(network, models), {.models = &models});
  session->advance(1000);
  for (const auto& p : session->recording().populations) std::printf("%s %.2f Hz\n", p.population.c_str(), p.rate_hz);
}
