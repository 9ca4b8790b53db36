// From what a session recorded in memory to what is drawn.
#include "apps/plot.hpp"

namespace spikeloom {

Plot plot_of(const Session& session, const std::string& title) {
  const CompiledNetwork& network = session.network();
  const Recording recording = session.recording();
  Plot plot;
  plot.title = network.name.empty() ? title : network.name;
  plot.to_ms = network.ms_of(session.step());
  plot.step_ms = network.step_ms;
  for (const auto& population : network.populations) {
    PlotPopulation drawn{population.name, population.size, {}, {}};
    const SpikeTrain* longest = nullptr;  // probes of slices are part of the probe of the whole
    for (const auto& train : recording.spike_trains)
      if (train.population == population.name && (longest == nullptr || train.neuron.size() > longest->neuron.size()))
        longest = &train;
    if (longest == nullptr) continue;
    drawn.neuron = longest->neuron;
    drawn.time_ms = longest->time_ms;
    plot.populations.push_back(std::move(drawn));
  }
  return plot;
}

}  // namespace spikeloom
