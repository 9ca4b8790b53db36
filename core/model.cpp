// The set of models a network may name.
#include "core/model.hpp"

#include <utility>

#include "core/errors.hpp"

namespace spikeloom {

ModelSet& ModelSet::add(NeuronModel model) {
  if (find(model.table->name))
    throw Error("duplicate_key", {}, "a model named \"" + std::string(model.table->name) + "\" is in the set already");
  models_.push_back(std::move(model));
  return *this;
}

const NeuronModel* ModelSet::find(std::string_view name) const {
  for (const NeuronModel& model : models_)
    if (model.table->name == name) return &model;
  return nullptr;
}

std::vector<std::string> ModelSet::names() const {
  std::vector<std::string> names;
  for (const NeuronModel& model : models_) names.emplace_back(model.table->name);
  return names;
}

}  // namespace spikeloom
