// Which instruction sets this machine runs, and the kernels that fit.
#include "backends/cpu/kernels.hpp"
#include "core/errors.hpp"
#include "models/models.hpp"

namespace spikeloom::cpu {
namespace {

bool runs_v2() { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt"); }
bool runs_v3() {
  return runs_v2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
}
bool runs_v4() {
  return runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

}  // namespace

std::vector<std::string_view> runnable_isas() {
  std::vector<std::string_view> names;
  if (runs_v2()) names.push_back("v2");
  if (runs_v3()) names.push_back("v3");
  if (runs_v4()) names.push_back("v4");
  return names;
}

RuleKernels KernelTable::rule_kernels_of(const PlasticityRule& rule) const {
  static const ModelSet builtin = builtin_models();
  const auto ours = builtin.find_rule(rule.table->name);
  if (ours == nullptr || ours->verbs_double.on_pre != rule.verbs_double.on_pre) return rule.kernels;  // from outside
  for (std::uint32_t k = 0; k < rule_count; ++k)
    if (rules[k].rule == rule.table->name) return rules[k].kernels;
  return rule.kernels;
}

const KernelTable& choose_kernels(std::string_view isa) {
  const auto names = runnable_isas();
  if (names.empty()) throw Error("unsupported", {}, "the cpu backend needs an x86-64-v2 processor or newer", Exit::refused);
  if (isa.empty()) isa = names.back();
  for (const auto name : names)
    if (name == isa) return isa == "v4" ? kernel_table_v4() : isa == "v3" ? kernel_table_v3() : kernel_table_v2();
  const bool known = isa == "v2" || isa == "v3" || isa == "v4";
  std::string runnable;
  for (const auto name : names) runnable += (runnable.empty() ? "" : ", ") + std::string(name);
  throw Error(known ? "unsupported" : "range", {"/run/isa"},
              known ? "this machine does not run x86-64-" + std::string(isa) : "unknown instruction set",
              known ? Exit::refused : Exit::bad_input)
      .with_value(std::string(isa))
      .with_allowed(runnable);
}

}  // namespace spikeloom::cpu
