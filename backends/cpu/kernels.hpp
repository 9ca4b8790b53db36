// The loops that are compiled once per instruction set, as tables of functions; chosen once when a session opens.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backends/cpu/layout.hpp"
#include "core/kernel.hpp"
#include "core/rule_kernel.hpp"

namespace spikeloom::cpu {

/// Deliver every cursor of the list that is due at a step, and hop each one on.
template <class Sum>
struct Delivery {
  const CursorList* due;
  CursorList* ring;  ///< buckets by step, a power of two of them
  std::uint32_t ring_mask;
  std::uint32_t now;          ///< bucket of the present step
  Sum* input;                 ///< the shard's sums
  Sum constant;               ///< weight of Form::constant
  double gain;                ///< gated delivery: each weight w acts as rint(w * gain)
  void (*grow)(CursorList*);  ///< makes room for at least one more
};
/// Returns the number of synaptic events.
template <class Sum>
using Deliver = std::uint64_t (*)(const Delivery<Sum>&);

/// Deliver copied records.
template <class Sum>
struct CopiedDelivery {
  const std::byte *begin, *end;
  Sum* input;
  Sum constant;
  double gain;
};
template <class Sum>
using DeliverCopied = void (*)(const CopiedDelivery<Sum>&);

/// The delivery of one number type, by form; gated ones scale each weight.
template <class Sum>
struct DeliveryKernels {
  Deliver<Sum> runs[form_count], runs_gated[form_count];
  DeliverCopied<Sum> copied[form_count], copied_gated[form_count];
};

/// The 16-bit face of a PoissonTable: upper thirds of the thresholds, biased to signed, ascending; equal ones stand as often as
/// they occur. A draw equal to one of them is a tie and needs the table.
struct PoissonLadder {
  const std::int16_t* step;
  std::uint32_t steps;
  std::int16_t below;  ///< thresholds of 0, which every draw passes
  const void* table;   ///< for `exact`
  std::uint32_t (*exact)(const void* table, std::uint64_t key, std::uint32_t cell, std::int64_t step);
};

/// Adds count * weight to the sums of cells [first, last) of a population; `input` is the sum of cell `first`.
template <class Sum>
struct PoissonBlock {
  PoissonLadder ladder;
  std::uint64_t key;
  std::int64_t step;
  std::uint32_t first, last;
  Sum* input;
  Sum weight;
};
template <class Sum>
using PoissonAdd = void (*)(const PoissonBlock<Sum>&);

struct ModelKernels {
  std::string_view model;
  BlockKernels kernels;
};

struct NamedRuleKernels {
  std::string_view rule;
  RuleKernels kernels;
};

struct KernelTable {
  std::string_view isa;
  const ModelKernels* models;  ///< built-in models
  std::uint32_t model_count;
  const NamedRuleKernels* rules;  ///< built-in plasticity rules
  std::uint32_t rule_count;
  DeliveryKernels<std::int32_t> deliver_32;
  DeliveryKernels<std::int64_t> deliver_64;
  PoissonAdd<std::int32_t> poisson_32;
  PoissonAdd<std::int64_t> poisson_64;

  /// Those of this table for a built-in rule, else the ones it brought along.
  RuleKernels rule_kernels_of(const PlasticityRule& rule) const;
};

const KernelTable& kernel_table_v2();
const KernelTable& kernel_table_v3();
const KernelTable& kernel_table_v4();

/// Names of the instruction sets this machine runs, best last.
std::vector<std::string_view> runnable_isas();
/// The table of `isa` ("" takes the best that runs). Throws Error("unsupported", exit 3) when the machine lacks it.
const KernelTable& choose_kernels(std::string_view isa);

}  // namespace spikeloom::cpu
