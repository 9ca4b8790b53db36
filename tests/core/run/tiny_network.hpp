// Compiled networks made by hand, of a cell so plain that every number of a run can be told beforehand.
#pragma once

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/compile/compiled.hpp"
#include "core/math/philox.hpp"

namespace spikeloom::tiny {

inline constexpr Quantity parameters[] = {{"I", "pA", 0, -unbounded, unbounded, false, "bias"},
                                          {"V_th", "mV", 10, 0, 100, true, "threshold"}};
inline constexpr Quantity states[] = {{"V", "mV", 0, -unbounded, unbounded, false, "sum of all input"},
                                      {"got", "mV", 0, -unbounded, unbounded, false, "arrivals of the last step"},
                                      {"current", "pA", 0, -unbounded, unbounded, false, "current of the last step"}};
inline constexpr Receptor receptors[] = {{"in", "mV", 0, false, "all arrivals"}};
inline constexpr ModelTable table = [] {
  ModelTable t;
  t.name = "adder";
  t.text = "Adds its input and its current to V; fires at V_th and returns to 0.";
  t.parameters = parameters;
  t.states = states;
  t.receptors = receptors;
  t.current_unit = "pA";
  t.bias = "I";
  t.membrane = "V";
  return t;
}();

template <class Real>
bool step(int, Real* state, const Real* coefficient, const Real* input, Real current) {
  state[1] = input[0];
  state[2] = current;
  state[0] += input[0] + current;
  if (state[0] < coefficient[0]) return false;
  state[0] = 0;
  return true;
}

/// Variant 1 takes inputs strictly after their onset.
inline NeuronModel adder() {
  NeuronModel model;
  model.table = &table;
  model.coefficient_count = 1;
  model.variant_count = 2;
  model.labels_step_start = [](int) { return false; };
  model.inputs_after_onset = [](int variant) { return variant == 1; };
  model.prepare = [](int, const double* p, double, double* c) { c[0] = p[1]; };
  model.step_float = &step<float>;
  model.step_double = &step<double>;
  return model;
}

/// Any list of synapses (source, target, weight, delay), in order of source.
struct Synapse {
  std::uint32_t source, target;
  double weight;
  std::uint32_t delay;
};
class ListRows final : public Rows {
 public:
  ListRows(std::uint32_t sources_, std::uint32_t targets_, std::vector<Synapse> list) : list_(std::move(list)) {
    sources = sources_;
    targets = targets_;
  }
  void visit(std::uint32_t first, std::uint32_t last, SynapseSink& sink) const override {
    SynapseBatch batch;
    const auto hand_over = [&] {
      if (batch.count > 0) sink.take(batch);
      batch.count = 0;
    };
    for (const Synapse& s : list_) {
      if (s.source < first || s.source >= last) continue;
      batch.source[batch.count] = s.source;
      batch.target[batch.count] = s.target;
      batch.weight[batch.count] = s.weight;
      batch.delay[batch.count++] = s.delay;
      if (batch.count == SynapseBatch::capacity) hand_over();
    }
    hand_over();
  }
  std::uint64_t count() const override { return list_.size(); }
  std::uint64_t max_in_degree() const override { return list_.size(); }
  double max_abs_weight() const override {
    double most = 0;
    for (const Synapse& s : list_) most = std::max(most, s.weight < 0 ? -s.weight : s.weight);
    return most;
  }
  std::uint32_t min_delay() const override {
    std::uint32_t least = list_.empty() ? 1 : list_[0].delay;
    for (const Synapse& s : list_) least = std::min(least, s.delay);
    return least;
  }
  std::uint32_t max_delay() const override {
    std::uint32_t most = 1;
    for (const Synapse& s : list_) most = std::max(most, s.delay);
    return most;
  }
  bool weight_is_constant() const override { return false; }

 private:
  std::vector<Synapse> list_;
};

/// Populations must be added in order of name.
inline void add_population(CompiledNetwork& network, const std::string& name, std::uint32_t size, double bias = 0,
                           double threshold = 10, int exponent = 8) {
  CompiledPopulation p;
  p.name = name;
  p.key = name_key(name);
  p.size = size;
  p.shape = {size};
  p.model = adder();
  p.first = network.neurons;
  p.parameters = {{bias, {}}, {threshold, {}}};
  p.initial = {{0, {}}, {0, {}}, {0, {}}};
  p.coefficients = {{threshold, {}}};
  Grid grid;
  grid.exponent = exponent;
  grid.used = true;
  p.grids = {grid};
  network.neurons += size;
  network.populations.push_back(std::move(p));
}

inline EndSegment population_end(const CompiledNetwork& network, std::uint32_t p) {
  return {EndSegment::Kind::population, p, 0, 1, network.populations[p].size, 0};
}
inline EndSegment source_end(const CompiledNetwork& network, std::uint32_t s) {
  return {EndSegment::Kind::input, s, 0, 1, network.sources[s].size, 0};
}

inline void add_projection(CompiledNetwork& network, const std::string& name, EndSegment from, EndSegment to,
                           std::vector<Synapse> list) {
  CompiledProjection projection;
  projection.name = name;
  projection.key = name_key(name);
  projection.from = {from};
  projection.to = {to};
  projection.receptor = {0};
  projection.receptor_negative = {0};
  projection.receptor_positive = {0};
  projection.rows = std::make_shared<ListRows>(from.count, to.count, std::move(list));
  network.projections.push_back(std::move(projection));
}

inline CompiledSource list_source(const std::string& name, std::uint32_t size, std::vector<std::int64_t> steps,
                                  std::vector<std::uint32_t> cells) {
  CompiledSource source;
  source.name = name;
  source.key = name_key(name);
  source.size = size;
  source.shape = {size};
  source.steps = std::move(steps);
  source.cells = std::move(cells);
  return source;
}

inline CompiledSource external_source(const std::string& name, std::uint32_t size) {
  CompiledSource source = list_source(name, size, {}, {});
  source.kind = CompiledSource::Kind::external;
  return source;
}

template <class Form>
CompiledSignal signal(const std::string& name, std::uint32_t size, Form form) {
  CompiledSignal s;
  s.name = name;
  s.key = name_key(name);
  s.size = size;
  s.form = std::move(form);
  return s;
}

template <class Form>
CompiledCurrent current(const CompiledNetwork& network, const std::string& name, std::uint32_t p, Form form) {
  CompiledCurrent c;
  c.name = name;
  c.key = stream_key(1, Purpose::noise, name_key(name));
  c.population = p;
  c.count = network.populations[p].size;
  c.form = std::move(form);
  return c;
}

inline CompiledNetwork network(double step_ms = 0.1, Precision precision = Precision::double_) {
  CompiledNetwork n;
  n.name = "tiny";
  n.step_ms = step_ms;
  n.precision = precision;
  n.duration_steps = 100;
  n.wide_sums = true;
  n.resolved_json = "{}\n";
  return n;
}

/// A folder that vanishes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "spikeloom_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string string() const { return path_.string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace spikeloom::tiny
