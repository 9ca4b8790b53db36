// Throws the dice: populations first, then what drives, connects, modulates and records them.
#include "tests/backends/random_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>

#include "tests/backends/dice.hpp"

namespace spikeloom::testing {
namespace {

using Kind = Connector::Kind;

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

/// What the other parts must know of an end.
struct End {
  std::string name;
  std::uint32_t size = 0;
  bool grid = false;     ///< has rows and columns
  std::string model;     ///< of a population; "": an input; "group": several populations, or of unknown kind
  bool repeats = false;  ///< some cell stands twice
};

struct ModelFacts {
  const char *name, *potential, *bias, *threshold;
  double weight;               ///< about what one spike may weigh
  double bias_low, bias_high;  ///< from silent to fast
};
constexpr ModelFacts facts[] = {
    {"lif_delta", "V_m_mV", "I_e_pA", "V_th_mV", 1.0, 200, 600},  {"lif_exp", "V_m_mV", "I_e_pA", "V_th_mV", 80.0, 200, 800},
    {"lif_alpha", "V_m_mV", "I_e_pA", "V_th_mV", 60.0, 200, 800}, {"lif_cond_exp", "V_m_mV", "I_e_pA", "V_th_mV", 3.0, 200, 800},
    {"izhikevich", "v_mV", "I_e", "V_peak_mV", 4.0, 0, 25},       {"izhikevich_cv", "v_mV", "I_e_pA", "V_peak_mV", 60.0, 0, 600}};

const ModelFacts& facts_of(const std::string& model) {
  return *std::find_if(std::begin(facts), std::end(facts), [&](const auto& f) { return model == f.name; });
}

class Maker {
 public:
  Maker(std::uint64_t seed, std::string folder) : dice_(seed), seed_(seed), folder_(std::move(folder)) {}

  RandomNetwork make() {
    names_ = {"E", "I", "a", "Zed", "m10", "m2", "pop", "B", "k", "x", "q", "W", "n1", "n2", "Ny", "o o", "ü", "c_3"};
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
    for (std::uint64_t k = dice_.below(5); k > 0; --k) add_signal();
    if (!signals_.empty()) {
      for (std::uint64_t k = dice_.below(4); k > 0; --k) add_signal_current();
      for (std::uint64_t k = dice_.below(4); k > 0; --k) add_modulation();
    }
    for (std::uint64_t k = 1 + dice_.below(4); k > 0; --k) add_probe();
    return std::move(out_);
  }

 private:
  struct Known {
    std::string name;
    std::uint32_t size;
    double largest;  ///< about how large its values become
  };

  Network& net() { return out_.network; }
  void use(const std::string& feature) { out_.uses.insert(feature); }
  std::string fresh() {
    const std::string name = names_.back();
    names_.pop_back();
    return name;
  }
  double time() {
    return step_ * static_cast<double>(dice_.below(static_cast<std::uint64_t>(steps_) + 3)) +
           (dice_.chance(0.2) ? 0.3 * step_ : 0.0);
  }
  const End& any_population() { return dice_.pick(populations_); }

  // A number for each of `count` elements, around `middle` and on its side of 0 (unless `mixed`).
  Value number(double middle, bool mixed, bool array_allowed, std::uint64_t count, const char* index) {
    const double m = middle < 0 ? -middle : middle, sign = middle < 0 ? -1 : 1;
    const auto side = [&](double a, double b) { return sign > 0 ? uniform(a, b) : uniform(-b, -a); };
    switch (dice_.below(13)) {
      case 0: return use("uniform"), side(0.2 * m, 1.8 * m);
      case 1: return use("normal"), mixed ? normal(middle, m) : Value(middle);
      case 2: return use("normal in bounds"), sign > 0 ? normal(m, m, 0.1 * m, 5 * m) : normal(-m, m, -5 * m, -0.1 * m);
      case 3:
        return use("clipped normal"),
               sign > 0 ? normal(m, m, 0.1 * m, unbounded, true) : normal(-m, m, -unbounded, -0.1 * m, true);
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

  Slice part_of(const End& end) {
    Slice slice;
    slice.name = end.name;
    if (end.size < 2 || dice_.chance(0.6)) return slice;
    use("slice");
    slice.first = dice_.below(end.size);
    if (dice_.chance(0.7)) slice.last = slice.first + dice_.below(end.size - slice.first + 1);
    slice.stride = dice_.pick(std::vector<std::uint64_t>{1, 1, 2, 3, 129});
    return slice;
  }
  static std::uint32_t size_of(const End& end, const Slice& slice) {
    const std::uint64_t last = slice.last.value_or(end.size);
    return static_cast<std::uint32_t>((last - slice.first + slice.stride - 1) / slice.stride);
  }

  void add_population() {
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

  void add_source() {
    End end{fresh(), 0, false, "", false};
    Input input;
    switch (dice_.below(4)) {
      case 0: {
        use("Poisson source");
        PoissonInput poisson;
        end.size = 1 + dice_.below32(80);
        poisson.size = static_cast<double>(end.size);
        const double top = 1500 / step_;
        if (dice_.chance(0.4)) poisson.rate_each = uniform(0, top), use("rate for each");
        else poisson.rate_hz = {{0.0, dice_.rounded(0, top)}, {time() + step_, 0.0}, {2 * duration_ms_, 5.0}};
        input.source = poisson;
        break;
      }
      case 1: {
        use("spike list");
        SpikeListInput list;
        list.times_ms.resize(1 + dice_.below(60));
        for (auto& times : list.times_ms)
          for (std::uint64_t k = dice_.below(5); k > 0; --k) {
            times.push_back(dice_.chance(0.15) ? 0.0 : time());
            if (dice_.chance(0.2)) times.push_back(times.back()), use("equal times");
          }
        end.size = static_cast<std::uint32_t>(list.times_ms.size());
        input.source = list;
        break;
      }
      case 2: {
        use("external input");
        end.size = 1 + dice_.below32(50);
        input.source = ExternalInput{static_cast<double>(end.size)};
        for (int k = 0; k < 5; ++k) {
          std::set<std::uint32_t> cells;
          for (std::uint64_t c = 1 + dice_.below(6); c > 0; --c) cells.insert(dice_.below32(end.size));
          when(
              k == 0 ? 0 : static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(steps_))),
              [name = end.name, list = std::vector<std::uint32_t>(cells.begin(), cells.end())](Session& session) {
                session.emit(name, list);
              },
              end.name);
        }
        break;
      }
      default: {
        use("events");
        EventsInput events;
        events.file = std::string(SPIKELOOM_SOURCE_DIR) + "/examples/event_motion/sample_nmnist.bin";
        events.region = {4.0, 6.0, 20.0, 16.0};
        events.downsample = 2.0;
        events.time_scale = 0.03;
        events.polarity = dice_.pick(std::vector<std::string>{"both", "split", "on", "off"});
        end.size = 10 * 8 * (events.polarity == "split" ? 2 : 1);
        end.grid = true;
        input.source = events;
        break;
      }
    }
    const End& target = any_population();
    if (dice_.chance(0.15) && target.size >= end.size && target.model != "lif_cond_exp") {
      use("short form");
      Drive drive;
      drive.to.name = target.name;
      if (target.size != end.size) drive.to.last = end.size;
      drive.weight = number(2 * facts_of(target.model).weight, false, false, end.size, "j");
      drive.delay_ms = dice_.rounded(step_, 4 * step_) + step_;
      input.drive = drive;
    }
    net().input(end.name, input);
    ends_.push_back(end);
  }

  void when(std::int64_t step, const std::function<void(Session&)>& act, const std::string& what) {
    if (!taken_.insert({step, what}).second) return;
    auto& slot = out_.actions[step];
    slot = [before = slot, act](Session& session) {
      if (before) before(session);
      act(session);
    };
  }

  void add_group() {
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

  /// Private Poisson trains and currents.
  void add_drive() {
    const End& target = any_population();
    const ModelFacts& model = facts_of(target.model);
    Drive drive;
    drive.to = part_of(target);
    const std::uint32_t count = size_of(target, drive.to);
    Input input;
    if (dice_.chance(0.5)) {
      use("private Poisson");
      PoissonInput poisson;
      if (dice_.chance(0.3)) poisson.rate_each = number(1000, false, true, count, "index");
      else if (dice_.chance(0.5)) poisson.rate_hz = {{0.0, dice_.rounded(0, 2000)}};
      else poisson.rate_hz = {{time(), dice_.rounded(0, 2000)}, {2 * duration_ms_, 0.0}};
      drive.delay_ms = dice_.rounded(step_, 5 * step_) + step_;
      drive.weight = number(2 * model.weight, false, true, count, "index");
      if (target.model == "lif_cond_exp") drive.receptor = "exc";
      input.source = poisson;
    } else {
      CurrentInput current;
      const double size = dice_.rounded(0.1, 0.5) * model.bias_high;
      switch (dice_.below(5)) {
        case 0:
          use("current steps"), current.form = StepTable{{-step_, 0.1 * size}, {time(), size}, {2 * duration_ms_, 0.0}};
          break;
        case 1: use("current each"), current.form = number(size, true, true, count, "index"); break;
        case 2:
          use("ramp"), current.form = std::vector<CurrentInput::Ramp>{{step_, 20 * step_, 0.0, 0.1 * size},
                                                                      {time(), 2 * duration_ms_, size, -0.01 * size}};
          break;
        case 3: use("sine"), current.form = CurrentInput::Sine{size, dice_.rounded(1, 300), 0.5, 0.1 * size}; break;
        default: {
          use("noise");
          CurrentInput::Noise noise{0.1 * size, number(size, false, true, count, "index"), std::nullopt};
          if (dice_.chance(0.5)) noise.every_ms = step_ * static_cast<double>(1 + dice_.below(9)), use("slow noise");
          current.form = noise;
        }
      }
      input.source = current;
    }
    input.drive = drive;
    net().input(fresh(), input);
  }

  void add_projection() {
    const End& from = dice_.pick(ends_);
    const End& to = !groups_.empty() && dice_.chance(0.2) ? groups_[0] : any_population();
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
    projection.autapses = count != not_known || from.repeats || to.repeats || dice_.chance(0.7);
    const bool repeats = projection.connect.kind == Kind::list || projection.connect.kind == Kind::file ||
                         projection.connect.kind == Kind::fixed_total;
    projection.multapses = repeats || dice_.chance(0.7);
    if (!projection.autapses) use("no autapses");
    if (!projection.multapses) use("no multapses");
    if (dice_.chance(0.2))
      projection.draw["d"] = uniform(0, 1), projection.weight = expr(fmt::format("{}*(0.5+d)", middle)), use("synapse draw");
    net().connect(projection);
    projections_.push_back(projection.name);
  }

  static constexpr std::uint64_t not_known = UINT64_MAX;

  /// Sets the connector; `count`: number of synapses where an array may be given for them.
  void connect(Projection& projection, const End& from, const End& to, std::uint32_t sources, std::uint32_t targets,
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
    } else if (roll == 6 && sources > 0 && targets > 0) {
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

  void set_delays(Projection& projection, std::uint64_t count) {
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

  void add_signal() {
    const std::string name = fresh();
    Known known{name, 1, 1};
    Signal signal;
    switch (dice_.below(6)) {
      case 0: {
        use("pulse");
        PulseSignal pulse{time(), 5 * step_, dice_.rounded(-1, 1), std::nullopt};
        if (dice_.chance(0.5)) pulse.every_ms = 13 * step_;
        signal.form = pulse;
        break;
      }
      case 1:
        use("signal steps"), signal.form = StepsSignal{{{0.0, dice_.rounded(-1, 1)}, {time() + step_, dice_.rounded(-1, 1)}}};
        break;
      case 2: {
        use("external signal");
        const End& like = any_population();
        known.size = dice_.chance(0.5) && like.size > 0 ? like.size : 1 + dice_.below32(4);
        signal.form = ExternalSignal{static_cast<double>(known.size)};
        for (int k = 0; k < 4; ++k) {
          std::vector<double> values;
          for (std::uint32_t c = 0; c < known.size; ++c) values.push_back(dice_.rounded(-1, 1));
          when(
              k == 0 ? 0 : static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(steps_))),
              [name, values](Session& session) { session.set_signal(name, values); }, name);
        }
        break;
      }
      case 3: {
        use("trace");
        const End& of = dice_.pick(ends_);
        TraceSignal trace{part_of(of), {5 * step_}, 0.5};
        if (dice_.chance(0.4)) trace.tau_ms.emplace_back(40 * step_);
        known.size = size_of(of, trace.of) * static_cast<std::uint32_t>(trace.tau_ms.size());
        known.largest = 5;
        signal.form = trace;
        break;
      }
      case 4: {
        use("rate");
        const End& of = dice_.pick(ends_);
        RateSignal rate{part_of(of), 8 * step_};
        if (size_of(of, rate.of) == 0) rate.of = Slice{of.name, 0, std::nullopt, 1, {}};
        if (of.size == 0) {
          signal.form = StepsSignal{{{0.0, 0.3}}};
          break;
        }
        known.largest = 300 / step_;
        signal.form = rate;
        break;
      }
      default: {
        if (signals_.empty()) {
          signal.form = PulseSignal{0.0, step_, 1.0, std::nullopt};
          break;
        }
        use("readout");
        const Known& of = dice_.pick(signals_);
        ReadoutSignal readout{of.name, 0.0, {}, {}};
        known.size = 1 + dice_.below32(3);
        readout.channels = static_cast<double>(known.size);
        for (std::uint64_t k = 0; k < std::uint64_t{known.size} * of.size; ++k)
          readout.weights.push_back(dice_.rounded(-1, 1) / (1 + of.size / 10.0));
        known.largest = of.largest;
        signal.form = readout;
      }
    }
    net().signals[name] = signal;
    signals_.push_back(known);
  }

  void add_signal_current() {
    const Known& signal = dice_.pick(signals_);
    const End& to = any_population();
    use("signal current");
    SignalCurrent current{signal.name, part_of(to), 1.0, std::nullopt, {}};
    const double size = 0.4 * facts_of(to.model).bias_high / signal.largest;
    const std::uint64_t cells = size_of(to, current.to);
    if (dice_.chance(0.4)) {
      const std::uint64_t count = dice_.chance(0.5) ? signal.size : signal.size * cells;
      std::vector<double> weights;
      for (std::uint64_t k = 0; k < count; ++k) weights.push_back(dice_.real(-size, size));
      if (!weights.empty()) current.weight = weights;
    } else {
      current.weight = size;
    }
    if (dice_.chance(0.4)) current.clip = std::pair<Value, Value>{-0.1 * size, size}, use("clip");
    net().currents.push_back(current);
  }

  void add_modulation() {
    const Known& signal = dice_.pick(signals_);
    const End& to = any_population();
    const bool fits = signal.size == 1 || signal.size == to.size;
    Modulation modulation{signal.name, to.name, "gain", 0.3 / signal.largest, {}};
    if (signal.size == 1 && dice_.chance(0.4) && !projections_.empty()) {
      use("projection gain");
      modulation.to = dice_.pick(projections_);
    } else if (!fits) {
      return;
    } else if (dice_.chance(0.6)) {
      const bool bias = dice_.chance(0.5);
      use(bias ? "modulated bias" : "modulated threshold");
      modulation.target = bias ? facts_of(to.model).bias : facts_of(to.model).threshold;
      modulation.scale = (bias ? 0.2 * facts_of(to.model).bias_high : 1.0) / signal.largest;
    } else {
      use(signal.size == 1 ? "gain" : "gain of each");
    }
    net().modulation.push_back(modulation);
  }

  void add_probe() {
    Probe probe;
    switch (dice_.below(4)) {
      case 0: use("spike probe"), probe.of = part_of(dice_.pick(ends_)); break;
      case 1: {
        use("state probe");
        const End& of = any_population();
        probe.kind = Probe::Kind::state;
        probe.of = part_of(of);
        probe.states = {facts_of(of.model).potential};
        break;
      }
      case 2:
        if (signals_.empty()) return;
        use("signal probe"), probe.kind = Probe::Kind::signal;
        probe.of.name = dice_.pick(signals_).name;
        break;
      default:
        use("weight probe"), probe.kind = Probe::Kind::weights;
        probe.of.name = dice_.pick(projections_);
        probe.at_ms = {0.0, 11 * step_};
        net().probes.push_back(probe);
        return;
    }
    if (probe.kind != Probe::Kind::spikes) {
      probe.every_ms = step_ * static_cast<double>(1 + dice_.below(20));
      if (dice_.chance(0.3)) probe.start_ms = 3 * step_, probe.stop_ms = 41 * step_;
    }
    net().probes.push_back(probe);
  }

  Dice dice_;
  std::uint64_t seed_;
  std::string folder_;
  RandomNetwork out_;
  double step_ = 0.1, duration_ms_ = 0;
  std::int64_t steps_ = 0;
  std::vector<std::string> names_, projections_;
  std::vector<End> populations_, ends_, groups_;
  std::vector<Known> signals_;
  std::set<std::pair<std::int64_t, std::string>> taken_;
};

}  // namespace

RandomNetwork random_network(std::uint64_t seed, const std::string& folder) { return Maker(seed, folder).make(); }

Network permuted(const Network& network, std::uint64_t seed) {
  Dice dice(seed);
  Network result;
  result.name = network.name, result.description = network.description, result.parameters = network.parameters;
  result.run = network.run, result.signals = network.signals, result.currents = network.currents;
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
