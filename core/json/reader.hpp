// Turns checked JSON objects into the parts of a Network, one function per kind of object.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json/fields.hpp"
#include "core/network.hpp"

namespace spikeloom {

/// Which entry of a matrix (rows = to, columns = from) holds for the block being read.
struct BlockIndex {
  std::size_t row = 0, column = 0, rows = 1, columns = 1;
};

class Reader {
 public:
  explicit Reader(Network& network) : network_(network) {}

  void read(const Place& root);

 private:
  // Values (read_value.cpp).
  Value read_value(const Place& place);   ///< number, expression, array, distribution or file
  Value read_scalar(const Place& place);  ///< number or expression; within a block also a matrix
  Distribution read_distribution(const Place& place);
  double read_number(const Place& place);  ///< fixed now: expressions may use the network's parameters only
  std::int64_t read_whole(const Place& place, std::int64_t low, std::int64_t high);
  std::vector<double> read_numbers(const Place& place);
  std::vector<double> read_rows(const Place& place);  ///< numbers, one after the other, also from an array of arrays
  std::vector<Value> read_scalars(const Place& place, std::size_t at_least, std::size_t at_most);
  std::vector<Value> read_one_or_more(const Place& place);
  StepTable read_steps(const Place& place);
  std::vector<std::string> read_texts(const Place& place, const char* what);
  NamedValues read_named(const Place& place, bool variables);
  std::optional<Value> optional_scalar(const Fields& fields, std::string_view key);
  std::optional<Value> optional_value(const Fields& fields, std::string_view key);
  Value scalar_or(const Fields& fields, std::string_view key, double otherwise);
  double evaluate_now(const Place& place);
  Slice read_slice(const Place& place);

  // Parts (read_parts.cpp, read_input.cpp, read_projection.cpp, read_signal.cpp).
  void read_run(const Place& place);
  void read_population(const std::string& name, const Place& place);
  void read_input(const std::string& name, const Place& place);
  void read_group(const std::string& name, const Place& place);
  void read_projection(const Place& place);
  void read_signal(const std::string& name, const Place& place);
  void read_signal_current(const Place& place);
  void read_modulation(const Place& place);
  void read_phase(const Place& place);
  void read_probe(const Place& place);

  PoissonInput read_poisson(const Place& place, std::optional<Value> size);
  SpikeListInput read_spike_list(const Place& place, std::optional<Value> size);
  EventsInput read_events(const Place& place);
  CurrentInput read_current(const Place& place);
  decltype(CurrentInput::form) read_current_form(const Place& place);
  Projection read_block(const Fields& fields);
  Connector read_connector(const Place& place);
  void read_edges(const Place& place, Connector& connector);
  void read_kernel(const Place& place, Connector& connector);
  NamedValues read_with(const Place& place);
  Signal read_signal_of(const Place& place);
  decltype(Signal::form) read_signal_form(const Fields& fields);
  void read_set(const Place& place, Phase& phase);
  ReadoutSignal read_readout(const Place& place);
  ReadoutRule read_readout_rule(const Place& place);
  ProductSignal read_product(const Fields& fields, const Place& inner);
  Clip read_clip(const Place& place);

  Network& network_;
  BlockIndex block_;
  JsonDocument signals_;                                     ///< the signals as phases have set them so far
  bool in_blocks_ = false;                                   ///< matrices are allowed
  std::size_t held_numbers_ = 0;                             ///< in all projections
  std::optional<std::map<std::string, double>> parameters_;  ///< resolved when first needed
  std::map<std::string, double> evaluated_;                  ///< texts of expressions in arrays
};

}  // namespace spikeloom
