// Makes the built-in models usable by name.
#include "models/models.hpp"

#include "core/model_erasure.hpp"
#include "core/rule_erasure.hpp"

namespace spikeloom {
namespace {

template <class... Models, class... Rules, class... DelayRules>
ModelSet describe_all(ModelList<Models...>, ModelList<Rules...>, ModelList<DelayRules...>) {
  ModelSet set;
  (set.add<Models>(), ...);
  (set.add_rule<Rules>(), ...);
  (set.add_rule<DelayRules>(), ...);
  return set;
}

}  // namespace

ModelSet builtin_models() { return describe_all(BuiltinModels{}, BuiltinRules{}, BuiltinDelayRules{}); }

}  // namespace spikeloom
