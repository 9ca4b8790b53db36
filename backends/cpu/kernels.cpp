// Everything that runs once per neuron and step or once per synaptic event, compiled once per instruction set: the build
// sets SPIKELOOM_ISA to v2, v3 or v4. All code here is inlined or has internal linkage, so that the linker can never take
// one instruction set's copy of a function for another's.
#include "backends/cpu/kernels.hpp"

#include "backends/cpu/deliver.hpp"
#include "backends/cpu/poisson_add.hpp"
#include "core/rule_kernel.hpp"
#include "core/tile.hpp"
#include "models/models.hpp"

#define SPIKELOOM_JOIN_(a, b) a##b
#define SPIKELOOM_JOIN(a, b) SPIKELOOM_JOIN_(a, b)
#define SPIKELOOM_TEXT_(a) #a
#define SPIKELOOM_TEXT(a) SPIKELOOM_TEXT_(a)

namespace spikeloom::cpu {
namespace {

struct ThisIsa {};  // of internal linkage, and so is everything instantiated with it

template <class List>
struct BuiltinKernels;
template <class... Models>
struct BuiltinKernels<ModelList<Models...>> {
  static constexpr std::uint32_t count = sizeof...(Models);
  static constexpr ModelKernels list[count] = {{Models::name, block_kernels<Models, ThisIsa>()}...};
};

template <class List>
struct BuiltinRuleKernels;
template <class... Rules>
struct BuiltinRuleKernels<ModelList<Rules...>> {
  static constexpr std::uint32_t count = sizeof...(Rules);
  static constexpr NamedRuleKernels list[count] = {{Rules::name, rule_kernels<Rules, ThisIsa>()}...};
};

struct Tables : BuiltinKernels<BuiltinModels> {};
struct RuleTables : BuiltinRuleKernels<BuiltinRules> {};

template <class Sum, int... form>
constexpr DeliveryKernels<Sum> delivery_kernels(std::integer_sequence<int, form...>) {
  return {{deliver<Form{form}, false, Sum>...},
          {deliver<Form{form}, true, Sum>...},
          {deliver_copied<Form{form}, false, Sum>...},
          {deliver_copied<Form{form}, true, Sum>...}};
}

constexpr KernelTable the_table = {
    SPIKELOOM_TEXT(SPIKELOOM_ISA),
    Tables::list,
    Tables::count,
    RuleTables::list,
    RuleTables::count,
    delivery_kernels<std::int32_t>(std::make_integer_sequence<int, form_count>{}),
    delivery_kernels<std::int64_t>(std::make_integer_sequence<int, form_count>{}),
    poisson_add<std::int32_t>,
    poisson_add<std::int64_t>,
};

}  // namespace

const KernelTable& SPIKELOOM_JOIN(kernel_table_, SPIKELOOM_ISA)() { return the_table; }

}  // namespace spikeloom::cpu
