// Makes the built-in models usable by name.
#include "models/models.hpp"

#include "core/model_erasure.hpp"

namespace spikeloom {
namespace {

template <class... Models>
ModelSet describe_all(ModelList<Models...>) {
  ModelSet set;
  (set.add<Models>(), ...);
  return set;
}

}  // namespace

ModelSet builtin_models() { return describe_all(BuiltinModels{}); }

}  // namespace spikeloom
