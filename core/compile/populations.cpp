// Populations: parameters and start states, which may be expressions of each other, become columns; the model fixes the rest.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/compile/parts.hpp"
#include "core/compile/values.hpp"
#include "core/exact_cell.hpp"
#include "core/math/philox.hpp"
#include "core/run/spike_counts.hpp"

namespace spikeloom {
namespace {

constexpr std::uint64_t most_cells = 0xFFFFFFFEu;

/// The named numbers of one population, evaluated on demand and once.
class PopulationNumbers {
 public:
  PopulationNumbers(const CompileContext& context, const std::string& path, const CompiledPopulation& compiled,
                    const Population& written)
      : context_(context), path_(path), compiled_(compiled) {
    for (const auto& [name, value] : written.draw) add(name, "/draw/" + pointer_part(name), value, {});
    for (const auto& row : compiled.model.table->parameters)
      if (const auto at = written.parameters.find(std::string(row.name)); at != written.parameters.end())
        add(at->first, "/parameters/" + pointer_part(at->first), at->second, {row.low, row.high, row.open_low});
      else defaults_[std::string(row.name)] = row.initial;
    for (const auto& row : compiled.model.table->states)
      if (const auto at = written.initial.find(std::string(row.name)); at != written.initial.end())
        add(at->first, "/initial/" + pointer_part(at->first), at->second, {row.low, row.high, row.open_low});
      else if (entries_.count(std::string(row.name)) == 0 && defaults_.count(std::string(row.name)) == 0)
        entries_[std::string(row.name)] = {};  // follows from the rest
  }

  /// Written by the user, as a draw, a parameter or a start value.
  bool has(const std::string& name) const {
    const auto at = entries_.find(name);
    return at != entries_.end() && at->second.value != nullptr;
  }

  const Column& column(const std::string& name) {
    Entry& entry = entries_.at(name);
    if (entry.done) return entry.column;
    if (entry.open)
      throw Error("expression", entry.value != nullptr ? place(*entry.value, path_ + entry.path) : Where{path_},
                  "\"" + name + "\" depends on itself");
    entry.open = true;
    if (entry.value != nullptr) evaluate(name, entry);
    else derive(name, entry);
    entry.open = false;
    entry.done = true;
    return entry.column;
  }

 private:
  struct Entry {
    const Value* value = nullptr;
    std::string path;
    Range range;
    Column column;
    bool open = false, done = false;
  };

  void add(const std::string& name, const std::string& path, const Value& value, const Range& range) {
    if (entries_.count(name) != 0)
      throw Error("conflict", place(value, path_ + path), "\"" + name + "\" is a draw and a parameter of the population at once");
    entries_[name] = {&value, path, range, {}, false, false};
  }

  void evaluate(const std::string& name, Entry& entry) {
    const std::uint32_t size = compiled_.size;
    std::vector<std::string> names;
    for (const auto& [other, unused] : entries_)
      if (other != name) names.push_back(other);
    names.push_back("index");
    Scope scope;
    for (const auto& [other, value] : defaults_)
      if (std::isfinite(value)) scope.add(other, value);
    ElementValue value(context_, *entry.value, path_ + entry.path, names, scope, size, entry.range);
    if (value.is_constant()) {
      entry.column.constant = value.constant();
      return;
    }
    require_memory(8.0 * size, value.where(), "\"" + name + "\"");
    std::vector<const Column*> read(names.size(), nullptr);
    for (const std::size_t k : value.reads())
      if (names[k] != "index" || has("index")) read[k] = &column(names[k]);
    const std::uint64_t key = stream_key(context_.out.wiring_seed, Purpose::parameter, compiled_.key, name_key(name));
    std::vector<double> variables(names.size());
    entry.column.each.resize(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      for (const std::size_t k : value.reads()) variables[k] = read[k] != nullptr ? (*read[k])[i] : i;
      RandomStream stream(key, i, 0, 0);
      entry.column.each[i] = value(i, variables.data(), stream);
    }
    if (size == 0) entry.column.each.clear();
  }

  /// A start value that an expression asks for and nobody wrote: the model's own, from parameters and written start values.
  void derive(const std::string& name, Entry& entry) {
    const ModelTable& table = *compiled_.model.table;
    std::vector<Column> parameters, states;
    std::unique_ptr<bool[]> has_parameter(new bool[table.parameters.size()]), has_state(new bool[table.states.size()]);
    bool uniform = true;
    std::size_t mine = 0;
    const auto take = [&](const Quantity& row, bool& is_given, std::vector<Column>& out) {
      const std::string other(row.name);
      is_given = has(other);
      out.push_back({row.initial, {}});
      if (is_given && !entries_[other].open) out.back() = column(other);
      uniform = uniform && out.back().uniform();
    };
    for (std::size_t k = 0; k < table.parameters.size(); ++k) take(table.parameters[k], has_parameter[k], parameters);
    for (std::size_t k = 0; k < table.states.size(); ++k) {
      take(table.states[k], has_state[k], states);
      if (table.states[k].name == name) mine = k;
    }
    std::vector<double> p(parameters.size()), s(states.size());
    for (std::uint32_t i = 0; i < (uniform ? std::min(compiled_.size, 1u) : compiled_.size); ++i) {
      for (std::size_t k = 0; k < p.size(); ++k) p[k] = parameters[k][i];
      for (std::size_t k = 0; k < s.size(); ++k) s[k] = states[k][i];
      compiled_.model.complete(has_parameter.get(), p.data());
      compiled_.model.start(p.data(), has_state.get(), s.data());
      if (uniform) entry.column.constant = s[mine];
      else entry.column.each.push_back(s[mine]);
    }
  }

  const CompileContext& context_;
  std::string path_;
  const CompiledPopulation& compiled_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, double> defaults_;
};

constexpr double smallest_tolerance_ms = 1e-6;

void check_names(const NamedValues& given, std::span<const Quantity> known, const std::string& path, const std::string& what) {
  std::vector<std::string> names;
  for (const auto& row : known) names.emplace_back(row.name);
  for (const auto& [name, value] : given)
    if (std::find(names.begin(), names.end(), name) == names.end())
      unknown("unknown_key", place(value, path + "/" + pointer_part(name)), what, name, names);
}

int scheme_index(const CompiledPopulation& population, const Population& written, const Where& where) {
  if (written.scheme.empty()) return 0;
  std::vector<std::string> names;
  for (const auto& scheme : population.model.table->schemes) {
    if (scheme == written.scheme) return static_cast<int>(names.size());
    names.emplace_back(scheme);
  }
  unknown("unknown_name", where, "the scheme", written.scheme, names);
}

void refuse(const ParameterFault& fault, const CompiledPopulation& out, const Population& written, const std::string& path,
            std::uint32_t cell, const std::vector<double>& parameters) {
  if (fault.text.empty()) return;
  const std::string name(fault.parameter);
  const auto at = written.parameters.find(name);
  Where where{path + "/parameters/" + pointer_part(name)};
  if (at != written.parameters.end()) where = place(at->second, where.path);
  Error error("range", where, fault.text + " (cell " + std::to_string(cell) + ")");
  const auto& table = out.model.table->parameters;
  for (std::size_t k = 0; k < table.size(); ++k)
    if (table[k].name == name) error.with_value(show(parameters[k]));
  throw error.with_allowed(fault.allowed);
}

/// Columns collapse to a constant where all cells agree (NaN agrees with NaN).
Column collapse(std::vector<double> values) {
  Column column;
  if (values.empty()) return column;
  column.constant = values[0];
  const auto same = [&](double v) { return v == values[0] || (std::isnan(v) && std::isnan(values[0])); };
  if (!std::all_of(values.begin(), values.end(), same)) column.each = std::move(values);
  return column;
}

void fix_numbers(const CompileContext& context, CompiledPopulation& out, const Population& written, const std::string& path) {
  const ModelTable& table = *out.model.table;
  PopulationNumbers numbers(context, path, out, written);
  const std::size_t parameters = table.parameters.size(), states = table.states.size();
  std::vector<Column> given(parameters), start(states);
  std::unique_ptr<bool[]> has_parameter(new bool[parameters]), has_state(new bool[states]);
  bool uniform = true;
  for (std::size_t k = 0; k < parameters; ++k) {
    has_parameter[k] = numbers.has(std::string(table.parameters[k].name));
    given[k].constant = table.parameters[k].initial;
    if (has_parameter[k]) given[k] = numbers.column(std::string(table.parameters[k].name));
    uniform = uniform && given[k].uniform();
  }
  for (std::size_t k = 0; k < states; ++k) {
    has_state[k] = numbers.has(std::string(table.states[k].name));
    start[k].constant = table.states[k].initial;
    if (has_state[k]) start[k] = numbers.column(std::string(table.states[k].name));
  }

  const std::uint32_t cells = uniform ? std::min(out.size, 1u) : out.size;  // parameters of how many cells must be looked at
  std::vector<std::vector<double>> p(parameters), c(out.model.coefficient_count), s(states);
  const bool uniform_start =
      uniform && std::all_of(start.begin(), start.end(), [](const Column& column) { return column.uniform(); });
  const std::uint32_t state_cells = uniform_start ? std::min(out.size, 1u) : out.size;
  const int scheme = scheme_index(out, written, {path + "/scheme"});
  std::vector<double> mine(parameters), my_start(states), coefficients(out.model.coefficient_count);
  const auto cell_parameters = [&](std::uint32_t i) {
    for (std::size_t k = 0; k < parameters; ++k) mine[k] = given[k][i];
    refuse(out.model.complete(has_parameter.get(), mine.data()), out, written, path, i, mine);
  };
  out.variant = 0;
  for (std::uint32_t i = 0; i < std::max(cells, state_cells); ++i) {
    cell_parameters(i);
    if (i < cells) {
      refuse(out.model.check(mine.data()), out, written, path, i, mine);
      for (std::size_t k = 0; k < parameters; ++k) p[k].push_back(mine[k]);
    }
    if (i < state_cells) {
      for (std::size_t k = 0; k < states; ++k) my_start[k] = start[k][i];
      out.model.start(mine.data(), has_state.get(), my_start.data());
      for (std::size_t k = 0; k < states; ++k) s[k].push_back(my_start[k]);
      out.variant = std::max(out.variant, out.model.variant(scheme, mine.data(), my_start.data()));
    }
  }
  for (std::uint32_t i = 0; i < cells; ++i) {
    for (std::size_t k = 0; k < parameters; ++k) mine[k] = p[k][i];
    out.model.prepare(out.variant, mine.data(), context.out.step_ms, coefficients.data());
    for (std::size_t k = 0; k < coefficients.size(); ++k) c[k].push_back(coefficients[k]);
  }
  for (auto& column : p) out.parameters.push_back(collapse(std::move(column)));
  for (auto& column : s) out.initial.push_back(collapse(std::move(column)));
  for (auto& column : c) out.coefficients.push_back(collapse(std::move(column)));
}

void check_exact(const CompileContext& context, const NeuronModel& model, const Population& written, const std::string& path) {
  if (model.exact == nullptr) {
    std::string allowed;
    for (const NeuronModel& other : context.models.all())
      if (other.exact != nullptr) allowed += (allowed.empty() ? "" : ", ") + std::string(other.table->name);
    throw Error("unsupported", {path + "/update"}, "cells of this model can only be stepped", Exit::refused)
        .with_value(std::string(model.table->name))
        .with_allowed("exact: " + allowed);
  }
  if (!written.scheme.empty())
    throw Error("conflict", {path + "/scheme"}, "a scheme belongs to stepped cells; exact ones have \"tolerance_ms\"")
        .with_value(written.scheme);
}

/// What cells that live exactly need beside the numbers of all.
void fix_exact(const CompileContext& context, CompiledPopulation& out, const Population& written, const std::string& path) {
  const ExactCell& life = *out.model.exact;
  if (written.tolerance_ms)
    out.tolerance_ms = number(context, *written.tolerance_ms, path + "/tolerance_ms", {smallest_tolerance_ms, 1});
  const bool uniform = std::all_of(out.parameters.begin(), out.parameters.end(), [](const Column& c) { return c.uniform(); });
  const std::uint32_t cells = uniform ? std::min(out.size, 1u) : out.size;
  std::vector<double> mine(out.parameters.size()), coefficients(life.coefficient_count), refractory;
  std::vector<std::vector<double>> columns(life.coefficient_count);
  for (std::uint32_t i = 0; i < cells; ++i) {
    for (std::size_t k = 0; k < mine.size(); ++k) mine[k] = out.parameters[k][i];
    life.prepare(out.variant, mine.data(), out.tolerance_ms, coefficients.data());
    for (std::size_t k = 0; k < coefficients.size(); ++k) columns[k].push_back(coefficients[k]);
    refractory.push_back(life.refractory_ms(mine.data()));
  }
  for (auto& column : columns) out.exact_coefficients.push_back(collapse(std::move(column)));
  out.refractory_ms = collapse(std::move(refractory));
}

/// What a run keeps of each cell at least, beside what is drawn for it.
double least_cell_bytes(const CompileContext& context, const Population& written, const ModelTable& table) {
  const double real = context.out.precision == Precision::double_ ? 8 : 4;
  const auto drawn = [](const auto& values) {
    return std::count_if(values.begin(), values.end(), [](const auto& named) {
      return !named.second.is_number() && !std::holds_alternative<Expression>(named.second.form);
    });
  };
  return SpikeCounts::bytes_per_neuron + real * static_cast<double>(table.states.size() + table.receptors.size()) +
         8.0 * static_cast<double>(drawn(written.parameters) + drawn(written.initial));
}

CompiledPopulation fix_population(const CompileContext& context, const std::string& name, const Population& written) {
  const std::string path = "/populations/" + pointer_part(name);
  CompiledPopulation out;
  out.name = name;
  out.key = name_key(name);
  std::uint64_t size = 1;
  const bool one = written.shape.size() == 1;
  for (std::size_t k = 0; k < written.shape.size(); ++k) {
    const std::string at = path + (one ? "/size" : "/shape/" + std::to_string(k));
    const std::uint64_t extent = whole_number(context, written.shape[k], at, 0, most_cells);
    out.shape.push_back(static_cast<std::uint32_t>(extent));
    if (extent != 0 && size > most_cells / extent)
      throw Error("range", place(written.shape[k], at), "the population is too large")
          .with_value(show(static_cast<double>(size) * static_cast<double>(extent)))
          .with_allowed("at most 2^32 - 2 cells");
    size *= extent;
  }
  if (written.shape.empty()) throw Error("missing", {path}, "the population has neither \"size\" nor \"shape\"");
  out.size = static_cast<std::uint32_t>(size);
  const NeuronModel* model = context.models.find(written.model);
  if (model == nullptr) unknown("unknown_name", {path + "/model"}, "the model", written.model, context.models.names());
  out.model = *model;
  out.exact = written.update == "exact";
  if (out.exact) check_exact(context, *model, written, path);
  check_names(written.parameters, model->table->parameters, path + "/parameters", "the parameter");
  check_names(written.initial, model->table->states, path + "/initial", "the state");
  require_memory(least_cell_bytes(context, written, *model->table) * out.size,
                 place(written.shape[0], path + (one ? "/size" : "/shape")), "population " + name);
  fix_numbers(context, out, written, path);
  if (out.exact) fix_exact(context, out, written, path);
  out.grids.resize(model->table->receptors.size());
  out.label_shift = !out.exact && model->labels_step_start(out.variant) ? -1 : 0;
  return out;
}

}  // namespace

void compile_populations(CompileContext& context) {
  std::map<std::string, const Population*> written;
  const Graph& graph = context.network.graph();
  for (auto [v, end] = boost::vertices(graph); v != end; ++v)
    if (const auto* population = std::get_if<Population>(&graph[*v].what)) written[graph[*v].name] = population;
  std::uint64_t first = 0;
  for (const auto& [name, population] : written) {
    context.out.populations.push_back(fix_population(context, name, *population));
    context.out.populations.back().first = static_cast<std::uint32_t>(first);
    first += context.out.populations.back().size;
    if (first > most_cells)
      throw Error("limit", {"/populations/" + pointer_part(name)}, "more than 2^32 - 2 neurons", Exit::refused);
  }
  context.out.neurons = static_cast<std::uint32_t>(first);
}

void check_exact_populations(const CompileContext& context) {
  const Epoch epoch = context.out.epoch();
  constexpr double most_epochs = 4e18;  // their numbers are 64-bit
  if (epoch.steps == 0 && static_cast<double>(epoch.parts) * static_cast<double>(context.out.duration_steps) > most_epochs)
    throw Error("limit", {"/run/min_delay_ms"},
                "a run this long is made of too many stretches as short as the smallest delay between exact cells")
        .with_value(show(epoch.shortest_ms))
        .with_allowed("larger delays, or a shorter run");
  for (const auto& population : context.out.populations) {
    if (!population.exact) continue;
    const Population& written = std::get<Population>(context.network.graph()[*context.network.find(population.name)].what);
    std::uint32_t receptors = 0;
    for (std::size_t r = 0; r < population.grids.size(); ++r) receptors |= (population.grids[r].used ? 1u : 0u) << r;
    const bool uniform = std::all_of(population.parameters.begin(), population.parameters.end(),
                                     [](const Column& column) { return column.uniform(); });
    std::vector<double> mine(population.parameters.size());
    for (std::uint32_t i = 0; i < (uniform ? std::min(population.size, 1u) : population.size); ++i) {
      for (std::size_t k = 0; k < mine.size(); ++k) mine[k] = population.parameters[k][i];
      refuse(population.model.exact->check(mine.data(), receptors), population, written,
             "/populations/" + pointer_part(population.name), i, mine);
    }
  }
}

ReceptorChoice choose_receptor(const CompiledPopulation& population, const std::string& name, const Where& where) {
  const auto receptors = population.model.table->receptors;
  std::vector<std::string> names;
  for (const auto& receptor : receptors) names.emplace_back(receptor.name);
  const auto merged = [&](int r) { return population.model.merged_receptor(population.variant, r); };
  if (!name.empty()) {
    for (std::size_t r = 0; r < names.size(); ++r)
      if (names[r] == name) return {merged(static_cast<int>(r)), merged(static_cast<int>(r))};
    unknown("unknown_name", where, "the receptor", name, names);
  }
  if (receptors.size() == 1) return {0, 0};
  ReceptorChoice choice{-1, -1};
  for (std::size_t r = 0; r < receptors.size(); ++r) {
    if (choice.positive < 0 && receptors[r].sign >= 0) choice.positive = merged(static_cast<int>(r));
    if (choice.negative < 0 && receptors[r].sign < 0) choice.negative = merged(static_cast<int>(r));
  }
  if (choice.positive < 0 || choice.negative < 0) throw Error("missing", where, "the model needs a \"receptor\" here");
  return choice;
}

void check_weight_sign(const CompiledPopulation& population, int receptor, double weight, const Where& where) {
  if (weight < 0 && population.model.table->receptors[static_cast<std::size_t>(receptor)].conductance)
    throw Error("range", where, "a conductance cannot be negative (\"receptor\" chooses inhibition)")
        .with_value(show(weight))
        .with_allowed(">= 0");
}

}  // namespace spikeloom
