// Makes the built-in models usable by name.
#include "models/models.hpp"

#include "core/model_erasure.hpp"
#include "core/rule_erasure.hpp"

namespace spikeloom {
namespace {

template <class... Models, class... Rules>
ModelSet describe_all(ModelList<Models...>, ModelList<Rules...>) {
  ModelSet set;
  (set.add<Models>(), ...);
  (set.add_rule<Rules>(), ...);
  return set;
}

}  // namespace

ModelSet builtin_models() { return describe_all(BuiltinModels{}, BuiltinRules{}); }

}  // namespace spikeloom
