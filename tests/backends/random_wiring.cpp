// Random projections: ends, connectors, weights and delays of every kind.
#include "tests/backends/random_maker.hpp"

#include <fmt/format.h>
#include <cmath>
#include <fstream>

namespace spikeloom::testing {
namespace {

using Kind = Connector::Kind;

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Value Maker::number(double middle, bool mixed, bool array_allowed, std::uint64_t count, const char* index) {
  const double m = middle < 0 ? -middle : middle, sign = middle < 0 ? -1 : 1;
  const auto side = [&](double a, double b) { return sign > 0 ? uniform(a, b) : uniform(-b, -a); };
  switch (dice_.below(13)) {
    case 0: return use("uniform"), side(0.2 * m, 1.8 * m);
    case 1: return use("normal"), mixed ? normal(middle, m) : Value(middle);
    case 2: return use("normal in bounds"), sign > 0 ? normal(m, m, 0.1 * m, 5 * m) : normal(-m, m, -5 * m, -0.1 * m);
    case 3:
      return use("clipped normal"), sign > 0 ? normal(m, m, 0.1 * m, unbounded, true) : normal(-m, m, -unbounded, -0.1 * m, true);
    case 4: return use("lognormal"), sign > 0 ? lognormal(m, 0.5 * m) : Value(middle);
    case 5: return use("exponential"), sign > 0 && mixed ? exponential(m) : Value(middle);
    case 6: return use("gamma"), sign > 0 ? gamma(m, 3.0) : Value(middle);
    case 7: return use("log_uniform"), sign > 0 ? log_uniform(0.3 * m, 2 * m) : Value(middle);
    case 8:
      return use("mixture"),
             Value(Distribution{Distribution::Law::mixture, {0.3, side(0.5 * m, m), expr("0.5"), middle}, {}, false});
    case 9: return use("expression"), expr(fmt::format("{}*w0*(1+{}/1000)", middle, index));
    case 10:
      if (!array_allowed || count == 0) break;
      use("array");
      return [&] {
        std::vector<double> list;
        for (std::uint64_t k = 0; k < count; ++k) list.push_back(sign * dice_.rounded(0.5 * m, 1.5 * m) + sign * 0.1 * m);
        return Value(list);
      }();
    case 11:
      return use("uniform_int"),
             sign > 0 && m >= 1 ? uniform_int(1, static_cast<double>(static_cast<int>(2 * m))) : Value(middle);
    default: break;
  }
  return middle;
}

void Maker::add_projection() {
  const End& from = dice_.pick(ends_);
  const End& to = !groups_.empty() && !groups_[0].exact && dice_.chance(0.2) ? groups_[0] : any_population();
  Projection projection;
  projection.name = fmt::format("p{}", dice_.below(100000));
  projection.from = part_of(from);
  projection.to = part_of(to);
  const bool group = to.model == "group", conductance = group || to.model == "lif_cond_exp";
  const double middle = (group ? 2.0 : facts_of(to.model).weight) * (conductance || dice_.chance(0.7) ? 1 : -1.5);
  const bool named = !group && dice_.chance(0.5);
  if (named) {
    use("receptor by name");
    projection.receptor = to.model == "lif_delta" ? "delta" : middle > 0 ? "exc" : "inh";
    if (to.model == "izhikevich" && dice_.chance(0.3)) projection.receptor = "delta";
    if (conductance && dice_.chance(0.4)) projection.receptor = "inh";
  }
  const std::uint32_t sources = size_of(from, projection.from), targets = size_of(to, projection.to);
  std::uint64_t count = not_known;
  connect(projection, from, to, sources, targets, count);
  projection.weight = number(middle, !conductance && !named, count != not_known, count, "j");
  set_delays(projection, count);
  // Where some cell stands twice, "itself" has no meaning; and free pairs must be left for the degrees asked.
  projection.autapses =
      projection.connect.kind == Kind::file || count != not_known || from.repeats || to.repeats || dice_.chance(0.7);
  const bool repeats = projection.connect.kind == Kind::list || projection.connect.kind == Kind::file ||
                       projection.connect.kind == Kind::fixed_total;
  projection.multapses = repeats || dice_.chance(0.7);
  if (!projection.autapses) use("no autapses");
  if (!projection.multapses) use("no multapses");
  if (dice_.chance(0.2))
    projection.draw["d"] = uniform(0, 1), projection.weight = expr(fmt::format("{}*(0.5+d)", middle)), use("synapse draw");
  if ((named || conductance) && dice_.chance(0.4)) add_plasticity(projection, middle);
  else if (dice_.chance(0.25) && !out_.uses.contains("exact")) add_moving_delays(projection);
  net().connect(projection);
  projections_.push_back(projection.name);
  gated_.push_back(projection.name);
}

void Maker::connect(Projection& projection, const End& from, const End& to, std::uint32_t sources, std::uint32_t targets,
                    std::uint64_t& count) {
  Connector& c = projection.connect;
  const bool whole = !projection.from.last && !projection.to.last && projection.from.first + projection.to.first == 0 &&
                     projection.from.stride == 1 && projection.to.stride == 1;
  const std::uint64_t roll = dice_.below(10);
  if (roll == 9 && from.grid && to.grid && whole && from.model != "group") {
    use("kernel");
    c.kind = Kind::kernel;
    for (std::uint64_t k = 1 + dice_.below(9); k > 0; --k)
      c.kernel.push_back({static_cast<int>(dice_.below(5)) - 2, static_cast<int>(dice_.below(5)) - 2, not_given,
                          dice_.chance(0.5) ? not_given : step_ * static_cast<double>(1 + dice_.below(40)), -1});
  } else if (roll == 0 && std::uint64_t{sources} * targets < 60000) {
    use("all_to_all");
    c.kind = Kind::all_to_all;
    if (std::uint64_t{sources} * targets < 2000) count = std::uint64_t{sources} * targets;
  } else if (roll == 1) {
    use("one_to_one");
    c.kind = Kind::one_to_one;
    const std::uint32_t both = std::min(from.size, to.size);
    count = both;
    for (Slice* slice : {&projection.from, &projection.to}) slice->first = 0, slice->last = both, slice->stride = 1;
  } else if ((roll == 2 || roll == 3) && sources > 3) {
    use("fixed_in_degree");
    c.kind = Kind::fixed_in_degree;
    c.count = static_cast<double>(1 + dice_.below(std::min(40u, sources / 2)));
  } else if ((roll == 4 || roll == 5) && targets > 3) {
    use("fixed_out_degree");
    c.kind = Kind::fixed_out_degree;
    c.count = static_cast<double>(1 + dice_.below(std::min(60u, targets / 2)));
  } else if (roll == 6 && sources > 0 && targets > 1) {
    use("fixed_total");
    c.kind = Kind::fixed_total;
    c.count = static_cast<double>(1 + dice_.below(3000));
  } else if ((roll == 7 || roll == 8) && sources > 0 && targets > 0) {
    std::vector<Connector::Edge> edges;
    for (std::uint64_t k = dice_.below(400); k > 0; --k)
      edges.push_back({dice_.below(sources), dice_.below(targets), not_given,
                       dice_.chance(0.5) ? not_given : step_ * static_cast<double>(1 + dice_.below(50))});
    if (roll == 7) {
      use("list");
      c.kind = Kind::list;
      c.edges = edges;
      count = edges.size();
      return;
    }
    use("file");
    c.kind = Kind::file;
    c.file = fmt::format("{}.csv", projection.name);
    std::ofstream file(folder_ + "/" + c.file);
    file << "target,source,delay_ms\n";
    for (const auto& edge : edges)
      file << fmt::format("{},{},{}\n", edge.target, edge.source, step_ * static_cast<double>(1 + edge.source % 7));
  } else {
    use("fixed_probability");
    c.kind = Kind::fixed_probability;
    c.count = dice_.rounded(0.01, 0.12);
  }
}

void Maker::set_delays(Projection& projection, std::uint64_t count) {
  const double middle = step_ * static_cast<double>(2 + dice_.below(25));
  if (projection.connect.kind == Kind::file) return;
  if (dice_.chance(0.2)) {
    use("two parts of a delay");
    projection.axonal_ms = number(middle, false, false, count, "i");
    projection.dendritic_ms = uniform(step_, middle);
    return;
  }
  projection.delay_ms = dice_.chance(0.3) ? Value(middle) : number(middle, false, false, count, "i");
  if (dice_.chance(0.1)) projection.delay_ms = uniform(step_, 4200 * step_), use("long delays");
}

/// Bounds around all delays that connectors bring with them.
void Maker::add_moving_delays(Projection& projection) {
  use("plasticity");
  use("moving delays");
  projection.axonal_ms.reset(), projection.dendritic_ms.reset();
  if (projection.connect.kind != Kind::file) projection.delay_ms = uniform(step_, 60 * step_);
  Plasticity rule;
  rule.rule = "delay_coincidence";
  rule.parameters = {{"eta", dice_.rounded(0.05, 1)},
                     {"window_ms", step_ * static_cast<double>(1 + dice_.below(100))},
                     {"d_min_ms", step_},
                     {"d_max_ms", 60 * step_}};
  if (dice_.chance(0.5)) rule.parameters["tau_ms"] = step_ * static_cast<double>(1 + dice_.below(50));
  if (dice_.chance(0.3)) rule.parameters["lead_ms"] = step_ * dice_.rounded(-5, 20);
  projection.plasticity = {rule};
}

void Maker::add_plasticity(Projection& projection, double middle) {
  const double m = std::abs(middle);
  Plasticity rule;
  const bool weakens = middle < 0;  // weights below 0 stay there
  if (weakens) rule.parameters = {{"w_min", -50 * m}, {"w_max", 0.0}};
  rule.parameters["tau_plus_ms"] = dice_.rounded(2, 30);
  rule.parameters["tau_minus_ms"] = dice_.rounded(2, 30);
  const std::uint64_t kind = weakens ? 0 : dice_.below(6);
  if (kind == 0) {
    rule.rule = "stdp_pair";
    rule.parameters["A_plus"] = 0.05 * m, rule.parameters["A_minus"] = -0.06 * m;
  } else if (kind == 1) {
    rule.rule = "stdp_pair";
    rule.options["dependence"] = "power_law";
    rule.parameters.insert({{"lambda", 0.1 * m}, {"alpha", 0.9 / m}, {"mu", 0.4}});
  } else if (kind == 2) {
    rule.rule = "stdp_triplet";
    rule.parameters.insert({{"A2_plus", 0.01 * m}, {"A3_plus", 0.03 * m}, {"A2_minus", 0.03 * m}, {"A3_minus", 0.01 * m}});
  } else if (kind == 3) {
    rule.rule = "stdp_vogels";
    rule.parameters = {{"eta", 0.02 * m}, {"alpha", 0.5}, {"tau_ms", dice_.rounded(2, 30)}};
  } else if (kind == 4) {
    rule.rule = "oja";
    rule.parameters = {{"eta", 0.05 * m}, {"tau_ms", dice_.rounded(2, 30)}};
  } else {
    rule.rule = "tsodyks_markram";
    rule.parameters = {{"U", 0.4}, {"tau_rec_ms", 30.0}, {"tau_fac_ms", dice_.chance(0.5) ? 0.0 : 40.0}};
  }
  if (kind < 5) {
    constexpr const char* orders[] = {"none", "potentiate", "depress", "both"};
    rule.options["zero_lag"] = orders[dice_.below(4)];
    if (dice_.chance(0.3)) rule.options["pairing"] = "nearest";
    if (dice_.chance(0.2)) {
      rule.preset = "nest";
      if (rule.rule == "stdp_pair") rule.options["amplitude"] = "absolute";  // there is no w_max to multiply
    }
  }
  use("plasticity");
  use(rule.rule);
  projection.plasticity = {rule};
  if (kind < 5 && dice_.chance(0.3)) {
    Plasticity short_term;
    short_term.rule = "tsodyks_markram";
    short_term.options["u_rest"] = "U";
    projection.plasticity.push_back(short_term);
    use("two rules");
  }
  if (!projection.axonal_ms) return;  // one part must be the same for all synapses
  if (dice_.chance(0.5)) projection.dendritic_ms = step_ * static_cast<double>(dice_.below(20));
  else projection.axonal_ms = step_ * static_cast<double>(dice_.below(20));
}

}  // namespace spikeloom::testing
