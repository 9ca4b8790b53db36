// How much sooner does a cell fire when a spike reaches it? Waits for the cell, stimulates at a phase of its rhythm, and looks.
#include <cstdio>

#include "backends/cpu/cpu.hpp"
#include "models/models.hpp"

int main() {
  using namespace spikeloom;
  Network network;
  network.run.duration_ms = 10000;
  network.population("cell", {.shape = {1}, .model = "lif_exp", .update = "exact", .parameters = {{"I_e_pA", 400}}});
  network.input("electrode", {ExternalInput{1}, {}});
  network.connect("electrode", "cell", {.connect = {.kind = Connector::Kind::all_to_all}, .weight = 200, .delay_ms = 0.1});
  network.probes.push_back({.kind = Probe::Kind::spikes, .of = {"cell"}});

  const ModelSet models = builtin_models();
  const auto session = cpu_backend()->open(compile(network, models), {.threads = 1, .models = &models});
  const auto next_spike_ms = [&] {
    const std::size_t before = session->recording().spike_trains[0].time_ms.size();
    while (session->recording().spike_trains[0].time_ms.size() == before) session->advance(0.07);  // no whole steps
    return session->recording().spike_trains[0].time_ms.back();
  };
  double last = next_spike_ms(), spike = next_spike_ms();
  const double period = spike - last;
  std::printf("alone: a spike every %.6f ms\n phase  sooner by\n", period);
  for (int phase = 1; phase <= 9; ++phase) {
    const double at[] = {spike + 0.1 * phase * period};
    const std::uint32_t electrode[] = {0};
    session->emit_at("electrode", electrode, at);
    last = spike, spike = next_spike_ms();
    std::printf("   0.%d  %.6f ms\n", phase, period - (spike - last));
    spike = next_spike_ms();  // undisturbed
  }
}
