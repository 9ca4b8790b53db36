// Throws the dice: how much of what, then populations and groups; and shuffles what is declared.
#include "tests/backends/random_maker.hpp"

#include <fmt/format.h>

namespace spikeloom::testing {

RandomNetwork Maker::make() {
  names_ = {"E",  "I",   "a", "Zed", "m10", "m2", "pop", "B", "k", "x", "q", "W", "n1", "n2",
            "Ny", "o o", "ü", "c_3", "s1",  "s2", "s.3", "t", "y", "z", "S", "T", "h",  "g"};
  dice_.shuffle(names_);
  net().name = fmt::format("random_{}", seed_);
  net().folder = folder_;
  net().run.step_ms = step_ = dice_.pick(std::vector<double>{0.1, 0.1, 0.1, 0.25, 0.5, 1.0});
  steps_ = 60 + static_cast<std::int64_t>(dice_.below(90));
  duration_ms_ = static_cast<double>(steps_) * step_;
  net().run.duration_ms = duration_ms_;
  net().run.seed = static_cast<double>(seed_ % 1000);
  if (dice_.chance(0.3)) net().run.seeds["noise"] = 5.0, use("seeds apart");
  if (dice_.chance(0.5)) net().run.precision = Precision::single_, use("single");
  if (out_.uses.contains("single") && dice_.chance(0.4)) net().run.weight_bits = 16.0, use("compact weights");
  if (dice_.chance(0.3)) net().run.warmup_ms = 10 * step_, use("warm-up");
  net().parameters["w0"] = dice_.rounded(0.5, 1.5);
  for (std::uint64_t k = 2 + dice_.below(3); k > 0; --k) add_population();
  for (std::uint64_t k = 1 + dice_.below(4); k > 0; --k) add_source();
  if (dice_.chance(0.5)) add_group();
  for (std::uint64_t k = 1 + dice_.below(3); k > 0; --k) add_drive();
  for (std::uint64_t k = 2 + dice_.below(7); k > 0; --k) add_projection();
  if (dice_.chance(0.5)) add_phases();
  for (std::uint64_t k = dice_.below(5); k > 0; --k) add_signal();
  for (std::uint64_t k = dice_.below(4); k > 0; --k) add_composed_signal();
  if (dice_.chance(0.5)) add_learning();
  if (!signals_.empty()) {
    for (std::uint64_t k = dice_.below(4); k > 0; --k) add_signal_current();
    for (std::uint64_t k = dice_.below(4); k > 0; --k) add_modulation();
  }
  for (std::uint64_t k = 1 + dice_.below(4); k > 0; --k) add_probe();
  return std::move(out_);
}

std::string Maker::fresh() {
  const std::string name = names_.back();
  names_.pop_back();
  return name;
}

double Maker::time() {
  return step_ * static_cast<double>(dice_.below(static_cast<std::uint64_t>(steps_) + 3)) +
         (dice_.chance(0.2) ? 0.3 * step_ : 0.0);
}

Slice Maker::part_of(const End& end) {
  Slice slice;
  slice.name = end.name;
  if (end.size < 2 || dice_.chance(0.6)) return slice;
  use("slice");
  slice.first = dice_.below(end.size);
  if (dice_.chance(0.7)) slice.last = slice.first + dice_.below(end.size - slice.first + 1);
  slice.stride = dice_.pick(std::vector<std::uint64_t>{1, 1, 2, 3, 129});
  return slice;
}

std::uint32_t Maker::size_of(const End& end, const Slice& slice) {
  const std::uint64_t last = slice.last.value_or(end.size);
  return static_cast<std::uint32_t>((last - slice.first + slice.stride - 1) / slice.stride);
}

void Maker::add_population() {
  const ModelFacts& model = facts[dice_.below(std::size(facts))];
  const std::string name = model.name;
  use(name);
  End end{fresh(), 0, false, name, false};
  Population population;
  population.model = name;
  if (dice_.chance(0.35)) {
    const double rows = static_cast<double>(1 + dice_.below(24)), columns = static_cast<double>(1 + dice_.below(24));
    population.shape = {rows, columns};
    end.size = static_cast<std::uint32_t>(rows * columns);
    end.grid = true;
    use("shape");
  } else {
    end.size = dice_.pick(std::vector<std::uint32_t>{0, 1, 5, 64, 130, 257, 400, 400, 513, 600});
    population.shape = {static_cast<double>(end.size)};
    if (end.size == 0) use("empty population");
  }
  const auto value = [&](double middle) { return number(middle, false, true, end.size, "index"); };
  auto& p = population.parameters;
  const double bias = dice_.rounded(model.bias_low, model.bias_high);
  if (bias > 0) p[model.bias] = dice_.chance(0.5) ? Value(bias) : value(bias);
  if (name.starts_with("lif")) {
    if (dice_.chance(0.3)) p["tau_m_ms"] = value(12);
    if (dice_.chance(0.3)) p["t_ref_ms"] = dice_.pick(std::vector<double>{0, 0.5, 1});
    if (dice_.chance(0.3)) p["V_th_mV"] = uniform(-58, -52);
    if (name != "lif_delta" && dice_.chance(0.5)) p["tau_syn_exc_ms"] = value(3), use("two time constants");
    if (name == "lif_cond_exp" && dice_.chance(0.3)) p["E_inh_mV"] = -75.0;
  } else {
    population.draw["r"] = uniform(0, 1);
    use("draw");
    if (name == "izhikevich" && dice_.chance(0.5)) p["c"] = expr("-65+15*r^2"), p["d"] = expr("8-6*r^2");
    if (name == "izhikevich_cv" && dice_.chance(0.5)) p["d"] = expr("100+20*r"), p["C_m_pF"] = expr("90+20*r");
    if (dice_.chance(0.5))
      population.scheme = dice_.pick(std::vector<std::string>{"half_step", "published", "euler", "accurate"});
    if (!population.scheme.empty()) use("scheme " + population.scheme);
    if (dice_.chance(0.4)) p["tau_syn_exc_ms"] = 4.0;
    if (dice_.chance(0.2)) p["tau_syn_inh_ms"] = 7.0;
  }
  if (dice_.chance(0.7)) population.initial[model.potential] = uniform(-75, -55);
  net().population(end.name, population);
  populations_.push_back(end);
  ends_.push_back(end);
}

void Maker::when(std::int64_t step, const std::function<void(Session&)>& act, const std::string& what) {
  if (!taken_.insert({step, what}).second) return;
  auto& slot = out_.actions[step];
  slot = [before = slot, act](Session& session) {
    if (before) before(session);
    act(session);
  };
}

void Maker::add_group() {
  use("group");
  End end{fresh(), 0, false, "group", true};
  std::vector<Slice> members;
  for (std::uint64_t k = 1 + dice_.below(3); k > 0; --k) {
    const End& member = any_population();
    members.push_back(part_of(member));
    end.size += size_of(member, members.back());
  }
  net().group(end.name, members);
  ends_.push_back(end);
  groups_.push_back(end);
}

RandomNetwork random_network(std::uint64_t seed, const std::string& folder) { return Maker(seed, folder).make(); }

Network permuted(const Network& network, std::uint64_t seed) {
  Dice dice(seed);
  Network result;
  result.name = network.name, result.description = network.description, result.parameters = network.parameters;
  result.run = network.run, result.signals = network.signals, result.currents = network.currents;
  result.phases = network.phases;
  result.modulation = network.modulation, result.probes = network.probes, result.folder = network.folder;
  std::vector<Node> nodes;
  for (auto [v, end] = boost::vertices(network.graph()); v != end; ++v) nodes.push_back(network.graph()[*v]);
  dice.shuffle(nodes);
  for (const auto& node : nodes) {
    if (const auto* population = std::get_if<Population>(&node.what)) result.population(node.name, *population);
    if (const auto* input = std::get_if<Input>(&node.what)) result.input(node.name, *input);
    if (const auto* group = std::get_if<Group>(&node.what)) result.group(node.name, group->members);
  }
  std::vector<Projection> projections;
  for (auto [e, end] = boost::edges(network.graph()); e != end; ++e) projections.push_back(network.graph()[*e]);
  dice.shuffle(projections);
  for (const auto& projection : projections) result.connect(projection);
  dice.shuffle(result.currents);
  dice.shuffle(result.modulation);
  return result;
}

}  // namespace spikeloom::testing
