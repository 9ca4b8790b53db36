// Where does a sound come from? Turns it around the head, with delay lines as they are and rounded to steps, and asks the map.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "analysis/chart.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/atomic_file.hpp"
#include "core/network_json.hpp"
#include "examples/example_main.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;

constexpr double spacing_ms = 0.02, farthest_ms = 0.4;
constexpr double middle = 30;
constexpr int shown = 6;  ///< every so many directions are printed

/// Spikes of each cell of the map.
std::vector<double> ask(const std::string& file, Settings settings, double itd_ms, const char* update) {
  settings.emplace_back("parameters.itd_ms", fmt::format("{}", itd_ms));
  settings.emplace_back("parameters.spacing_ms", fmt::format("{}", spacing_ms));
  settings.emplace_back("parameters.middle", fmt::format("{}", middle));
  settings.emplace_back("populations.olive.update", update);
  const ModelSet models = builtin_models();
  const auto network = compile(read_network(file, settings), models);
  const auto session = cpu_backend()->open(network, {.threads = 1, .models = &models});
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();
  const auto map = std::ranges::find(recording.spike_trains, "map", &SpikeTrain::population);
  const auto population = std::ranges::find(network->populations, "map", &CompiledPopulation::name);
  if (map == recording.spike_trains.end() || population == network->populations.end())
    throw Error("reference", {"/probes"}, "the network needs a population \"map\" whose spikes are recorded");
  std::vector<double> spikes(population->size);
  for (const std::uint32_t cell : map->neuron) ++spikes[cell];
  return spikes;
}

/// The delay between the ears that the cells stand for, weighted by their spikes.
double answer_ms(const std::vector<double>& spikes) {
  double sum = 0, moment = 0;
  for (std::size_t j = 0; j < spikes.size(); ++j)
    sum += spikes[j], moment += spikes[j] * spacing_ms * (static_cast<double>(j) - middle);
  return moment / sum;
}

struct Ear {
  const char *update, *name;
  std::vector<double> answer_ms, error_us;
  std::vector<double> tuning;  ///< spikes of the map for the direction of the picture
};

void draw(const std::vector<double>& itd_ms, const std::vector<Ear>& ears, double tuned_ms, const std::string& path) {
  Chart tuning{fmt::format("the map for {:g} ms", tuned_ms),
               "delay a cell stands for (ms)",
               "spikes",
               {},
               -0.6,
               0.6,
               0,
               Chart::by_data,
               {tuned_ms}};
  Chart answers{"its answer", "delay between the ears (ms)", "error of the answer (µs)"};
  for (std::size_t k = 0; k < ears.size(); ++k) {
    ChartSeries map{ears[k].name}, error{ears[k].name};
    for (std::size_t j = 0; j < ears[k].tuning.size(); ++j) map.x.push_back(spacing_ms * (static_cast<double>(j) - middle));
    map.y = ears[k].tuning;
    error.x = itd_ms, error.y = ears[k].error_us;
    map.points = error.points = true;
    map.colour = error.colour = static_cast<int>(1 - k);
    tuning.series.push_back(map), answers.series.push_back(error);
  }
  write_file(path, chart_svg("A sound between two ears", {tuning, answers}), true);
}

}  // namespace

int main(int count, char** arguments) {
  std::string file, picture;
  std::vector<std::string> changes;
  CLI::App app("Where does a sound come from? Turns it around the head and asks a map of cells, which hear through delay lines.");
  app.add_option("file", file, "the network")->required()->check(CLI::ExistingFile);
  app.add_option("picture", picture, "an SVG file");
  app.add_option("changes", changes, "KEY=VALUE: change the network file, as in spikeloom run --set");
  return run_example(app, count, arguments, [&] {
    Settings settings;
    for (const std::string& text : changes) settings.push_back(setting_of(text));
    std::vector<Ear> ears = {{"exact", "exact delays", {}, {}, {}}, {"stepped", "delays in steps", {}, {}, {}}};
    std::vector<double> itd_ms;
    const auto directions = static_cast<int>(std::lround(2 * farthest_ms / spacing_ms));
    fmt::print("{:>20}  {:>20}  {:>20}\n", "between the ears", ears[0].name, ears[1].name);
    for (int k = 0; k <= directions; ++k) {
      itd_ms.push_back(spacing_ms * (k - directions / 2));
      for (Ear& ear : ears) {
        const std::vector<double> map = ask(file, settings, itd_ms.back(), ear.update);
        ear.answer_ms.push_back(answer_ms(map));
        ear.error_us.push_back(1000 * (ear.answer_ms.back() - itd_ms.back()));
        if (k == directions / 2 + shown) ear.tuning = map;
      }
      if (k % shown == directions / 2 % shown)
        fmt::print("{:>17.3f} ms  {:>17.3f} ms  {:>17.3f} ms\n", itd_ms.back(), ears[0].answer_ms.back(),
                   ears[1].answer_ms.back());
    }
    const auto root_mean_square = [](const std::vector<double>& errors) {
      return std::sqrt(std::inner_product(errors.begin(), errors.end(), errors.begin(), 0.0) /
                       static_cast<double>(errors.size()));
    };
    fmt::print("{:>20}  {:>17.1f} µs  {:>17.1f} µs\n", "rms error", root_mean_square(ears[0].error_us),
               root_mean_square(ears[1].error_us));
    if (!picture.empty()) draw(itd_ms, ears, spacing_ms * shown, picture);
    return 0;
  });
}
